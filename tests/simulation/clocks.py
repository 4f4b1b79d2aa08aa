"""Time in a simulated city: it moves only when it is told to, and the node's clock is right, wrong or kept right."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from edge.base.clock import ClockQuality
from tests.simulation.city import SECOND_US, START_US


@dataclass(slots=True)
class Time:
    """What time it is, really, and on the node.

    Attributes:
        now_us: the city's UTC.
        booted_us: when the node's kernel started, the city's UTC.
        offset_us: how far the node's clock is ahead.
        kept: a time service keeps the node's clock.
        kept_since_us: since when, the city's UTC.
    """

    now_us: int = START_US
    booted_us: int = START_US - 60 * SECOND_US
    offset_us: int = 0
    kept: bool = False
    kept_since_us: int = START_US

    def keep(self) -> None:
        """A time service sets the clock right."""
        if not self.kept:
            self.kept, self.offset_us, self.kept_since_us = True, 0, self.now_us


class CityClock:
    """The port ``Clock``: the right time."""

    def __init__(self, time: Time) -> None:
        self._time = time

    def now_us(self) -> int:
        return self._time.now_us

    def monotonic_ns(self) -> int:
        return self._time.now_us * 1000

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        raise AssertionError("nothing at the center sleeps")

    def quality(self) -> ClockQuality:
        return ClockQuality.SYNCHRONISED


class NodeClock:
    """The port ``Clock`` as the node has it."""

    def __init__(self, time: Time, pass_time: Callable[[float], None]) -> None:
        self._time, self._pass = time, pass_time

    def now_us(self) -> int:
        return max(0, self._time.now_us + self._time.offset_us)

    def monotonic_ns(self) -> int:
        return (self._time.now_us - self._time.booted_us) * 1000

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        self._pass(seconds)

    def quality(self) -> ClockQuality:
        return ClockQuality.SYNCHRONISED if self._time.kept else ClockQuality.UNTRUSTED
