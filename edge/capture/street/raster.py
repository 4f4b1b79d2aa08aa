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
_BAND_ROWS = 64
"""Rows painted at once, so that the larger picture never stands in memory whole."""
_SHIFT = 4
_FAR = 1 << 24


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
    lens = Lens(width * _FINE, height * _FINE)
    outlines = [outline for index, surface in enumerate(surfaces) if (outline := _outline(surface, index + 1, lens))]
    for top in range(0, height, _BAND_ROWS):
        rows = slice(top, min(height, top + _BAND_ROWS))
        band = _Band(lens, width, top, rows.stop - top)
        for outline in outlines:
            band.paint(outline)
        ids[rows] = band.nearest()
        covered[rows] = band.averaged(np.where(band.ids > 0, 255, 0).astype(np.uint8))
        reflects[rows] = _undimmed(band.averaged(band.colour), covered[rows])
    for array in (reflects, ids, covered):
        array.flags.writeable = False
    return Raster(reflects, ids, covered)


def _undimmed(colour: Picture, covered: Picture) -> Picture:
    """Returns edge pixels in their surface's colour, without the black that averaging took from the sky."""
    edge = (covered > 0) & (covered < 255)
    colour[edge] = np.minimum(255, colour[edge] * (255.0 / covered[edge, None])).astype(np.uint8)
    return colour


@dataclass(frozen=True, slots=True)
class _Outline:
    """A surface in pixels of the finer scale; ``low`` and ``high`` bound it."""

    surface: Surface
    identity: int
    pixels: NDArray[np.float32]
    depth_m: float
    low: tuple[int, int]
    high: tuple[int, int]


def _outline(surface: Surface, identity: int, lens: Lens) -> _Outline | None:
    corners = clipped(surface.corners)
    if len(corners) < 3:
        return None
    pixels, depths = lens.project(corners)
    x0, y0 = np.floor(pixels.min(0)).clip(-_FAR, _FAR).astype(int).tolist()
    x1, y1 = (np.ceil(pixels.max(0)) + 1).clip(-_FAR, _FAR).astype(int).tolist()
    return _Outline(surface, identity, pixels, float(np.median(depths)), (x0, y0), (x1, y1))


class _Band:
    """Some rows of the picture at the finer scale."""

    def __init__(self, lens: Lens, width: int, top: int, rows: int) -> None:
        self._lens = lens
        self._top = top * _FINE
        self.colour = np.zeros((rows * _FINE, width * _FINE, 3), np.uint8)
        self.ids = np.zeros((rows * _FINE, width * _FINE), np.uint16)

    def paint(self, outline: _Outline) -> None:
        """Paints one surface over what is there."""
        height, width = self.ids.shape
        x0, x1 = max(0, outline.low[0]), min(width, outline.high[0])
        y0, y1 = max(0, outline.low[1] - self._top), min(height, outline.high[1] - self._top)
        if x0 >= x1 or y0 >= y1:
            return
        surface = outline.surface
        moved = outline.pixels - np.array((x0, y0 + self._top), np.float32)
        points = np.rint(moved * (1 << _SHIFT)).clip(-_FAR, _FAR).astype(np.int32)
        window = np.s_[y0:y1, x0:x1]
        cv2.fillPoly(self.ids[window], [points], outline.identity, cv2.LINE_8, _SHIFT)
        if not surface.texture:
            cv2.fillPoly(self.colour[window], [points], surface.colour, cv2.LINE_8, _SHIFT)
            return
        mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
        cv2.fillPoly(mask, [points], 255, cv2.LINE_8, _SHIFT)
        colour = self._pattern(surface, outline.depth_m, (x0, y0), (x1 - x0, y1 - y0))
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
    return np.asarray(np.clip(tints, 0, 255).astype(np.uint8)[:, None], np.uint8)


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
