"""A camera that needs almost no memory: one picture that moves sideways, in one buffer, as a board's camera fills it.

A video file's decoder keeps pictures of its own, which a node with a camera does not have.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from edge.base.clock import SECOND_US, Clock
from edge.base.frame import Frame, Geometry
from edge.capture.pace import Pace
from edge.capture.port import Camera
from edge.node import record
from edge.node.pictureconfig import SourceConfig
from tests.bench.prepared import START_US

_STEP_PX = 4


class MovingPicture(Camera):
    """Hands out one buffer, its luma moved by a few pixels each time."""

    def __init__(self, pace: Pace) -> None:
        self.geometry = Geometry(1280, 960, 1280)
        self.fps = Fraction(15)
        self._pace = pace
        self._number = 0
        coarse = np.random.default_rng(1).integers(60, 200, (15, 20), np.uint8)
        self._scene = coarse.repeat(64, axis=0).repeat(64, axis=1)
        self._picture = np.full(self.geometry.shape, 128, np.uint8)

    def read(self) -> Frame:
        moment = self._pace.wait(round(self._number * SECOND_US / self.fps))
        at = self._number * _STEP_PX % self.geometry.width
        luma = self._picture[: self.geometry.height]
        luma[:, at:], luma[:, :at] = self._scene[:, : self.geometry.width - at], self._scene[:, -at:][:, :at]
        self._number += 1
        return Frame(self._picture, self.geometry, moment.wall_us, moment.mono_ns, self._number - 1)

    def close(self) -> None:
        """Nothing is held."""


def exchange() -> None:
    """Puts the camera in."""

    def opened(source: SourceConfig, clock: Clock, zone: str) -> Camera:
        return MovingPicture(Pace(clock, fast=source.fast, start_us=START_US))

    record.open_camera = opened  # type: ignore[attr-defined]


def report() -> None:
    """Has nothing to say."""
