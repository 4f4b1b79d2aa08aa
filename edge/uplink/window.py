"""What the card holds of one window of time, for a visit to collect it; nothing is written.

Rules:
  1. Nothing beyond the synced position is looked at (``edge.uplink.spool_reader``, rule 1).
  2. A reel is passed over only where records whose clock was trusted show that all of it lies ``FAR_US`` outside.
  3. What belongs to the window ``edge.seal.window`` decides, as it does at the desk.
  4. A record leaves whole, signed by this node and as it was found, or not at all.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice
from pathlib import Path

from edge.base.clock import SECOND_US
from edge.base.errors import Refused
from edge.seal.correction import Times, times_of
from edge.seal.reel import ERASED, REEL_HEADER_BYTES, Located, Position, ReelHeader, header_at, read_position
from edge.seal.window import needed
from edge.uplink.batch import Identity, checked
from edge.uplink.reel_index import mark_of
from edge.uplink.scan import opened, read_reel_header, records_from, reel_files

FAR_US = 3600 * SECOND_US
"""Clocks that were trusted are set back by less."""
_UNKNOWN = 2**53

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reel:
    """A reel that holds synced records.

    Attributes:
        end: first byte beyond them.
        last: no sequence above it counts.
        begins: what its first record says; None where it has none.
    """

    path: Path
    header: ReelHeader
    end: int
    last: int
    begins: Times | None


@dataclass(frozen=True, slots=True)
class Found:
    """One record, and where it lies."""

    times: Times
    reel: Reel
    offset: int
    size: int
    mark: int


@dataclass(frozen=True, slots=True)
class Part:
    """What the window needs of one chain: records, and the headers beside and among them, by sequence."""

    chain: str
    records: dict[int, Found]
    headers: dict[int, Found]

    @property
    def bytes(self) -> int:
        """Of the records."""
        return sum(found.size for found in self.records.values())


class Card:
    """The reels on the card, and those in memory while the card fails.

    Args:
        folders: where reels lie.
        position: the recorder's position file.
    """

    def __init__(self, folders: tuple[Path, ...], position: Path, identity: Identity) -> None:
        self._folders, self._position, self._identity = folders, position, identity

    def find(self, window_us: tuple[int, int]) -> list[Part]:
        """Returns what the window needs, by chain; those that begin earlier come first.

        Raises:
            Refused: the position file is damaged.
            StorageFault: it cannot be read.
        """
        position = read_position(self._position)
        if position is None:
            return []
        reels = sorted(self._reels(position), key=lambda reel: (reel.header.chain, reel.header.first))
        chains = [list(group) for _, group in groupby(reels, key=lambda reel: reel.header.chain)]
        parts = [part for chain in chains if (part := _part(_near(chain, window_us), window_us)) is not None]
        return sorted(parts, key=lambda part: next(iter(part.records.values())).times.start_us)

    def header(self, found: Found) -> bytes | None:
        """Returns a header's bytes; None where it is no longer there."""
        try:
            with opened(found.reel.path) as descriptor:
                header = header_at(partial(_pread, descriptor), found.offset)
        except (OSError, Refused):
            return None
        as_found = header.sequence == found.times.sequence and mark_of(header.sha256) == found.mark
        return header.data if as_found else None

    def record(self, found: Found) -> bytearray | None:
        """Returns a record's bytes with its padding; None where it is no longer there or does not hold."""
        data = bytearray(found.size)
        try:
            with opened(found.reel.path) as descriptor:
                whole = os.preadv(descriptor, [data], found.offset) == len(data)
        except OSError as error:
            _log.warning("%s: record %d cannot be read (%s)", found.reel.path, found.times.sequence, error.strerror)
            return None
        header = checked(data, self._identity) if whole else None
        if header is None or mark_of(header.sha256) != found.mark:
            return None
        return data

    def _reels(self, position: Position) -> Iterator[Reel]:
        for path in reel_files(self._folders):
            header = read_reel_header(path)
            if header is None or header.first == ERASED:
                continue
            limit = position.limit_of(header.chain)
            last = _UNKNOWN if limit is None else limit
            if header.first <= last:
                yield _begun(path, header, position, last)


def _begun(path: Path, header: ReelHeader, position: Position, last: int) -> Reel:
    written = (header.chain, header.index, header.lap) == (position.chain, position.reel, position.lap)
    try:
        end = position.end if written else path.stat().st_size
    except OSError:
        end = 0
    bare = Reel(path, header, end, last, None)
    first = next((times_of(located.header) for located in _located(bare)), None)
    return Reel(path, header, end, last, first)


def _located(reel: Reel) -> Iterator[Located]:
    """Yields the reel's synced records, in order."""
    try:
        with opened(reel.path) as descriptor:
            for located in records_from(descriptor, reel.header, REEL_HEADER_BYTES, reel.header.first, reel.end):
                if located.header.sequence > reel.last:
                    return
                yield located
    except OSError as error:
        _log.warning("%s: cannot be read (%s); its records are passed over", reel.path, error.strerror)


def _near(chain: list[Reel], window_us: tuple[int, int]) -> list[Reel]:
    """Returns the reels of a chain that may hold the window, and one beside them on either side."""
    near = [place for place in range(len(chain)) if not _is_far(chain, place, window_us)]
    return chain[max(0, near[0] - 1) : near[-1] + 2] if near else []


def _is_far(chain: list[Reel], place: int, window_us: tuple[int, int]) -> bool:
    """Whether trusted records show that a reel lies wholly before the window or behind it."""
    here = chain[place].begins
    after = chain[place + 1].begins if place + 1 < len(chain) else None
    behind = here is not None and here.trusted and here.start_us > window_us[1] + FAR_US
    before = after is not None and after.trusted and after.start_us < window_us[0] - FAR_US
    return behind or before


def _part(reels: list[Reel], window_us: tuple[int, int]) -> Part | None:
    found = [
        Found(
            times_of(located.header), reel, located.offset, located.header.record_bytes, mark_of(located.header.sha256)
        )
        for reel in reels
        for located in _located(reel)
    ]
    need = needed([record.times for record in found], window_us)
    if need is None:
        return None
    records = {record.times.sequence: record for record in islice(found, need.first, need.last + 1)}
    return Part(reels[0].header.chain, records, {found[place].times.sequence: found[place] for place in need.kept})


def _pread(descriptor: int, length: int, offset: int) -> bytes:
    return os.pread(descriptor, length, offset)
