"""What goes on inside the private places: one of two, so that sources can differ behind the masks and nowhere else."""

from __future__ import annotations

import math
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.base.frame import Picture
from edge.capture.street.canvas import Canvas, Window
from edge.capture.street.layout import GARDEN, HOUSES, private_places
from edge.capture.street.lens import Lens
from edge.capture.street.people import figure, standing_still
from edge.capture.street.surfaces import across
from edge.capture.street.traffic import Traveller

Behind = Literal["a", "b"]

_INSET_PX = 3
_Spot = tuple[float, float, float]
_DRAWS = {"a": bytes(range(3, 35, 2)), "b": bytes(range(250, 10, -15))}
_IN_SIGHT = {
    "a": ("garden-1", "window-1"),
    "b": ("balcony-1", "door-1", "garden-1", "window-2", "window-3"),
}
"""Who has somebody in sight: an ordinary hour, and one with people in nearly every place."""


class Indoors:
    """Draws people into the private places, clipped to the inside of their polygons.

    Args:
        behind: ``a``: one in the garden, one at the window; ``b``: others at the open doors, on the balcony, upstairs.
    """

    def __init__(self, lens: Lens, size: tuple[int, int], behind: Behind, occluders: NDArray[np.uint16]) -> None:
        self._behind = behind
        self._places: list[tuple[str, _Spot, Window, Picture]] = []
        for identity, kind, polygon in private_places():
            if identity in _IN_SIGHT[behind]:
                spot = _spots()[identity]
                window, kept = _clip(polygon, size)
                depth_cm = 100 * lens.place(spot[0], spot[1], spot[2] + 0.8)[2]
                kept[occluders[window] < depth_cm - 40] = 255
                self._places.append((kind, spot, window, kept))

    @property
    def windows(self) -> list[Window]:
        """Returns the parts of the picture that it draws in."""
        return [window for _, _, window, _ in self._places]

    def draw(self, canvas: Canvas, at_s: float) -> None:
        """Draws everybody at a time since the beginning."""
        for index, (kind, spot, window, kept) in enumerate(self._places):
            canvas.open(window)
            before = canvas.picture[window].copy()
            self._someone(canvas, kind, spot, index, at_s)
            cv2.copyTo(before, kept, canvas.picture[window])

    def _someone(self, canvas: Canvas, kind: str, spot: _Spot, index: int, at_s: float) -> None:
        if kind == "door" and self._behind == "b":
            self._open_door(canvas, spot)
        sway = 0.35 * math.sin(at_s * (0.5 if self._behind == "a" else 0.9) + index)
        who = Traveller("person", spot[0], spot[1] + sway, (-1.0, 0.0), 0.0, 0.0, _DRAWS[self._behind])
        joints = standing_still(at_s + index, waving=self._behind == "b")
        joints[:, 2] += spot[2]
        figure(canvas, joints, who, 1.0, canvas.spot(spot[0] - 0.3, spot[1]))

    def _open_door(self, canvas: Canvas, spot: _Spot) -> None:
        x, y, z = spot
        pixels, _ = canvas.lens.project(across(x, (y - 0.5, y + 0.5), (z, z + 2.1)))
        canvas.shape(pixels, canvas.spot(x, y).shown((40, 60, 80)))


def _spots() -> dict[str, _Spot]:
    """Returns where somebody's feet are for each private place."""
    spots = {"garden-1": (5.5, (GARDEN.low[1] + GARDEN.high[1]) / 2, 0.0)}
    for house in HOUSES:
        for opening in house.openings:
            if opening.private:
                floor = opening.z[0] if opening.kind == "door" else min(opening.z[0], opening.z[1] - 1.75)
                spots[opening.private] = (
                    house.front_x - (0.6 if opening.kind == "balcony" else 0.05),
                    sum(opening.y) / 2,
                    floor,
                )
    return spots


def _clip(polygon: tuple[tuple[float, float], ...], size: tuple[int, int]) -> tuple[Window, Picture]:
    """Returns a window around a polygon, and what in it must stay as it was: 255 outside and near the edge."""
    points = np.array(polygon) * size
    low = np.floor(points.min(0)).astype(int) // 2 * 2
    high = np.minimum(np.ceil(points.max(0)).astype(int) // 2 * 2 + 2, size)
    inside = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
    cv2.fillPoly(inside, [np.rint(points - low).astype(np.int32)], 255)
    kernel = np.ones((2 * _INSET_PX + 1, 2 * _INSET_PX + 1), np.uint8)
    kept = cv2.erode(inside, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    window = np.s_[int(low[1]) : int(high[1]), int(low[0]) : int(high[0])]
    return window, np.asarray(255 - kept, np.uint8)
