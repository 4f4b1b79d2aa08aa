"""The street as a camera."""

from __future__ import annotations

from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np

from edge.base.clock import SECOND_US
from edge.base.frame import Frame, Geometry
from edge.capture.pace import LATE_LIMIT_US, Pace
from edge.capture.port import Camera
from edge.capture.street.indoors import Behind
from edge.capture.street.view import View


class StreetCamera(Camera):
    """Draws frame n from the seed, n and the wall time alone.

    Args:
        pace: when frames are due; paced, frames that could not be drawn in time are skipped and count as missed.
        size: width and height, both even.
        seed: another seed, other people and cars.
        zone: IANA name of the local time that decides between day and night.
        rain: 0 (dry) to 1 (pouring).
        behind: what goes on inside the private places, and there alone.
        frames: how many there are; None goes on for ever.
    """

    def __init__(
        self,
        pace: Pace,
        *,
        size: tuple[int, int] = (1280, 960),
        fps: Fraction = Fraction(15),
        seed: int = 1,
        zone: str = "Asia/Tokyo",
        rain: float = 0.0,
        behind: Behind = "a",
        frames: int | None = None,
    ) -> None:
        self.geometry = Geometry(*size, size[0])
        self.fps = fps
        self._pace = pace
        self._frames = frames
        self._number = 0
        self._view = View(self.geometry, seed=seed, zone=ZoneInfo(zone), rain=rain, behind=behind)
        self._picture = np.zeros(self.geometry.shape, np.uint8)

    def read(self) -> Frame | None:
        number = self._number + self._skipped()
        if self._frames is not None and number >= self._frames:
            self.close()
            return None
        moment = self._pace.wait(round(number * SECOND_US / self.fps))
        self._view.draw(self._picture, number, self.fps, moment.wall_us)
        self._number = number + 1
        return Frame(self._picture, self.geometry, moment.wall_us, moment.mono_ns, number)

    def close(self) -> None:
        self._frames = 0

    def _skipped(self) -> int:
        late_us = self._pace.late_us(round(self._number * SECOND_US / self.fps))
        return int(late_us * self.fps / SECOND_US) if late_us > LATE_LIMIT_US else 0
