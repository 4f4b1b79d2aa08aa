"""What a card holds before it is destroyed: its newest record, and how much of it the center never acknowledged."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from edge.base.errors import Refused
from edge.seal.reel import ERASED, REEL_HEADER_BYTES, Located, parse_reel_header, scan
from edge.spool.layout import read_layout
from edge.uplink.receipted import Receipted
from edge.wire.decommissioned import LastRecord


def read_last_word(folder: Path, receipted: Receipted) -> tuple[LastRecord | None, int]:
    """Returns the newest record of the chain that a spool's folder goes on with, and how many records lack a receipt.

    What cannot be read counts for nothing: the card is to be destroyed, whatever is on it.
    """
    layout = read_layout(folder)
    last: LastRecord | None = None
    unreceipted = 0
    for located in _records(folder):
        chain, sequence = located.header.manifest.chain, located.header.sequence
        receipted.load(chain, sequence, sequence)
        unreceipted += not receipted.covers(chain, sequence, sequence)
        if layout is not None and chain == layout.chain and (last is None or sequence > last.sequence):
            last = LastRecord(chain=chain, sequence=sequence, sha256=located.header.sha256)
    return last, unreceipted


def _records(folder: Path) -> Iterator[Located]:
    for path in sorted(folder.glob("reel-*")):
        with suppress(OSError, Refused), path.open("rb") as file:
            descriptor = file.fileno()

            def read(length: int, offset: int, descriptor: int = descriptor) -> bytes:
                return os.pread(descriptor, length, offset)

            header = parse_reel_header(read(REEL_HEADER_BYTES, 0))
            if header is not None and header.first != ERASED:
                yield from scan(read, header, end=os.fstat(descriptor).st_size)
