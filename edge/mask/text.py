"""The timestamp text: camera and local time with zone, burnt into painted frames.

White on a solid black box (Y 235 on 16, chroma neutral), so that it stays readable when bits are few. The box stands in
the first place that is free of masks: a corner (top left, top right, bottom left, bottom right), else along the top or
bottom edge, smaller if need be, else anywhere. Only where masks leave no room does it stand over them, at the top
left; what is checked to be solid leaves ``Stamp.box`` out. The text is drawn once a second and copied into each frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

import cv2
import numpy as np

from edge.base.clock import SECOND_US, to_datetime
from edge.base.frame import Geometry, PaintedFrame, Picture
from edge.mask.raster import Raster

_WHITE, _BLACK, _NEUTRAL = 235, 16, 128
_WEIGHT = 600
_SIZE_MIN_PX = 14
_SIZE_READABLE_PX = 11
"""Below this the text is shrunk only to fit into the picture, not to find a free place."""
_SIZE_FLOOR_PX = 7
_STEP_PX = 8
_HEIGHT_PER_SIZE = 34
_INSET_PX = 8
_CLEARANCE_PX = 16
"""Free space between box and masks: a macroblock, so that the text's ringing stays out of what must be solid."""


@dataclass(frozen=True, slots=True)
class TextBox:
    """Where the text stands, in luma pixels; all four even, so that chroma is whole."""

    left: int
    top: int
    width: int
    height: int

    def grown(self, by_px: int) -> tuple[slice, slice]:
        """Returns rows and columns of the box and ``by_px`` around it."""
        rows = slice(max(self.top - by_px, 0), self.top + self.height + by_px)
        return rows, slice(max(self.left - by_px, 0), self.left + self.width + by_px)


def line(camera: str, moment: datetime) -> str:
    """Returns the text: ``CAM demo  2026-01-05 10:00:00 JST (+09:00)``; ``moment`` has its zone."""
    offset = moment.isoformat()[-6:]
    name = moment.tzname() or ""
    zone = f"{name} ({offset})" if name.isalpha() else offset
    return f"CAM {camera}  {moment:%Y-%m-%d %H:%M:%S} {zone}"


class Stamp:
    """Burns the text into painted frames of one size.

    Args:
        geometry: the pictures' size.
        camera: the camera's number or id, ASCII.
        zone: local time, as the people on site read it.
        masks: what the text keeps clear of.
    """

    def __init__(self, geometry: Geometry, camera: str, zone: tzinfo, masks: Raster) -> None:
        self._camera, self._zone = camera, zone
        self._face = cv2.FontFace("sans")  # Rubik, built into OpenCV; its digits have one width, so the box holds still
        self._size_px, self.box = self._fit(geometry, masks)
        self._second = -1
        self._tile = np.empty((0, 0), np.uint8)

    def burn(self, painted: PaintedFrame) -> None:
        """Writes the frame's time into it, in place."""
        second = painted.frame.wall_us // SECOND_US
        if second != self._second:
            self._tile, self._second = self._draw(second), second
        box, planes = self.box, painted.frame.planes()
        planes.y[box.top : box.top + box.height, box.left : box.left + box.width] = self._tile
        rows, columns = (
            slice(box.top // 2, (box.top + box.height) // 2),
            slice(box.left // 2, (box.left + box.width) // 2),
        )
        planes.u[rows, columns] = _NEUTRAL
        planes.v[rows, columns] = _NEUTRAL

    def _draw(self, second: int) -> Picture:
        tile = np.full((self.box.height, self.box.width), _BLACK, np.uint8)
        text = line(self._camera, to_datetime(second * SECOND_US).astimezone(self._zone))
        pad = self._size_px // 2
        baseline = (self.box.height + _cap_height(self._size_px)) // 2
        cv2.putText(tile, text, (pad, baseline), (_WHITE,), self._face, self._size_px, _WEIGHT)
        return tile

    def _fit(self, geometry: Geometry, masks: Raster) -> tuple[int, TextBox]:
        """Returns the largest font size that has a free place, and that place; the usual corner where none has."""
        sizes = self._sizes(geometry)
        blocked = _Blocked(masks)
        for search in (_edges, _anywhere):
            for size_px in sizes:
                places = search(geometry, *self._box_of(size_px, geometry))
                free = next((box for box in places if blocked.clears(box)), None)
                if free is not None:
                    return size_px, free
        return sizes[0], next(_edges(geometry, *self._box_of(sizes[0], geometry)))

    def _sizes(self, geometry: Geometry) -> list[int]:
        """Returns font sizes from what the picture's height asks for downwards, as far as its width allows."""
        room = geometry.width - 2 * _INSET_PX
        largest = max(_SIZE_MIN_PX, geometry.height // _HEIGHT_PER_SIZE)
        while largest > _SIZE_FLOOR_PX and self._width(largest) > room:
            largest -= 1
        return list(range(largest, min(largest, _SIZE_READABLE_PX) - 1, -1))

    def _box_of(self, size_px: int, geometry: Geometry) -> tuple[int, int]:
        """Returns width and height of the box for a font size."""
        return min(_even(self._width(size_px)), geometry.width), min(_even(size_px * 3 // 2), geometry.height)

    def _width(self, size_px: int) -> int:
        """Pixels for the text and its padding, in summer or winter time, whichever is longer."""
        texts = [line(self._camera, datetime(2026, month, 28, 20, 8, 8, tzinfo=self._zone)) for month in (1, 7)]
        rectangles = [cv2.getTextSize((0, 0), text, (0, 0), self._face, size_px, _WEIGHT) for text in texts]
        return max(rectangle[2] for rectangle in rectangles) + size_px // 2 * 2


def _cap_height(size_px: int) -> int:
    return size_px * 7 // 10


def _even(pixels: int) -> int:
    return pixels + pixels % 2


class _Blocked:
    """Tells in constant time whether a box and its clearance touch a mask (summed-area table)."""

    def __init__(self, masks: Raster) -> None:
        self._sums = cv2.integral(masks.y.astype(np.uint8))

    def clears(self, box: TextBox) -> bool:
        """Whether no masked pixel lies in the box or near it."""
        rows, columns = box.grown(_CLEARANCE_PX)
        bottom, right = min(rows.stop, self._sums.shape[0] - 1), min(columns.stop, self._sums.shape[1] - 1)
        top, left, sums = rows.start, columns.start, self._sums
        return bool(sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left] == 0)


def _edges(geometry: Geometry, width: int, height: int) -> Iterator[TextBox]:
    """Yields the four corners, then places along the top and the bottom edge."""
    right, bottom = geometry.width - width, geometry.height - height
    inset_x, inset_y = min(_INSET_PX, right // 4 * 2), min(_INSET_PX, bottom // 4 * 2)
    rows = (inset_y, bottom - inset_y)
    for columns in ((inset_x, right - inset_x), range(inset_x, right - inset_x + 1, _STEP_PX)):
        yield from (TextBox(left, top, width, height) for top in rows for left in columns)


def _anywhere(geometry: Geometry, width: int, height: int) -> Iterator[TextBox]:
    """Yields places all over the picture, from the top."""
    for top in range(0, geometry.height - height + 1, _STEP_PX):
        for left in range(0, geometry.width - width + 1, _STEP_PX):
            yield TextBox(left, top, width, height)
