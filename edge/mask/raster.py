"""Masks as pixels: each polygon once, outwards.

Rules (R-MATSUDO-13):

  1. A luma pixel is masked when its closed square has a point in common with the closed polygon. Exact integers: no
     rounding can leave out a pixel.
  2. Around that the margin: every pixel within ``margin_px`` across and down (a square; it holds the disc).
  3. The result grows outwards to whole blocks of 8 x 8 pixels, which is what H.264 transforms: no block then holds both
     picture and paint, so nothing rings into the paint however few the bits. (With edges anywhere, the clips at x264's
     crf 34 were up to 1.75 times over what "solid" allows; with whole blocks at most 0.67, in 4 to 26 % fewer bits.)
  4. A chroma sample is masked when any of its four luma pixels is.

A picture in another size (lores) has its own raster; the margin counts that picture's pixels, so it covers more there.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.base.frame import Geometry
from edge.mask.maskset import MaskSet
from edge.mask.polygon import MICRO, Polygon, Side, sides

Bits = NDArray[np.bool_]

BLOCK_PX = 8
RASTER_DOMAIN = b"mimamori mask raster 1\0"


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """The masked pixels of a picture.

    Attributes:
        y: bool (height, width), True where painted; read-only.
        chroma: bool (height/2, width/2), the same for U and V; read-only.
        digest: hex SHA-256 of ``RASTER_DOMAIN``, width and height (little-endian 32 bits) and ``packed``.
    """

    y: Bits
    chroma: Bits
    digest: str

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture."""
        return self.y.shape[1], self.y.shape[0]

    @property
    def share(self) -> float:
        """Masked part of the picture, 0 to 1."""
        return float(np.count_nonzero(self.y)) / self.y.size

    @property
    def packed(self) -> bytes:
        """Luma bits row after row, eight to a byte, the first in the highest bit."""
        return np.packbits(self.y).tobytes()


def rasterise(maskset: MaskSet, geometry: Geometry) -> Raster:
    """Returns the raster of all masks of the set."""
    y = np.zeros((geometry.height, geometry.width), np.bool_)
    for mask in maskset.masks:
        y |= spread(touched(mask.polygon, geometry.width, geometry.height), mask.margin_px)
    return from_luma(whole_blocks(y))


def whole(geometry: Geometry) -> Raster:
    """Returns the raster of a picture that is painted over entirely."""
    return from_luma(np.ones((geometry.height, geometry.width), np.bool_))


def from_luma(y: Bits) -> Raster:
    """Returns the raster whose luma bits are ``y``, bool (height, width) with even sides."""
    height, width = y.shape
    y = y.copy()
    chroma: Bits = np.asarray(y.reshape(height // 2, 2, width // 2, 2).any(axis=(1, 3)), np.bool_)
    y.flags.writeable = chroma.flags.writeable = False
    head = RASTER_DOMAIN + struct.pack("<II", width, height)
    return Raster(y, chroma, hashlib.sha256(head + np.packbits(y).tobytes()).hexdigest())


def touched(polygon: Polygon, width: int, height: int) -> Bits:
    """Returns bool (height, width): the pixels that a sound polygon touches (rule 1).

    A pixel without a piece of the outline is wholly inside or outside, so its centre's parity decides it.
    """
    outline = sides(tuple((x * width, y * height) for x, y in polygon))
    flips = np.zeros((height, width + 1), np.bool_)
    steps = np.zeros((height, width + 1), np.int16)
    for side in outline:
        for row, column in _crossings(side, height):
            flips[row, column] ^= True
        for row, first, last in _spans(side, width, height):
            steps[row, first] += 1
            steps[row, last + 1] -= 1
    inside = np.logical_xor.accumulate(flips, axis=1)
    on_outline = np.cumsum(steps, axis=1, dtype=np.int16) > 0
    return np.asarray((inside | on_outline)[:, :width], np.bool_)


def spread(bits: Bits, margin_px: int) -> Bits:
    """Returns ``bits`` with every pixel grown into a square of ``2 * margin_px + 1`` (rule 2)."""
    square = np.ones((2 * margin_px + 1, 2 * margin_px + 1), np.uint8)
    return np.asarray(cv2.dilate(bits.astype(np.uint8), square) > 0, np.bool_)


def whole_blocks(bits: Bits) -> Bits:
    """Returns ``bits`` with every block of 8 x 8 that has a set pixel set as a whole (rule 3)."""
    height, width = bits.shape
    padded = np.pad(bits, ((0, -height % BLOCK_PX), (0, -width % BLOCK_PX)))
    rows, columns = padded.shape[0] // BLOCK_PX, padded.shape[1] // BLOCK_PX
    blocks = padded.reshape(rows, BLOCK_PX, columns, BLOCK_PX).any(axis=(1, 3))
    grown = blocks.repeat(BLOCK_PX, axis=0).repeat(BLOCK_PX, axis=1)
    return np.asarray(grown[:height, :width], np.bool_)


def _crossings(side: Side, height: int) -> Iterator[tuple[int, int]]:
    """Yields (row, column) where the side crosses a row's centre line; pixels from that column on change sides.

    Column is the first whose centre is at or right of the crossing; the lower end belongs to the side, the upper does
    not, so that a vertex counts once.
    """
    (x0, y0), (x1, y1) = sorted(side, key=lambda point: point[1])
    for row in _rows_with_centre(y0, y1, height):
        # crossing x = x0 + (line - y0) * (x1 - x0) / (y1 - y0); doubled, since centres are at half pixels
        numerator = 2 * x0 * (y1 - y0) + ((2 * row + 1) * MICRO - 2 * y0) * (x1 - x0)
        denominator = 2 * MICRO * (y1 - y0)
        yield row, -((denominator - 2 * numerator) // (2 * denominator))


def _rows_with_centre(y0: int, y1: int, height: int) -> range:
    """Rows whose centre line lies in y0 <= line < y1."""
    first = -((MICRO - 2 * y0) // (2 * MICRO))
    last = -((MICRO - 2 * y1) // (2 * MICRO))
    return range(max(first, 0), min(last, height))


def _spans(side: Side, width: int, height: int) -> Iterator[tuple[int, int, int]]:
    """Yields (row, first, last column) of the pixels whose closed squares the side touches."""
    (x0, y0), (x1, y1) = sorted(side, key=lambda point: point[1])
    for row in range(max(-(-y0 // MICRO) - 1, 0), min(y1 // MICRO, height - 1) + 1):
        low, high = max(y0, row * MICRO), min(y1, (row + 1) * MICRO)
        if y0 == y1:
            ends = [(x0, 1), (x1, 1)]
        else:
            rise = y1 - y0
            ends = [(x0 * rise + (line - y0) * (x1 - x0), rise) for line in (low, high)]
        (a, rise), (b, _) = sorted(ends)
        yield row, max(-(-a // (rise * MICRO)) - 1, 0), min(b // (rise * MICRO), width - 1)
