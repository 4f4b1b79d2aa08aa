"""The timestamp text: camera and local time with zone, burnt into painted frames.

White on a solid black box (Y 235 on 16, chroma neutral), so that it stays readable when bits are few. The box stands in
the first corner that is free of masks (top left, top right, bottom left, bottom right), else over the masks at the top
left; what is checked to be solid leaves ``Stamp.box`` out. The text is drawn once a second and copied into each frame.
"""

from __future__ import annotations

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
_SIZE_FLOOR_PX = 7
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
        self._size_px, width, height = self._measure(geometry)
        self.box = _place(geometry, width, height, masks)
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

    def _measure(self, geometry: Geometry) -> tuple[int, int, int]:
        """Returns font size, box width and box height: what the picture's height asks for, and its width allows."""
        room = geometry.width - 2 * _INSET_PX
        size_px = max(_SIZE_MIN_PX, geometry.height // _HEIGHT_PER_SIZE)
        while size_px > _SIZE_FLOOR_PX and self._width(size_px) > room:
            size_px -= 1
        return size_px, _even(self._width(size_px)), _even(size_px * 3 // 2)

    def _width(self, size_px: int) -> int:
        """Pixels for the text and its padding, in summer or winter time, whichever is longer."""
        texts = [line(self._camera, datetime(2026, month, 28, 20, 8, 8, tzinfo=self._zone)) for month in (1, 7)]
        rectangles = [cv2.getTextSize((0, 0), text, (0, 0), self._face, size_px, _WEIGHT) for text in texts]
        return max(rectangle[2] for rectangle in rectangles) + size_px // 2 * 2


def _cap_height(size_px: int) -> int:
    return size_px * 7 // 10


def _even(pixels: int) -> int:
    return pixels + pixels % 2


def _place(geometry: Geometry, width: int, height: int, masks: Raster) -> TextBox:
    width, height = min(width, geometry.width), min(height, geometry.height)
    right, bottom = geometry.width - width, geometry.height - height
    inset_x, inset_y = min(_INSET_PX, right // 4 * 2), min(_INSET_PX, bottom // 4 * 2)
    corners = [
        TextBox(left, top, width, height) for top in (inset_y, bottom - inset_y) for left in (inset_x, right - inset_x)
    ]
    return next((box for box in corners if not masks.y[box.grown(_CLEARANCE_PX)].any()), corners[0])
