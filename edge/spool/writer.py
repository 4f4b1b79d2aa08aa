"""Writes records to reels: one write and one sync each, and on to the next reel where the disk refuses."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from edge.base.errors import StorageFault
from edge.seal.manifest import Kind
from edge.seal.record import Record
from edge.seal.reel import REEL_HEADER_BYTES, ReelHeader
from edge.spool.eviction import Eviction
from edge.spool.layout import NOTICE_ROOM_BYTES, Layout
from edge.spool.losses import merged
from edge.spool.ring import Reel, next_lap

_NOTICES = (Kind.BOOT, Kind.EVICTED, Kind.EXPIRED)
"""BOOT too: it must be a run's first record, so nothing can be announced before it."""
REELS_TRIED = 4
"""Reels that may refuse one record before it goes elsewhere: a card that takes nothing shall not cost every reel."""

_log = logging.getLogger(__name__)


class ReelWriter:
    """Knows the reel being written and how far.

    Args:
        current: reel that recovery goes on in; None: the first record enters another.
        end: its first free byte.
    """

    def __init__(self, ring: Sequence[Reel], layout: Layout, eviction: Eviction, current: Reel | None, end: int):
        self._ring, self._layout, self._eviction = ring, layout, eviction
        self.current, self.end = current, end

    def fits(self, size: int, *, notice: bool) -> bool:
        """Whether the reel being written takes ``size`` more bytes; the last blocks are for notices."""
        if self.current is None or not self.current.usable:
            return False
        return self.end + size <= self._layout.reel_bytes - (0 if notice else NOTICE_ROOM_BYTES)

    def write(self, record: Record) -> Reel:
        """Makes the record durable and returns its reel.

        Raises:
            StorageFault: no reel takes it, or ``REELS_TRIED`` refused it.
        """
        data = record.dump()
        notice = record.header.kind in _NOTICES
        for _ in range(REELS_TRIED):
            try:
                if self.fits(len(data), notice=notice):
                    return self._append(record, data)
                return self._enter(record, data)
            except OSError as error:
                self._abandon(error)
        raise StorageFault(f"record {record.header.sequence}: {REELS_TRIED} reels refused it; replace the card")

    def _append(self, record: Record, data: bytes) -> Reel:
        reel = self.current
        assert reel is not None
        _write(reel, data, self.end)
        self.end += len(data)
        if reel.begins_us is None:
            _begin(reel, record)
        return reel

    def _enter(self, record: Record, data: bytes) -> Reel:
        reel = self._eviction.next(self.current)
        if reel is None:
            raise StorageFault(f"record {record.header.sequence}: no reel of the spool takes it; replace the card")
        # From here on the old records count as lost: even a refused write may have destroyed them.
        self._eviction.owe(self._eviction.entering(reel))
        reel.header = ReelHeader(
            reel.index,
            next_lap(self._ring, reel),
            self._layout.chain,
            record.header.sequence,
            merged(self._eviction.due),
        )
        reel.damaged = False
        _begin(reel, record)
        self.current, self.end = reel, REEL_HEADER_BYTES + len(data)
        _write(reel, reel.header.dump() + data, 0)
        if reel.suspect:
            _require_mended(reel)
        return reel

    def _abandon(self, error: OSError) -> None:
        assert self.current is not None
        _log.error(
            "reel %d: write or sync failed (%s); it is not written again before the next start",
            self.current.index,
            error.strerror,
        )
        self.current.abandoned = True


def _write(reel: Reel, data: bytes, offset: int) -> None:
    assert reel.file is not None
    reel.file.write(data, offset)
    reel.file.sync()


def _require_mended(reel: Reel) -> None:
    """Reads back the block that could not be read before it was written: what nobody can find is not recorded."""
    assert reel.file is not None
    reel.file.forget()
    reel.file.read(REEL_HEADER_BYTES, 0)
    reel.suspect = False


def _begin(reel: Reel, record: Record) -> None:
    reel.begins_us, reel.oldest = record.header.manifest.start_us, record.header.sequence
