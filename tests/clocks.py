"""Clocks that tests move: no test waits for the time that it needs to pass."""

from __future__ import annotations

import threading

from edge.base.clock import ClockQuality

START_US = 1_767_571_200_000_000
"""2026-01-05, 09:00 in Tokyo."""


class HandClock:
    """Stands still until it is moved; sleeping moves it, too, and takes no time.

    Attributes:
        at_us, at_ns: wall time and monotonic time, which begins at 0; each may be set.
        kept: what it says of itself.
        slept: seconds of each sleep.
    """

    def __init__(self, at_us: int = START_US, kept: ClockQuality = ClockQuality.SYNCHRONISED) -> None:
        self.at_us, self.at_ns, self.kept = at_us, 0, kept
        self.slept: list[float] = []

    def now_us(self) -> int:
        return self.at_us

    def monotonic_ns(self) -> int:
        return self.at_ns

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        if seconds > 0 and not (stop and stop.is_set()):
            self.slept.append(seconds)
            self.advance(seconds)

    def quality(self) -> ClockQuality:
        return self.kept

    def advance(self, seconds: float) -> None:
        """Lets time pass, on both clocks."""
        self.at_us += round(seconds * 1e6)
        self.at_ns += round(seconds * 1e9)


class WaitlessClock(HandClock):
    """For what must never wait: sleeping is a failure."""

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        raise AssertionError(f"nothing here waits, and {seconds} s were asked for")
