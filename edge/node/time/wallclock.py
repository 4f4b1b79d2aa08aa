"""The wall clock as records tell it: what it shows more than the monotonic one, from one setting to the next.

Every time that the recorder writes after a CLOCK record is told on the clock that this record announced, the beginning
of a gap before it too. So a record's time is its monotonic time plus an offset, and CLOCK records say how that changed.
"""

from __future__ import annotations

from edge.base.clock import STEP_US
from edge.node.matters import Instant


class WallClock:
    """One offset.

    Args:
        offset_us: wall less monotonic time on the clock in force.
    """

    def __init__(self, offset_us: int) -> None:
        self._offset_us = offset_us

    def set_by(self, at: Instant) -> int:
        """Returns by how much the clock was set until then, new less old, and takes it over; 0 where it was not."""
        by_us = at.offset_us - self._offset_us
        if abs(by_us) <= STEP_US:
            return 0
        self._offset_us = at.offset_us
        return by_us

    def tell(self, at: Instant) -> Instant:
        """Returns the instant on the clock in force; not before 1970."""
        return Instant(max(0, at.mono_us + self._offset_us), at.mono_us)
