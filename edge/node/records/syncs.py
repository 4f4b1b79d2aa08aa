"""How long the card took to write and sync each record, over the last day.

Kept by the hour, so that a year of slow syncs takes no more memory than a day of quick ones; the last day is therefore
known to the hour. A clock that was set back forgets what lies ahead of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge.base.clock import SECOND_US
from edge.wire.status import SLOW_SYNC_MS

_HOUR_US = 3600 * SECOND_US
_HOURS = 24


@dataclass(frozen=True, slots=True)
class Syncs:
    """Syncs of some time: how many were slow, and the slowest, milliseconds."""

    slow: int = 0
    slowest_ms: int = 0

    def __add__(self, other: Syncs) -> Syncs:
        return Syncs(self.slow + other.slow, max(self.slowest_ms, other.slowest_ms))


class SyncsOfDay:
    """Counts syncs."""

    def __init__(self) -> None:
        self._hours: dict[int, Syncs] = {}

    def took(self, now_us: int, length_ns: int) -> None:
        """Counts a sync that ended at ``now_us``, UTC."""
        length_ms = length_ns // 1_000_000
        hour = now_us // _HOUR_US
        self._forget(hour)
        self._hours[hour] = self._hours.get(hour, Syncs()) + Syncs(int(length_ms > SLOW_SYNC_MS), length_ms)

    def last_day(self, now_us: int) -> Syncs:
        """Returns what the 24 hours before ``now_us`` had."""
        self._forget(now_us // _HOUR_US)
        return sum(self._hours.values(), Syncs())

    def _forget(self, hour: int) -> None:
        self._hours = {then: syncs for then, syncs in self._hours.items() if hour - _HOURS < then <= hour}
