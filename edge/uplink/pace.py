"""How much may be sent and when: measured rate, rate limit, quiet hours."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from edge.base.clock import Clock, to_datetime
from edge.uplink.measure import LONG_S, Line

_BATCH_S = 20.0
_FIRST_BATCH_BYTES = 256 * 1024
BATCH_LIMIT_BYTES = 8 * 1024 * 1024
"""Less than the 32 MiB that the center takes: the uplink's memory budget is 60 MiB, and this keeps a fast line busy."""
TELLING_BYTES = 256 * 1024
"""A smaller upload tells as much of the line's latency as of its rate."""
_WEIGHT = 0.3


class Rate:
    """The line's measured rate, smoothed upwards only: a batch measured by yesterday's fast line would hold up live.

    Attributes:
        line: the same over an hour.
        newest_bps: of the newest upload of ``TELLING_BYTES`` and more; ``uploads`` counts those.
    """

    def __init__(self) -> None:
        self.bytes_per_s: float | None = None
        self.line = Line()
        self.newest_bps = self.uploads = 0

    def measured(self, size: int, elapsed_ns: int) -> None:
        """Takes in one upload of ``size`` bytes."""
        elapsed_s = max(elapsed_ns / 1e9, 1e-3)
        new, old = size / elapsed_s, self.bytes_per_s
        weight = 1.0 if new < (old or 0.0) and elapsed_s >= LONG_S else _WEIGHT
        self.bytes_per_s = new if old is None else old + weight * (new - old)
        self.line.carried(size, elapsed_s)
        if size >= TELLING_BYTES:
            self.newest_bps, self.uploads = int(size * 8 / elapsed_s), self.uploads + 1

    def failed(self, elapsed_ns: int) -> None:
        """Takes in an upload that did not end: the next is half as long."""
        if self.bytes_per_s is not None:
            self.bytes_per_s /= 2
        self.line.failed(elapsed_ns / 1e9)

    def batch_bytes(self) -> int:
        """Returns how many bytes a batch may have: 20 s of the line."""
        if self.bytes_per_s is None:
            return _FIRST_BATCH_BYTES
        return max(1, min(BATCH_LIMIT_BYTES, int(self.bytes_per_s * _BATCH_S)))


class RateLimit:
    """A token bucket: called with a number of bytes, returns once they may go.

    Args:
        bytes_per_s: mean rate; a quarter second of it may go at once.
    """

    def __init__(self, bytes_per_s: float, clock: Clock) -> None:
        self._rate, self._clock = bytes_per_s, clock
        self._burst = bytes_per_s / 4
        self._tokens = self._burst
        self._at_ns = clock.monotonic_ns()

    def __call__(self, size: int) -> None:
        """Takes ``size`` tokens and sleeps for those that are missing."""
        now_ns = self._clock.monotonic_ns()
        self._tokens = min(self._burst, self._tokens + (now_ns - self._at_ns) / 1e9 * self._rate) - size
        self._at_ns = now_ns
        if self._tokens < 0:
            self._clock.sleep(-self._tokens / self._rate)


def is_quiet(now_us: int, hours: tuple[str, ...], zone: ZoneInfo) -> bool:
    """Tells whether local time lies in one of ``hours`` (``22:00-06:00``); the end is no longer quiet."""
    local = to_datetime(now_us).astimezone(zone).strftime("%H:%M")
    return any(_within(local, *span.split("-")) for span in hours)


def open_share(hours: tuple[str, ...]) -> float:
    """Returns which part of a day is not quiet."""
    minutes = [f"{hour:02d}:{minute:02d}" for hour in range(24) for minute in range(60)]
    return sum(not any(_within(minute, *span.split("-")) for span in hours) for minute in minutes) / len(minutes)


def _within(local: str, start: str, end: str) -> bool:
    return start <= local < end if start <= end else local >= start or local < end
