"""The street as a camera."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import cv2
import numpy as np

from edge.base.clock import SECOND_US
from edge.base.frame import Frame, Geometry
from edge.capture.pace import LATE_LIMIT_US, Pace
from edge.capture.port import Camera
from edge.capture.street.layout import private_places

Behind = Literal["a", "b"]


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
        self._behind = behind
        self._frames = frames
        self._number = 0
        self._picture = np.zeros(self.geometry.shape, np.uint8)

    def read(self) -> Frame | None:
        number = self._number + self._skipped()
        if self._frames is not None and number >= self._frames:
            self.close()
            return None
        moment = self._pace.wait(round(number * SECOND_US / self.fps))
        self._draw(number)
        self._number = number + 1
        return Frame(self._picture, self.geometry, moment.wall_us, moment.mono_ns, number)

    def close(self) -> None:
        self._frames = 0

    def _skipped(self) -> int:
        late_us = self._pace.late_us(round(self._number * SECOND_US / self.fps))
        return int(late_us * self.fps / SECOND_US) if late_us > LATE_LIMIT_US else 0

    def _draw(self, number: int) -> None:
        width, height = self.geometry.width, self.geometry.height
        canvas = np.full((height, width, 3), (190, 170, 150), np.uint8)
        cv2.rectangle(canvas, (0, height // 2), (width, height), (90, 90, 90), -1)
        for _, _, polygon in private_places():
            points = np.rint(np.array(polygon) * (width, height)).astype(np.int32)
            shade = (60, 90, 120) if self._behind == "a" else (120, 60, 30)
            cv2.fillPoly(canvas, [points], shade)
        x = number * 7 % width
        cv2.rectangle(canvas, (x, height * 6 // 10), (x + width // 8, height * 7 // 10), (40, 40, 200), -1)
        self._picture[:] = cv2.cvtColor(canvas, cv2.COLOR_BGR2YUV_I420)
