"""A camera that plays a video file."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av

from edge.base.clock import SECOND_US
from edge.base.frame import Frame, Geometry
from edge.capture.decoding import Recording, Shown
from edge.capture.pace import LATE_LIMIT_US, Pace
from edge.capture.planes import Filler, even_size
from edge.capture.port import Camera

Due = tuple[av.VideoFrame, int]
"""A picture and the media time, microseconds, at which it is a frame."""


class FileCamera(Camera):
    """Plays any video that PyAV opens.

    Args:
        path: the file.
        pace: when frames are due; paced, a file more than 1 s late skips frames, which ``number`` counts as missed.
        loop: begins again at the end, without a break in the times.
        size: scales every picture to this even width and height, without regard to its proportions (masks are
            normalised, so they fit all the same). By default the file's own size, an odd column or row cut off.
        fps: picks or repeats pictures for this steady rate, which counts nothing as missed. By default every picture
            comes once, at its own time.

    Raises:
        BadInput: as ``edge.capture.decoding`` lists, at once or from ``read``.
    """

    def __init__(
        self,
        path: Path,
        pace: Pace,
        *,
        loop: bool = False,
        size: tuple[int, int] | None = None,
        fps: Fraction | None = None,
    ) -> None:
        self._path = path
        self._recording = Recording(path)
        self.fps = fps or self._recording.rate
        width, height = size or even_size(*self._recording.size)
        self.geometry = Geometry(width, height, width)
        self._filler = Filler(self.geometry, size)
        self._pace = pace
        shown = self._looped() if loop else self._recording.shown()
        self._due: Iterator[Due] = picked(shown, fps)
        self._number = -1

    def read(self) -> Frame | None:
        due = self._next()
        if due is None:
            self.close()
            return None
        image, media_us = due
        self._filler.fill(image)
        moment = self._pace.wait(media_us)
        return Frame(self._filler.picture, self.geometry, moment.wall_us, moment.mono_ns, self._number)

    def close(self) -> None:
        self._due = iter(())
        self._recording.close()

    def _next(self) -> Due | None:
        """Returns the next picture in time; where that is long past, the one that is due by now."""
        due = self._advance()
        if due is None:
            return None
        late_us = self._pace.late_us(due[1])
        now_us = due[1] + late_us if late_us > LATE_LIMIT_US else due[1]
        while due is not None and due[1] < now_us:
            due = self._advance()
        return due

    def _advance(self) -> Due | None:
        self._number += 1
        return next(self._due, None)

    def _looped(self) -> Iterator[Shown]:
        end_us, size = 0, self._recording.size
        while True:
            for shown in self._recording.shown(end_us):
                yield shown
                end_us = shown.until_us
            self._recording.close()
            self._recording = Recording(self._path)
            self._recording.require(*size)


def picked(shown: Iterator[Shown], fps: Fraction | None) -> Iterator[Due]:
    """Yields each picture at its own time or, for a steady ``fps``, the one that is shown at each tick."""
    tick = 0
    for item in shown:
        if fps is None:
            yield item.image, item.from_us
            continue
        while (media_us := round(tick * SECOND_US / fps)) < item.until_us:
            yield item.image, media_us
            tick += 1
