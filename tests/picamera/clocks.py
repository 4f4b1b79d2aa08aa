"""Clocks of the camera's tests."""

from __future__ import annotations

import threading
from collections.abc import Callable

from edge.base.clock import SystemClock


class HastyClock(SystemClock):
    """Real time, but nobody waits for longer than a moment; ``at`` says what happens before which wait."""

    def __init__(self, moment_s: float = 0.5, at: dict[int, Callable[[], object]] | None = None) -> None:
        self._moment_s, self._at, self.waits = moment_s, at or {}, 0

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        self.waits += 1
        self._at.get(self.waits, lambda: None)()
        super().sleep(min(seconds, self._moment_s), stop)
