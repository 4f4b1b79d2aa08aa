"""Reads the ring of reels up to the synced position, never beyond, and writes nothing.

Rules:
  1. No record above the published sequence is taken, and of the reel being written nothing beyond the published end;
     of the chain that was left last, for another card or for memory, none from its end on.
  2. The reel being written is looked at first and from where the last look ended; older reels one at a time, later.
  3. A reel whose records are all receipted is not scanned. A reel with another header than before is scanned anew.
  4. What was indexed is only a hint: whoever reads a record checks it wholly (``edge.uplink.batch``).
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

from edge.seal.record import Header
from edge.seal.reel import ERASED, Position, read_position
from edge.uplink.receipted import Receipted
from edge.uplink.reel_index import Entry, ReelIndex
from edge.uplink.scan import opened, read_reel_header, records_from, reel_files

_log = logging.getLogger(__name__)
_UNKNOWN = 2**53
"""Above every sequence."""
_RECEIPTS_LIMIT = 2**18
"""No reel holds more records; a range beyond that is not known, or false, and is not looked up as a whole."""


class SpoolReader:
    """The unreceipted records of a spool.

    Args:
        folders: where reels lie.
        position: the recorder's position file.
    """

    def __init__(self, folders: tuple[Path, ...], position: Path, receipted: Receipted) -> None:
        self._folders, self._position_file, self._receipted = folders, position, receipted
        self._reels: dict[Path, ReelIndex] = {}
        self.position: Position | None = None

    def refresh(self) -> bool:
        """Looks for new records, and at one older reel; True where more reels wait to be looked at.

        Raises:
            Refused: the position file is damaged.
            StorageFault: receipts cannot be read.
        """
        position = read_position(self._position_file)
        if position is None:
            return False
        before, self.position = self.position, position
        if before is None or _place(before) != _place(position) or self._current() is None:
            self._read_headers()
        current = self._current()
        if current is not None:
            current[1].done = False
            self._scan(*current, position.end)
        waiting = [item for item in self._in_order() if self._waits(item[1])]
        for path, reel in waiting[:1]:
            self._finish(path, reel)
        return len(waiting) > 1

    def reels(self) -> list[ReelIndex]:
        """Returns the reels, oldest first: other chains, then the chain being written."""
        return [reel for _, reel in self._in_order()]

    def chains(self) -> frozenset[str]:
        """Returns the chains that reels on the card belong to, and the one being written."""
        written = {self.position.chain} if self.position else set()
        return frozenset({reel.header.chain for reel in self._reels.values()} | written)

    def read(self, entry: Entry, into: memoryview) -> bool:
        """Copies the bytes of a record out of its reel; False where they are not to be had."""
        path = next((path for path, reel in self._reels.items() if _holds(reel, entry)), None)
        if path is None:
            return False
        try:
            with opened(path) as descriptor:
                return os.preadv(descriptor, [into], entry.offset) == len(into)
        except OSError as error:
            _log.warning("%s: record %d cannot be read (%s)", path, entry.sequence, error.strerror)
            return False

    def remove(self, chain: str, first: int, last: int) -> None:
        """Takes records out of what is left to send."""
        for reel in self._reels.values():
            if reel.header.chain == chain:
                reel.remove(first, last)

    def look_again(self) -> None:
        """Forgets what was found, so that records that were set aside come up once more."""
        self._reels = {}

    def distrust(self, entry: Entry) -> bool:
        """Reacts to a record that is not what the index says: True where its reel was reused, False where it is bad."""
        for path, reel in self._reels.items():
            if _holds(reel, entry):
                if read_reel_header(path) != reel.header:
                    self._read_headers()
                    return True
                reel.remove(entry.sequence, entry.sequence)
                return False
        return True

    def _in_order(self) -> list[tuple[Path, ReelIndex]]:
        chain = self.position.chain if self.position else ""
        return sorted(
            self._reels.items(),
            key=lambda item: (item[1].header.chain == chain, item[1].header.chain, item[1].header.first),
        )

    def _waits(self, reel: ReelIndex) -> bool:
        """Tells whether a reel is still to be looked at; one prepared for the next lap holds nothing synced yet."""
        return not reel.done and not self._is_current(reel) and reel.header.first <= self._last_of(reel)

    def _is_current(self, reel: ReelIndex) -> bool:
        assert self.position is not None
        header = reel.header
        return (header.chain, header.index, header.lap) == _place(self.position)

    def _current(self) -> tuple[Path, ReelIndex] | None:
        return next(((path, reel) for path, reel in self._reels.items() if self._is_current(reel)), None)

    def _read_headers(self) -> None:
        """Reads the first block of every reel; those that were reused begin anew."""
        known, self._reels = self._reels, {}
        for path in reel_files(self._folders):
            header = read_reel_header(path)
            if header is not None and header.first != ERASED:
                old = known.get(path)
                self._reels[path] = old if old is not None and old.header == header else ReelIndex(header)

    def _finish(self, path: Path, reel: ReelIndex) -> None:
        """Scans a reel that is no longer written to, unless all that it can hold is receipted."""
        if not self._all_receipted(reel):
            self._scan(path, reel, None)
        reel.done = True

    def _all_receipted(self, reel: ReelIndex) -> bool:
        last = self._last_of(reel)
        if last - reel.lowest > _RECEIPTS_LIMIT:
            return False
        self._receipted.load(reel.header.chain, reel.lowest, last)
        return self._receipted.covers(reel.header.chain, reel.lowest, last)

    def _last_of(self, reel: ReelIndex) -> int:
        """Returns the highest sequence that a reel can hold; not known for the last reel of another chain."""
        assert self.position is not None
        chain = reel.header.chain
        above = [other.header.first for other in self._reels.values() if other.header.chain == chain]
        limit = self.position.limit_of(chain)
        highest = _UNKNOWN if limit is None else limit
        return min([highest, *(first - 1 for first in above if first > reel.header.first)])

    def _scan(self, path: Path, reel: ReelIndex, synced_end: int | None) -> None:
        assert self.position is not None
        synced = self.position.limit_of(reel.header.chain)
        limit = _UNKNOWN if synced is None else synced
        try:
            with opened(path) as descriptor:
                end = os.fstat(descriptor).st_size if synced_end is None else synced_end
                for located in records_from(descriptor, reel.header, reel.scanned_to, reel.lowest, end):
                    if located.header.sequence > limit:
                        return
                    self._index(reel, located.header, located.offset)
        except OSError as error:
            _log.warning("%s: cannot be read (%s); its records are passed over", path, error.strerror)
        reel.scanned_to = max(reel.scanned_to, synced_end or 0)

    def _index(self, reel: ReelIndex, header: Header, offset: int) -> None:
        chain = reel.header.chain
        self._receipted.load(chain, header.sequence, header.sequence)
        if not self._receipted.covers(chain, header.sequence, header.sequence):
            reel.add(header, offset)
        reel.lowest = header.sequence + 1
        reel.scanned_to = offset + header.record_bytes


def _place(position: Position) -> tuple[str, int, int]:
    return position.chain, position.reel, position.lap


def _holds(reel: ReelIndex, entry: Entry) -> bool:
    return reel.header.chain == entry.chain and reel.header.index == entry.reel
