"""What the uplink measures over about an hour: what the line carries, and what the recorder writes."""

from __future__ import annotations

from math import exp

from edge.seal.reel import Position

_WINDOW_S = 3600.0
_ENOUGH_S = 30.0
"""Less than this says nothing yet."""
LONG_S = 5.0
"""An upload that took this long tells the line's rate; a shorter one as much its latency, so it is a lower bound."""
_SMALL_BYTES = 64 * 1024
"""An upload below this tells the latency alone."""
_FAILING_LIMIT_S = 120.0
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
        return None if self._seconds < _ENOUGH_S else int(self._bytes * 8 / self._seconds)


class Line:
    """What the line carries while it is in use; hours without any line leave the figure as it was."""

    def __init__(self) -> None:
        self._long, self._short = Mean(), Mean()
        self._failing_s = 0.0

    @property
    def bps(self) -> int | None:
        """Bits a second, perhaps too few: a line with little to do shows only short uploads."""
        return max((bps for bps in (self._long.bps, self._short.bps) if bps is not None), default=None)

    @property
    def proven_bps(self) -> int | None:
        """The same; None as long as no upload was long enough to judge the line by."""
        return None if self._long.bps is None else self.bps

    def carried(self, size: int, seconds: float) -> None:
        """Takes in an upload that was receipted."""
        self._failing_s = 0.0
        if seconds >= LONG_S:
            self._long.add(size, seconds)
        elif size >= _SMALL_BYTES:
            self._short.add(size, seconds)

    def failed(self, seconds: float) -> None:
        """Takes in an upload that did not end."""
        counted_s = min(seconds, _FAILING_LIMIT_S - self._failing_s)
        self._failing_s += counted_s
        for mean in (self._long, self._short):
            if mean.bps is not None:
                mean.add(0, counted_s)


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
