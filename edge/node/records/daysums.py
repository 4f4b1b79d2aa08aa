"""Sums by name over the last day, of what happens at a moment or lasts.

Kept by ten minutes, so that a year of gaps takes no more memory than a day of few; the last day is therefore known to
ten minutes. What a clock that was set back since dated more than a day ahead is forgotten.
"""

from __future__ import annotations

from edge.base.clock import SECOND_US

DAY_US = 86_400 * SECOND_US
_SLOT_US = 600 * SECOND_US


class SumsOfDay:
    """Counts amounts; what is too old goes whenever the last day is asked for."""

    def __init__(self) -> None:
        self._slots: dict[int, dict[str, int]] = {}

    def add(self, name: str, at_us: int, amount: int) -> None:
        """Counts an amount of one moment, UTC."""
        slot = self._slots.setdefault(at_us // _SLOT_US, {})
        slot[name] = slot.get(name, 0) + amount

    def lasted(self, name: str, start_us: int, end_us: int) -> None:
        """Counts the microseconds from ``start_us`` to ``end_us``, of the day before the end at most; backwards, 0."""
        begin_us = min(end_us, max(start_us, end_us - DAY_US))
        for slot in range(begin_us // _SLOT_US, end_us // _SLOT_US + 1):
            within_us = min(end_us, (slot + 1) * _SLOT_US) - max(begin_us, slot * _SLOT_US)
            self.add(name, slot * _SLOT_US, within_us)

    def last_day(self, now_us: int) -> dict[str, int]:
        """Returns what the 24 hours before ``now_us`` had, by name."""
        self._forget(now_us)
        sums: dict[str, int] = {}
        for slot in self._slots.values():
            for name, amount in slot.items():
                sums[name] = sums.get(name, 0) + amount
        return sums

    def _forget(self, now_us: int) -> None:
        oldest, latest = (now_us - DAY_US) // _SLOT_US, (now_us + DAY_US) // _SLOT_US
        self._slots = {at: amounts for at, amounts in self._slots.items() if oldest <= at <= latest}
