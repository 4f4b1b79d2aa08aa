"""When a frame is due and which times it carries.

Three ways, one rule each:
  1. paced: frame at media time m is due m after the first one, by the monotonic clock; its wall time is the clock's.
  2. paced on a simulated clock: the same, and the simulated clock is moved on by the real time that passes.
  3. fast: never waits; wall time is exactly start + m, monotonic time exactly m. No clock shows in it, so a run
     can be repeated to the byte.
Who reads a camera leads the simulated clock: no other process moves it.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge.base.clock import Clock, SimulatedClock, read_both

LATE_LIMIT_US = 1_000_000
"""A source further behind than this skips frames, and counts them."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Times of one exposure: UTC in microseconds, monotonic in nanoseconds."""

    wall_us: int
    mono_ns: int


class Pace:
    """Lets the frames of one source come when they are due.

    Args:
        clock: asked for the time, slept on; a SimulatedClock is moved on.
        fast: as fast as it goes, with times that follow from the media time alone.
        start_us: wall time of media time 0; the clock's time at the first frame by default. Needs ``fast`` or a
            SimulatedClock, since nobody can turn the machine's own clock.
    """

    def __init__(self, clock: Clock, *, fast: bool = False, start_us: int | None = None) -> None:
        if start_us is not None and not fast and not isinstance(clock, SimulatedClock):
            raise ValueError("a start time needs the fast pace or a simulated clock")
        self.fast = fast
        self._clock = clock
        self._start_us = start_us
        self._zero_ns: int | None = None

    def late_us(self, media_us: int) -> int:
        """Returns how long ago the frame of that media time was due; 0 where it is not yet, or in the fast pace."""
        if self.fast or self._zero_ns is None:
            return 0
        return max(0, (self._clock.monotonic_ns() - self._zero_ns) // 1000 - media_us)

    def wait(self, media_us: int) -> Moment:
        """Waits until the frame of that media time is due and returns its times."""
        start_us = self._started(media_us)
        if self.fast:
            return self._moment(start_us + media_us, media_us * 1000)
        due_ns = self._zero() + media_us * 1000
        self._clock.sleep((due_ns - self._clock.monotonic_ns()) / 1e9)
        return self.arrived(self._clock.monotonic_ns())

    def arrived(self, mono_ns: int) -> Moment:
        """Returns the times of a frame that a live device exposed at ``mono_ns``."""
        start_us = self._started(0)
        if isinstance(self._clock, SimulatedClock):
            return self._moment(start_us + (mono_ns - self._zero()) // 1000, mono_ns)
        now = read_both(self._clock)
        return Moment(now.wall_us - (now.mono_ns - mono_ns) // 1000, mono_ns)

    def _started(self, media_us: int) -> int:
        """Fixes where media time 0 lies, once: the first frame is due at once, whatever its media time."""
        if self._zero_ns is None:
            self._zero_ns = self._clock.monotonic_ns() - media_us * 1000
            if self._start_us is None:
                self._start_us = self._clock.now_us() - media_us
        assert self._start_us is not None
        return self._start_us

    def _zero(self) -> int:
        assert self._zero_ns is not None
        return self._zero_ns

    def _moment(self, wall_us: int, mono_ns: int) -> Moment:
        if isinstance(self._clock, SimulatedClock):
            self._clock.advance_to(wall_us)
        return Moment(wall_us, mono_ns)
