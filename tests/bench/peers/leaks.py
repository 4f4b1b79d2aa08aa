"""How many pixels of private places a picture shows: the same area for every program, whatever it painted.

Each program is asked to cover the masks' polygons with their margins. "Solid" is what ``edge.mask.selfcheck`` calls so:
|Y - 16| <= 24 and |U, V - 128| <= 12. Two areas are looked at:

  1. what was to be painted, eroded by one pixel. A few pixels at its rim may ring with the street beside them: the
     encoder's doing, for want of bits; nothing private is in them;
  2. the private places themselves, which lie a margin deeper. What is not solid there shows what nobody may see.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from edge.base.frame import Picture, Planes
from edge.mask.maskset import MaskSet
from edge.mask.paint import CHROMA, LUMA
from edge.mask.raster import Bits, spread, touched
from edge.mask.selfcheck import CHROMA_TOLERANCE, LUMA_TOLERANCE


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """Where a picture must be solid.

    Attributes:
        masked: bool (height, width): polygons with margins, eroded by one pixel.
        private: bool (height, width): the polygons alone.
    """

    masked: Bits
    private: Bits


@dataclass(frozen=True, slots=True)
class Leak:
    """What pictures show that they must not.

    Attributes:
        pictures: how many were looked at.
        masked_px: pixels of the masked area that are not solid, in the worst picture.
        private_px: the same of the private places.
        leaking: pictures with at least one such pixel in a private place.
        area_px, places_px: size of both areas.
    """

    pictures: int
    masked_px: int
    private_px: int
    leaking: int
    area_px: int
    places_px: int


def area_of(masks: MaskSet, size: tuple[int, int]) -> Area:
    """Returns the area for pictures of ``size`` (width, height)."""
    width, height = size
    masked, private = np.zeros((height, width), np.bool_), np.zeros((height, width), np.bool_)
    for mask in masks.masks:
        polygon = touched(mask.polygon, width, height)
        private |= polygon
        masked |= spread(polygon, mask.margin_px)
    square = np.ones((3, 3), np.uint8)
    eroded = cv2.erode(masked.view(np.uint8), square, borderType=cv2.BORDER_REPLICATE) > 0
    return Area(np.asarray(eroded, np.bool_), private)


def unsolid(planes: Planes) -> Bits:
    """Returns bool (height, width): pixels of which luma or the chroma over them is not solid."""
    chroma = _apart(planes.u, CHROMA, CHROMA_TOLERANCE) | _apart(planes.v, CHROMA, CHROMA_TOLERANCE)
    return _apart(planes.y, LUMA, LUMA_TOLERANCE) | chroma.repeat(2, axis=0).repeat(2, axis=1)


def count(pictures: Iterable[Planes], area: Area) -> Leak:
    """Looks at pictures of the area's size."""
    seen = [
        (int(np.count_nonzero(bad & area.masked)), int(np.count_nonzero(bad & area.private)))
        for bad in map(unsolid, pictures)
    ]
    return Leak(
        pictures=len(seen),
        masked_px=max((masked for masked, _ in seen), default=0),
        private_px=max((private for _, private in seen), default=0),
        leaking=sum(private > 0 for _, private in seen),
        area_px=int(np.count_nonzero(area.masked)),
        places_px=int(np.count_nonzero(area.private)),
    )


def joined(leaks: Iterable[Leak]) -> Leak:
    """Returns one for the pictures of all; there is at least one."""
    each = list(leaks)
    return Leak(
        pictures=sum(leak.pictures for leak in each),
        masked_px=max(leak.masked_px for leak in each),
        private_px=max(leak.private_px for leak in each),
        leaking=sum(leak.leaking for leak in each),
        area_px=each[0].area_px,
        places_px=each[0].places_px,
    )


def _apart(plane: Picture, colour: int, tolerance: int) -> Bits:
    return np.asarray((plane > colour + tolerance) | (plane < max(0, colour - tolerance)), np.bool_)
