"""What a card holds before it is destroyed: its newest record, and how much of it the center never acknowledged."""

from __future__ import annotations

from pathlib import Path

from edge.seal.reel import records_in
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
    for located in records_in(folder):
        chain, sequence = located.header.manifest.chain, located.header.sequence
        receipted.load(chain, sequence, sequence)
        unreceipted += not receipted.covers(chain, sequence, sequence)
        if layout is not None and chain == layout.chain and (last is None or sequence > last.sequence):
            last = LastRecord(chain=chain, sequence=sequence, sha256=located.header.sha256)
    return last, unreceipted
