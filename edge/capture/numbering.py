"""Numbers for the pictures of a device that tells only when each was exposed."""

from __future__ import annotations

from fractions import Fraction


class Numbering:
    """Counts from 0; a pause of more than one and a half periods counts what was missed in it."""

    def __init__(self, fps: Fraction) -> None:
        self._period_ns = float(1_000_000_000 / fps)
        self._number = -1
        self._last_ns = 0

    def later(self, mono_ns: int) -> int:
        """Returns a time that is later than the last picture's, for clocks that stand still."""
        return max(mono_ns, self._last_ns + 1)

    def number(self, mono_ns: int) -> int:
        """Returns the next number, past what was missed since the last picture."""
        passed = (mono_ns - self._last_ns) / self._period_ns
        missed = round(passed) - 1 if self._number >= 0 and passed > 1.5 else 0
        self._number += 1 + missed
        self._last_ns = mono_ns
        return self._number
