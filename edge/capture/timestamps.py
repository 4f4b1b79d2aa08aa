"""Which of a picture's two timestamps to believe.

Files made from AVI carry presentation times that are really decoding times, in the wrong order. FFmpeg's rule
(``guess_correct_pts`` in libavcodec/decode.c): count the steps back of each, and believe the one with fewer.
"""

from __future__ import annotations


class BestEffort:
    """Chooses for one stream, picture after picture."""

    def __init__(self) -> None:
        self._pts = _Series()
        self._dts = _Series()

    def choose(self, pts: int | None, dts: int | None) -> int | None:
        """Returns the better of both, in the stream's time base, or None where there is neither."""
        self._pts.add(pts if pts is not None else dts)
        self._dts.add(dts if dts is not None else pts)
        if pts is not None and (dts is None or self._pts.steps_back <= self._dts.steps_back):
            return pts
        return dts


class _Series:
    def __init__(self) -> None:
        self.steps_back = 0
        self._last: int | None = None

    def add(self, stamp: int | None) -> None:
        if stamp is None:
            return
        self.steps_back += self._last is not None and stamp <= self._last
        self._last = stamp
