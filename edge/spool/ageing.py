"""Which records are too old to stay, and how they are made unreadable.

Rules:
  1. A record's time is believed where its clock was trusted and it does not lie in the future.
  2. Records expire from the oldest on, up to the first whose believed time is younger than the retention. One without
     a believed time expires with the next that has one: so a clock that once ran wrong erases nothing younger.
  3. The newest record stays: the chain goes on from it.
  4. Bodies and headers become zeros on the card; a reel emptied so says ``ERASED`` in its header. (Flash may keep old
     cells: what makes them unreadable for good is the destroyed day key.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from edge.base.clock import ClockQuality
from edge.seal.record import Header
from edge.seal.reel import ERASED, REEL_HEADER_BYTES, Located, ReelHeader, scan
from edge.spool.ring import Reel

REELS_A_CALL = 8
"""So that a node which was off for long does not stand still while it erases."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """The expired beginning of one reel.

    Attributes:
        entry: the reel's header when this was found; with another one the reel was overwritten since.
        headers: of the records that go.
        end: first byte that stays.
        stays: sequence of the first record that stays; none where nothing does.
    """

    reel: Reel
    entry: ReelHeader | None
    headers: tuple[Header, ...]
    end: int
    stays: int | None

    @property
    def whole(self) -> bool:
        """Whether nothing stays."""
        return self.stays is None


@dataclass(frozen=True, slots=True)
class Expired:
    """What is to be erased, and the UTC time before which looking again is of no use; 0 where more waits already."""

    erasures: tuple[Erasure, ...]
    not_before_us: int


def find_expired(reels: Iterable[Reel], reel_bytes: int, now_us: int, retention_us: int, newest: int) -> Expired:
    """Finds what is too old in the reels of one chain, given oldest first.

    Args:
        newest: highest sequence of the chain, which stays; -1 for an earlier chain.
    """
    erasures: list[Erasure] = []
    waiting: list[Erasure] = []
    for reel in reels:
        records = _records(reel, reel_bytes, lambda header: _stays(header, now_us, now_us - retention_us, newest))
        count, stop_us = _count_expired(records, now_us, now_us - retention_us, newest)
        if count:
            erasures += [*waiting, _erasure(reel, records, count, reel_bytes)]
            waiting = []
        elif stop_us is None:
            waiting.append(_erasure(reel, records, len(records), reel_bytes))
        if stop_us is not None:
            return Expired(tuple(erasures), stop_us + retention_us)
        if len(erasures) >= REELS_A_CALL:
            return Expired(tuple(erasures), 0)
    return Expired(tuple(erasures), now_us)


def _erasure(reel: Reel, records: list[Located], count: int, reel_bytes: int) -> Erasure:
    """Returns the erasure of a reel's first ``count`` records, and of what cannot be read behind them."""
    headers = tuple(located.header for located in records[:count])
    if count == len(records):
        return Erasure(reel, reel.header, headers, reel_bytes, None)
    return Erasure(reel, reel.header, headers, records[count].offset, records[count].header.sequence)


def erase(erasure: Erasure) -> None:
    """Makes the range read as zeros, durably.

    Raises:
        OSError: the disk refused; part of it may still be readable.
    """
    reel = erasure.reel
    assert reel.file is not None
    assert reel.header is not None
    reel.file.zero(REEL_HEADER_BYTES, erasure.end - REEL_HEADER_BYTES)
    reel.file.sync()
    if erasure.whole:
        header = replace(reel.header, first=ERASED)
        reel.file.write(header.dump(), 0)
        reel.file.sync()
        reel.header = header


def _records(reel: Reel, reel_bytes: int, stays: Callable[[Header], bool]) -> list[Located]:
    """Returns a reel's records up to the first that stays, which ends them: what lies behind it need not be read."""
    assert reel.file is not None
    assert reel.header is not None
    records = []
    for located in scan(reel.file.read, reel.header, end=reel_bytes):
        records.append(located)
        if stays(located.header):
            break
    return records


def _stays(header: Header, now_us: int, limit_us: int, newest: int) -> bool:
    moment = _believed_us(header, now_us)
    return header.sequence == newest or (moment is not None and moment >= limit_us)


def _count_expired(records: list[Located], now_us: int, limit_us: int, newest: int) -> tuple[int, int | None]:
    """Returns how many leading records are too old, and the believed time of the younger one that stops the count."""
    count = 0
    for number, located in enumerate(records):
        moment = _believed_us(located.header, now_us)
        if located.header.sequence == newest:
            return count, now_us if moment is None else moment
        if moment is not None and moment >= limit_us:
            return count, moment
        if moment is not None:
            count = number + 1
    return count, None


def _believed_us(header: Header, now_us: int) -> int | None:
    trusted = header.manifest.clock is not ClockQuality.UNTRUSTED and header.manifest.end_us <= now_us
    return header.manifest.end_us if trusted else None
