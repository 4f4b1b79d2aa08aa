"""A clock that stands still but for sleeping, and that tests push on."""

from __future__ import annotations

import threading

from edge.base.clock import ClockQuality


class SteppedClock:
    """Starts at wall time ``start_us``; sleeping takes no real time."""

    def __init__(self, start_us: int = 1_000_000_000) -> None:
        self._start_us = start_us
        self.passed_ns = 0
        self.slept: list[float] = []

    def now_us(self) -> int:
        return self._start_us + self.passed_ns // 1000

    def monotonic_ns(self) -> int:
        return 5_000_000_000 + self.passed_ns

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        if seconds > 0 and not (stop and stop.is_set()):
            self.slept.append(seconds)
            self.push(seconds)

    def push(self, seconds: float) -> None:
        """Lets time pass."""
        self.passed_ns += round(seconds * 1e9)

    def quality(self) -> ClockQuality:
        return ClockQuality.SYNCHRONISED
