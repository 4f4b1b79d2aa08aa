"""What the uplink measures over about an hour: what the line carries, and what the recorder writes."""

from __future__ import annotations

from math import exp

from edge.seal.reel import Position

_WINDOW_S = 3600.0
_TELLING_BYTES = 64 * 1024
"""An upload below this tells the line's latency, not its rate."""
_TELLING_S = 30.0
"""Less than this says nothing yet."""
_FAILING_LIMIT_S = 600.0
"""Failing attempts in a row count up to this: a line that drops again and again is slow, one that is gone is not."""


class Mean:
    """A mean rate whose past fades with the hour."""

    def __init__(self) -> None:
        self._bytes = self._seconds = 0.0

    def add(self, size: int, seconds: float) -> None:
        """Takes in ``size`` bytes that took ``seconds``."""
        fading = exp(-seconds / _WINDOW_S)
        self._bytes = self._bytes * fading + size
        self._seconds = self._seconds * fading + seconds

    @property
    def bps(self) -> int | None:
        """Bits a second; None as long as too little was seen."""
        return None if self._seconds < _TELLING_S else int(self._bytes * 8 / self._seconds)


class Line:
    """What the line carries while it is in use; hours without any line leave the figure as it was."""

    def __init__(self) -> None:
        self._mean = Mean()
        self._failing_s = 0.0

    @property
    def bps(self) -> int | None:
        """Bits a second; None as long as too little was sent."""
        return self._mean.bps

    def carried(self, size: int, seconds: float) -> None:
        """Takes in an upload that was receipted."""
        self._failing_s = 0.0
        if size >= _TELLING_BYTES:
            self._mean.add(size, seconds)

    def failed(self, seconds: float) -> None:
        """Takes in an upload that did not end."""
        counted_s = min(seconds, _FAILING_LIMIT_S - self._failing_s)
        self._failing_s += counted_s
        if self._mean.bps is not None:
            self._mean.add(0, counted_s)


class Written:
    """What the recorder writes, from how its synced position moves on within a reel."""

    def __init__(self) -> None:
        self._mean = Mean()
        self._last: tuple[Position, int] | None = None

    @property
    def bps(self) -> int | None:
        """Bits a second, padding and headers included; None as long as too little was seen."""
        return self._mean.bps

    def seen(self, position: Position, now_ns: int) -> None:
        """Takes in where the recorder stands; a change of reels is passed over, its bytes are not known."""
        last, self._last = self._last, (position, now_ns)
        if last is not None and _reel(last[0]) == _reel(position):
            self._mean.add(position.end - last[0].end, (now_ns - last[1]) / 1e9)


def _reel(position: Position) -> tuple[str, int, int]:
    return position.chain, position.reel, position.lap
