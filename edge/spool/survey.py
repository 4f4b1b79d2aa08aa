"""Looks at every 4 KiB boundary of one reel and says what stands there: whole, torn, claimed or unreadable."""

from __future__ import annotations

from dataclasses import dataclass

from edge.base.errors import Refused
from edge.seal.record import BLOCK_BYTES, Header, claimed_sequence, parse_record
from edge.seal.reel import REEL_HEADER_BYTES, Located, header_at
from edge.spool.disk import ReelFile


@dataclass(frozen=True, slots=True)
class Survey:
    """What one reel holds of one chain and lap.

    Attributes:
        whole: records whose header, signature and body hold, in order.
        torn: records whose signed header holds but whose body does not: their sequences were used.
        claimed: sequences of intact preambles under headers that do not hold; unsigned, so they only count within
            reason.
        unreadable: blocks behind the last whole record that the disk cannot read; each may have held a record.
        end: first byte behind the last whole record.
    """

    whole: tuple[Located, ...]
    torn: tuple[Located, ...]
    claimed: tuple[int, ...]
    unreadable: int
    end: int


def survey_reel(file: ReelFile, size: int, chain: str, first: int, public_key: bytes) -> Survey:
    """Surveys the records of ``chain`` from sequence ``first`` on; lower ones are an earlier lap's."""
    whole: list[Located] = []
    torn: list[Located] = []
    claimed: list[int] = []
    unreadable, end, offset, lowest = 0, REEL_HEADER_BYTES, REEL_HEADER_BYTES, first
    while offset < size:
        found = _look(file, offset, chain, public_key)
        step = BLOCK_BYTES
        if found is None:
            unreadable += 1
        elif isinstance(found, int):
            claimed += [found] if found >= lowest else []
        elif found.sequence >= lowest:
            lowest = found.sequence + 1
            if _is_whole(file, offset, found):
                whole.append(Located(found, offset))
                step = found.record_bytes
                unreadable, end = 0, offset + step
            else:
                torn.append(Located(found, offset))
        offset += step
    return Survey(tuple(whole), tuple(torn), tuple(claimed), unreadable, end)


def _look(file: ReelFile, offset: int, chain: str, public_key: bytes) -> Header | int | None:
    """Returns a signed header of ``chain``, the sequence that a broken one claims (-1: none), or None: unreadable."""
    try:
        header = header_at(file.read, offset)
        if header.manifest.chain != chain:
            return -1
        header.require_signature(public_key)
    except OSError:
        return None
    except Refused:
        return _claim(file, offset)
    return header


def _claim(file: ReelFile, offset: int) -> int | None:
    try:
        sequence = claimed_sequence(file.read(BLOCK_BYTES, offset))
    except OSError:
        return None
    return -1 if sequence is None else sequence


def _is_whole(file: ReelFile, offset: int, header: Header) -> bool:
    try:
        return parse_record(file.read(header.record_bytes, offset)).header.sha256 == header.sha256
    except (Refused, OSError):
        return False
