"""Paints surfaces into what each pixel reflects and which surface it shows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.base.frame import Picture
from edge.capture.street import texture
from edge.capture.street.lens import Lens, Points, clipped
from edge.capture.street.surfaces import Colour, Surface

_FINE = 2
"""Painted so many times larger and averaged, which smooths edges."""
_BAND_ROWS = 480
"""Rows painted at once, so that the larger picture never stands in memory whole."""
_SHIFT = 4


@dataclass(frozen=True, slots=True)
class Raster:
    """The still street before light.

    Attributes:
        reflects: uint8 (height, width, 3), blue green red under white light.
        ids: uint16 (height, width), index of the surface seen plus one; 0 is sky.
        covered: uint8 (height, width), 255 where no sky shows, less at edges against the sky.
    """

    reflects: Picture
    ids: NDArray[np.uint16]
    covered: Picture


def rasterise(surfaces: Sequence[Surface], width: int, height: int) -> Raster:
    """Returns the surfaces as seen; later ones hide earlier ones."""
    reflects = np.zeros((height, width, 3), np.uint8)
    ids = np.zeros((height, width), np.uint16)
    covered = np.zeros((height, width), np.uint8)
    for top in range(0, height, _BAND_ROWS):
        rows = slice(top, min(height, top + _BAND_ROWS))
        band = _Band(width, height, top, rows.stop - top)
        for index, surface in enumerate(surfaces):
            band.paint(surface, index + 1)
        ids[rows] = band.nearest()
        covered[rows] = band.averaged(np.where(band.ids > 0, 255, 0).astype(np.uint8))
        reflects[rows] = _undimmed(band.averaged(band.colour), covered[rows])
    return Raster(reflects, ids, covered)


def _undimmed(colour: Picture, covered: Picture) -> Picture:
    """Returns edge pixels in their surface's colour, without the black that averaging took from the sky."""
    edge = (covered > 0) & (covered < 255)
    colour[edge] = np.minimum(255, colour[edge] * (255.0 / covered[edge, None])).astype(np.uint8)
    return colour


class _Band:
    """Some rows of the picture at the finer scale."""

    def __init__(self, width: int, height: int, top: int, rows: int) -> None:
        self._lens = Lens(width * _FINE, height * _FINE)
        self._top = top * _FINE
        self.colour = np.zeros((rows * _FINE, width * _FINE, 3), np.uint8)
        self.ids = np.zeros((rows * _FINE, width * _FINE), np.uint16)

    def paint(self, surface: Surface, identity: int) -> None:
        """Paints one surface over what is there."""
        corners = clipped(surface.corners)
        if len(corners) < 3:
            return
        pixels, depths = self._lens.project(corners)
        pixels[:, 1] -= self._top
        (x0, y0), (x1, y1) = self._bounds(pixels)
        if x0 >= x1 or y0 >= y1:
            return
        outline = np.rint((pixels - (x0, y0)) * (1 << _SHIFT)).clip(-(1 << 24), 1 << 24).astype(np.int32)
        window = np.s_[y0:y1, x0:x1]
        cv2.fillPoly(self.ids[window], [outline], identity, cv2.LINE_8, _SHIFT)
        if not surface.texture:
            cv2.fillPoly(self.colour[window], [outline], surface.colour, cv2.LINE_8, _SHIFT)
            return
        mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
        cv2.fillPoly(mask, [outline], 255, cv2.LINE_8, _SHIFT)
        colour = self._pattern(surface, float(np.median(depths)), (x0, y0), (x1 - x0, y1 - y0))
        cv2.copyTo(colour, mask, self.colour[window])

    def averaged(self, fine: Picture) -> Picture:
        """Returns an array of the finer scale at the picture's."""
        size = fine.shape[1] // _FINE, fine.shape[0] // _FINE
        return np.asarray(cv2.resize(fine, size, interpolation=cv2.INTER_AREA), np.uint8)

    def nearest(self) -> NDArray[np.uint16]:
        """Returns the ids at the picture's scale: any but the sky's where one is there."""
        first = self.ids[::_FINE, ::_FINE].copy()
        for rows, columns in ((0, 1), (1, 0), (1, 1)):
            np.copyto(first, self.ids[rows::_FINE, columns::_FINE], where=first == 0)
        return first

    def _bounds(self, pixels: NDArray[np.float32]) -> tuple[tuple[int, int], tuple[int, int]]:
        low = np.floor(pixels.min(0)).clip(0, 1 << 20).astype(int)
        high = (np.ceil(pixels.max(0)) + 1).clip(-1, (self.ids.shape[1], self.ids.shape[0])).astype(int)
        return (int(low[0]), int(low[1])), (int(high[0]), int(high[1]))

    def _pattern(self, surface: Surface, depth: float, corner: tuple[int, int], size: tuple[int, int]) -> Picture:
        """Returns the surface's colours over a rectangle of the band."""
        tile, texel_m = _tile(surface.texture, self._lens.focal_px / depth)
        origin, across, along = _axes(surface.corners)
        plane = self._lens.homography(origin, across * texel_m, along * texel_m)
        place = np.array(((1, 0, -corner[0]), (0, 1, -corner[1] - self._top), (0, 0, 1)), np.float32) @ plane
        shown = cv2.warpPerspective(tile, place, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        return np.asarray(cv2.applyColorMap(shown, _tints(surface.colour)), np.uint8)


def _tints(colour: Colour) -> Picture:
    """Returns the colour at each brightness of a pattern, uint8 (256, 1, 3); 128 is the colour itself."""
    tints = np.arange(256)[:, None] * np.array(colour) / 128
    return np.clip(tints, 0, 255).astype(np.uint8)[:, None]


def _tile(name: str, px_per_m: float) -> tuple[Picture, np.float32]:
    """Returns the pattern no finer than it shows, 128 for the plain colour, and the size of its texels in metres."""
    fine = texture.size_m(name) / texture.TEXELS
    level = max(0, min(6, math.ceil(math.log2(0.8 / (fine * px_per_m)))))
    return _level(name, level), np.float32(fine * 2**level)


@cache
def _level(name: str, level: int) -> Picture:
    if level == 0:
        return np.clip(texture.tile(name) * 128, 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(_level(name, level - 1), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)


def _axes(corners: Sequence[tuple[float, float, float]]) -> tuple[Points, Points, Points]:
    """Returns origin and two perpendicular unit vectors of the plane, the first along the first edge."""
    a, b, c = (np.array(corner, np.float32) for corner in corners[:3])
    across = (b - a) / np.linalg.norm(b - a)
    rest = (c - a) - across * float((c - a) @ across)
    return a, across.astype(np.float32), (rest / np.linalg.norm(rest)).astype(np.float32)
