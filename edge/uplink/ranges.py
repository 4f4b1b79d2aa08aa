"""A set of sequences kept as ranges: which records are receipted takes a few numbers, not one a record."""

from __future__ import annotations

from bisect import bisect_left, bisect_right


class Ranges:
    """Whole numbers, held as disjoint ranges in order; ends are included."""

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []

    def add(self, first: int, last: int) -> None:
        """Adds ``first`` to ``last``; ranges that touch become one."""
        low = bisect_left(self._lasts, first - 1)
        high = bisect_right(self._firsts, last + 1)
        if low < high:
            first, last = min(first, self._firsts[low]), max(last, self._lasts[high - 1])
        self._firsts[low:high] = [first]
        self._lasts[low:high] = [last]

    def covers(self, first: int, last: int) -> bool:
        """Tells whether every number from ``first`` to ``last`` is in the set."""
        place = bisect_right(self._firsts, first) - 1
        return place >= 0 and self._lasts[place] >= last

    def __contains__(self, number: int) -> bool:
        return self.covers(number, number)
