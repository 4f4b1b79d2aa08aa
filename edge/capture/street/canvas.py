"""Drawing what moves: places in metres in, smooth shapes in the picture out, each lit where it stands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from edge.base.frame import Picture
from edge.capture.street.lens import Lens
from edge.capture.street.light import LAMP, Daylight
from edge.capture.street.shading import lamplight_at
from edge.capture.street.surfaces import Colour

Pixel = tuple[float, float]
Window = tuple[slice, slice]
"""Rows and columns of a picture."""
_THIN_PX = 9.0
"""Thinner limbs are plain strokes, which cost a third and look the same."""

_SHIFT = 4
_LAMP = (float(LAMP[0]), float(LAMP[1]), float(LAMP[2]))


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
        self.open(np.s_[0 : size[1], 0 : size[0]])
        self.relight(Daylight(12.0, 45.0, 0.0, 0.0), np.full((1, 1), 255, np.uint8))

    def open(self, window: Window) -> None:
        """Confines all drawing to a window of the picture; coordinates stay those of the whole."""
        self._target = self.picture[window]
        self._top, self._left = window[0].start, window[1].start
        self._corner = np.array((self._left, self._top), np.float32)

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
            lamps = lamplight_at(x, y, 0.9) * self.light.lamps
            around = (around[0] + lamps * _LAMP[0], around[1] + lamps * _LAMP[1], around[2] + lamps * _LAMP[2])
        sun = self._sun
        return Spot(around, (sun[0] * share, sun[1] * share, sun[2] * share), self._direction)

    def shape(self, pixels: ArrayLike, colour: Colour) -> None:
        """Fills a convex polygon given in pixels."""
        cv2.fillConvexPoly(self._target, self._fixed(pixels), colour, cv2.LINE_AA, _SHIFT)

    def limb(self, start: Pixel, end: Pixel, widths_px: tuple[float, float], colour: Colour) -> None:
        """Draws a tapered stroke with round ends."""
        (ax, ay), (bx, by) = start, end
        wide = (widths_px[0] + widths_px[1]) / 2
        if wide < _THIN_PX:
            unit, left, top = 1 << _SHIFT, self._left, self._top
            first = round((ax - left) * unit), round((ay - top) * unit)
            last = round((bx - left) * unit), round((by - top) * unit)
            cv2.line(self._target, first, last, colour, max(1, round(wide)), cv2.LINE_AA, _SHIFT)
            return
        length = math.hypot(bx - ax, by - ay) or 1.0
        nx, ny = (ay - by) / length / 2, (bx - ax) / length / 2
        wa, wb = widths_px
        corners = (
            (ax + nx * wa, ay + ny * wa), (bx + nx * wb, by + ny * wb),
            (bx - nx * wb, by - ny * wb), (ax - nx * wa, ay - ny * wa),
        )  # fmt: skip
        self.shape(corners, colour)
        self.dot(start, wa / 2, colour)
        self.dot(end, wb / 2, colour)

    def dot(self, centre: Pixel, radius_px: float, colour: Colour) -> None:
        """Fills a circle."""
        place = round((centre[0] - self._left) * (1 << _SHIFT)), round((centre[1] - self._top) * (1 << _SHIFT))
        cv2.circle(self._target, place, max(1, round(radius_px * (1 << _SHIFT))), colour, -1, cv2.LINE_AA, _SHIFT)

    def line(self, pixels: ArrayLike, width_px: float, colour: Colour, *, closed: bool = False) -> None:
        """Draws a line through points."""
        cv2.polylines(self._target, [self._fixed(pixels)], closed, colour, max(1, round(width_px)), cv2.LINE_AA, _SHIFT)

    def darken(self, pixels: NDArray[np.float32], share: float) -> None:
        """Lays a shadow over a convex polygon."""
        points = self._fixed(pixels)
        low, high = (points.min(0) >> _SHIFT).clip(0), (points.max(0) >> _SHIFT) + 2
        window = self._target[low[1] : max(0, high[1]), low[0] : max(0, high[0])]
        if not window.size:
            return
        left = round(255 * (1 - share))
        mask = np.full(window.shape, 255, np.uint8)
        cv2.fillConvexPoly(mask, points - (low << _SHIFT), (left, left, left), cv2.LINE_AA, _SHIFT)
        cv2.multiply(window, mask, dst=window, scale=1 / 255)

    def glow(self, centre: Pixel, radius_px: float, colour: Colour) -> None:
        """Adds a soft round light."""
        reach = max(1, min(round(radius_px), self.picture.shape[1] // 4))
        x, y = round(centre[0]) - self._left, round(centre[1]) - self._top
        y0, x0 = max(0, y - reach), max(0, x - reach)
        window = self._target[y0 : max(0, y + reach + 1), x0 : max(0, x + reach + 1)]
        if not window.size:
            return
        halo = cv2.resize(_halo(), (2 * reach + 1, 2 * reach + 1), interpolation=cv2.INTER_LINEAR)
        part = halo[y0 - y + reach :, x0 - x + reach :][: window.shape[0], : window.shape[1]]
        tinted = part * (np.array(colour, np.float32) / 255)
        cv2.add(window, tinted.astype(np.uint8), dst=window)

    def _fixed(self, pixels: ArrayLike) -> NDArray[np.int32]:
        """Returns points of the picture in the target's fixed-point coordinates."""
        moved = np.array(pixels, np.float32)
        moved -= self._corner
        moved *= 1 << _SHIFT
        return moved.astype(np.int32)

    def _sun_at(self, x: float, y: float) -> float:
        if not self._sun[2]:
            return 0.0
        across, down, _ = self.lens.place(x, y, 0.0)
        rows, columns = self._sunlit.shape
        row = min(rows - 1, max(0, int(down / self.picture.shape[0] * rows)))
        column = min(columns - 1, max(0, int(across / self.picture.shape[1] * columns)))
        return float(self._sunlit[row, column]) / 255


def _three(values: NDArray[np.float32]) -> tuple[float, float, float]:
    a, b, c = values.tolist()
    return a, b, c


@cache
def _halo() -> Picture:
    """Returns a soft round spot, uint8 (129, 129, 3), 255 in its middle."""
    rows, columns = np.mgrid[-1:1:129j, -1:1:129j]
    fall = np.clip(1 - np.hypot(rows, columns), 0, 1) ** 2
    return np.repeat((255 * fall).astype(np.uint8)[..., None], 3, axis=2)
