"""Holds a node that came back from a power cut against its books.

Lost: a record that was recorded is neither there, whole and verifying, nor accounted for by a signed notice, nor by the
center's receipt on the disk.
Corrupt: anything else that was promised does not hold: recovery needs somebody, the chain does not go on from what was
recorded, a (chain, sequence) stands for two contents, or the next record cannot be written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from edge.base.errors import Refused
from edge.seal.manifest import Range
from edge.seal.record import BLOCK_BYTES, MAGIC, Header, Record, parse_header, parse_record
from edge.seal.reel import ERASED, REEL_HEADER_BYTES, Read, parse_reel_header, scan
from tests.crash.books import Books, Key
from tests.crash.life import Life
from tests.spool.records import KEY


def headers_on_medium(spool: Path) -> Iterator[Header]:
    """Yields every signed header that a thief's reader would find, whatever the reel headers say."""
    for path in sorted(spool.glob("reel-*")):
        data = path.read_bytes()
        for offset in range(REEL_HEADER_BYTES, len(data), BLOCK_BYTES):
            if data[offset : offset + len(MAGIC)] != MAGIC:
                continue
            with suppress(Refused):
                header = parse_header(data[offset : offset + 4 * BLOCK_BYTES])
                header.require_signature(KEY.public_key)
                yield header


def whole_records(spool: Path) -> dict[Key, Record]:
    """Returns the records that a reader finds as the uplink and the desk do, if they verify."""
    found = {}
    for path in sorted(spool.glob("reel-*")):
        data = path.read_bytes()
        try:
            reel = parse_reel_header(data)
        except Refused:
            continue
        if reel is None or reel.first == ERASED:
            continue
        read = _reader(data)
        for located in scan(read, reel, end=len(data)):
            with suppress(Refused):
                record = parse_record(read(located.header.record_bytes, located.offset))
                record.header.require_signature(KEY.public_key)
                found[reel.chain, located.header.sequence] = record
    return found


def note_medium(books: Books, headers: list[Header]) -> list[str]:
    """Notes what a cut left on the medium before anybody recovers it, and says what stands there twice."""
    corrupt = []
    for header in headers:
        corrupt += _use(books, header)
        if isinstance(header.manifest.detail, Range):
            books.gone.append((header.manifest.detail, 0))
    return corrupt


def lost(books: Books, life: Life, before: Books) -> list[str]:
    """Says what ``before`` had acknowledged and ``life`` no longer has; ``books`` hold the new notices too."""
    there, receipted = whole_records(life.folder), life.receipted()
    faults = []
    for key, (sha256, _) in before.recorded.items():
        found = there.get(key)
        kept = found is not None and found.header.sha256 == sha256
        if not (kept or books.is_announced(key) or receipted.get(key) == sha256):
            faults.append(f"record {key[1]} of chain {key[0][:8]} is lost and nothing says so")
    return faults


def corrupt(before: Books, life: Life, new: list[Record]) -> list[str]:
    """Says where a chain does not go on as promised; ``before`` knows the medium as the cut left it."""
    boot = life.boot.header.manifest
    faults = [fault for record in new for fault in _use(before, record.header)]
    if before.recorded:
        chain = list(before.recorded)[-1][0]
        if boot.chain != chain:
            return [*faults, f"chain {chain[:8]} does not go on, though record {before.newest(chain)} was recorded"]
    newest = before.newest(boot.chain)
    linked = [key[1] for key, sha256 in before.used.items() if key[0] == boot.chain and sha256 == boot.previous]
    if newest >= 0 and (not linked or linked[0] < newest):
        faults.append(f"BOOT {boot.sequence} links to {linked}, though record {newest} was recorded")
    return faults


def _use(books: Books, header: Header) -> list[str]:
    key = header.manifest.chain, header.sequence
    if books.used.setdefault(key, header.sha256) == header.sha256:
        return []
    return [f"sequence {key[1]} of chain {key[0][:8]} is used twice"]


def _reader(data: bytes) -> Read:
    return lambda length, offset: data[offset : offset + length]
