"""A clock that leaps over waits: hours pass in seconds, work takes the time that it takes."""

from __future__ import annotations

import threading
from collections.abc import Callable

from edge.base.clock import ClockQuality, SystemClock

_OTHERS_S = 0.2


class LeapingClock:
    """Sleeps at most ``longest_s`` for real and counts the whole wait as passed.

    Each thread leaps over its own waits alone; else one thread's patience would be another's time-out.

    Args:
        longest_s: real seconds of any wait of the main thread; others wait longer, so that none spins.
        slept: called in each sleep with the thread's wall time, UTC microseconds.
    """

    def __init__(self, longest_s: float, slept: Callable[[int], None]) -> None:
        self._real, self._longest_s, self._slept = SystemClock(), longest_s, slept
        self._leapt = threading.local()

    @property
    def _ahead_ns(self) -> int:
        return getattr(self._leapt, "ns", 0)

    def now_us(self) -> int:
        return self._real.now_us() + self._ahead_ns // 1000

    def monotonic_ns(self) -> int:
        return self._real.monotonic_ns() + self._ahead_ns

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        if seconds <= 0:
            return
        before_ns = self._real.monotonic_ns()
        longest_s = self._longest_s if threading.current_thread() is threading.main_thread() else _OTHERS_S
        self._real.sleep(min(seconds, longest_s), stop)
        waited_ns = self._real.monotonic_ns() - before_ns
        self._leapt.ns = self._ahead_ns + max(0, int(seconds * 1e9) - waited_ns)
        self._slept(self.now_us())

    def quality(self) -> ClockQuality:
        return ClockQuality.SYNCHRONISED
