"""Drawing what moves: places in metres in, smooth shapes in the picture out, each lit where it stands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from edge.base.frame import Picture
from edge.capture.street.lens import Lens
from edge.capture.street.light import LAMP, Daylight
from edge.capture.street.shading import lamplight
from edge.capture.street.surfaces import Colour

Pixel = tuple[float, float]

_SHIFT = 4
_LAMP = (float(LAMP[0]), float(LAMP[1]), float(LAMP[2]))
_UP_AND_BACK = np.array((0.2, -0.7, 0.68), np.float32)


@dataclass(frozen=True, slots=True)
class Spot:
    """Light at one place, blue green red: from the sky and lamps together, and from the sun."""

    around: tuple[float, float, float]
    sun: tuple[float, float, float]
    towards_sun: tuple[float, float, float]

    def shown(self, colour: Colour, normal: tuple[float, float, float] = (0.0, -0.5, 0.3)) -> Colour:
        """Returns how a colour looks here on a surface with that normal."""
        (sx, sy, sz), (nx, ny, nz) = self.towards_sun, normal
        facing = max(0.0, nx * sx + ny * sy + nz * sz)
        share = 0.62 + 0.38 * nz
        around, sun = self.around, self.sun
        return (
            _tone(colour[0], around[0] * share + sun[0] * facing),
            _tone(colour[1], around[1] * share + sun[1] * facing),
            _tone(colour[2], around[2] * share + sun[2] * facing),
        )


def _tone(part: int, light: float) -> int:
    """Returns one channel of ``edge.capture.street.shading.tone``."""
    return round(255 * math.sqrt(1 - math.exp(-light * part * part / 65025)))


class Canvas:
    """The picture that is being drawn, with the lens and the light.

    Attributes:
        picture: uint8 (height, width, 3), blue green red; drawn on in place.
    """

    def __init__(self, lens: Lens, size: tuple[int, int]) -> None:
        self.lens = lens
        self.picture: Picture = np.zeros((size[1], size[0], 3), np.uint8)
        self.relight(Daylight(12.0, 45.0, 0.0, 0.0), np.full((1, 1), 255, np.uint8))

    def relight(self, light: Daylight, sunlit: Picture) -> None:
        """Sets the light that shapes are drawn in; ``sunlit`` is the still street's map of shadows."""
        self.light = light
        self._sunlit = sunlit
        self._around = _three(light.ambient())
        self._sun = _three(light.sun())
        self._direction = _three(light.direction())

    def spot(self, x: float, y: float) -> Spot:
        """Returns the light on what stands at a place on the ground."""
        around, share = self._around, self._sun_at(x, y)
        if self.light.lamps:
            lamps = float(lamplight(np.array((x, y, 0.9), np.float32), _UP_AND_BACK)) * self.light.lamps
            around = (around[0] + lamps * _LAMP[0], around[1] + lamps * _LAMP[1], around[2] + lamps * _LAMP[2])
        sun = self._sun
        return Spot(around, (sun[0] * share, sun[1] * share, sun[2] * share), self._direction)

    def shape(self, pixels: ArrayLike, colour: Colour) -> None:
        """Fills a convex polygon given in pixels."""
        fixed = (np.array(pixels, np.float32) * (1 << _SHIFT)).astype(np.int32)
        cv2.fillConvexPoly(self.picture, fixed, colour, cv2.LINE_AA, _SHIFT)

    def limb(self, start: Pixel, end: Pixel, widths_px: tuple[float, float], colour: Colour) -> None:
        """Draws a tapered stroke with round ends."""
        (ax, ay), (bx, by) = start, end
        length = math.hypot(bx - ax, by - ay) or 1.0
        nx, ny = (ay - by) / length / 2, (bx - ax) / length / 2
        wa, wb = widths_px
        corners = (
            (ax + nx * wa, ay + ny * wa), (bx + nx * wb, by + ny * wb),
            (bx - nx * wb, by - ny * wb), (ax - nx * wa, ay - ny * wa),
        )  # fmt: skip
        self.shape(corners, colour)
        if max(wa, wb) > 2.5:
            self.dot(start, wa / 2, colour)
            self.dot(end, wb / 2, colour)

    def dot(self, centre: Pixel, radius_px: float, colour: Colour) -> None:
        """Fills a circle."""
        place = round(centre[0] * (1 << _SHIFT)), round(centre[1] * (1 << _SHIFT))
        cv2.circle(self.picture, place, max(1, round(radius_px * (1 << _SHIFT))), colour, -1, cv2.LINE_AA, _SHIFT)

    def line(self, pixels: ArrayLike, width_px: float, colour: Colour, *, closed: bool = False) -> None:
        """Draws a line through points."""
        fixed = np.rint(np.asarray(pixels) * (1 << _SHIFT)).astype(np.int32)
        cv2.polylines(self.picture, [fixed], closed, colour, max(1, round(width_px)), cv2.LINE_AA, _SHIFT)

    def darken(self, pixels: NDArray[np.float32], share: float) -> None:
        """Lays a shadow over a convex polygon."""
        low = np.floor(pixels.min(0)).astype(int).clip(0)
        high = np.ceil(pixels.max(0)).astype(int) + 1
        window = self.picture[low[1] : high[1], low[0] : high[0]]
        if not window.size:
            return
        mask = np.full(window.shape, 255, np.uint8)
        fixed = np.rint((pixels - low) * (1 << _SHIFT)).astype(np.int32)
        left = round(255 * (1 - share))
        cv2.fillConvexPoly(mask, fixed, (left, left, left), cv2.LINE_AA, _SHIFT)
        cv2.multiply(window, mask, dst=window, scale=1 / 255)

    def glow(self, centre: ArrayLike, radius_px: float, colour: Colour) -> None:
        """Adds a soft round light."""
        x, y = (round(float(part)) for part in np.asarray(centre))
        reach = max(1, round(radius_px))
        y0, x0 = max(0, y - reach), max(0, x - reach)
        window = self.picture[y0 : max(0, y + reach + 1), x0 : max(0, x + reach + 1)]
        if not window.size:
            return
        rows, columns = np.ogrid[y0 - y : y0 - y + window.shape[0], x0 - x : x0 - x + window.shape[1]]
        fall = np.clip(1 - np.sqrt(rows * rows + columns * columns, dtype=np.float32) / reach, 0, 1) ** 2
        window[:] = cv2.add(window, (fall[..., None] * np.array(colour, np.float32)).astype(np.uint8))

    def _sun_at(self, x: float, y: float) -> float:
        if not self._sun[2]:
            return 0.0
        place, _ = self.lens.project(((x, y, 0.0),))
        rows, columns = self._sunlit.shape
        row = min(rows - 1, max(0, int(place[0, 1] / self.picture.shape[0] * rows)))
        column = min(columns - 1, max(0, int(place[0, 0] / self.picture.shape[1] * columns)))
        return float(self._sunlit[row, column]) / 255


def _three(values: NDArray[np.float32]) -> tuple[float, float, float]:
    a, b, c = values.tolist()
    return a, b, c
