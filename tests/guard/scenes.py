"""Luma pictures to try the guard on: the street scene in several lights, and the clips where they are there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from functools import cache
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import av
import numpy as np
from numpy.typing import NDArray

from edge.base.frame import Geometry, Picture
from edge.capture.street import private_places
from edge.capture.street.view import View
from edge.mask.maskset import MARGIN_PX_DEFAULT
from edge.mask.polygon import MICRO
from edge.mask.raster import Raster, from_luma, spread, touched, whole_blocks
from edge.mask.text import TextBox

CLIPS = Path(__file__).parents[3] / "shared" / "clips"
ZONE = ZoneInfo("Asia/Tokyo")
_FPS = Fraction(15)
LOOKS_A_SECOND = 2

Pictures = NDArray[np.uint8]
"""uint8 (n, height, width): luma planes, two a second."""


def street(hour: float, *, rain: float = 0.0, seconds: float = 20.0, seed: int = 1, width: int = 1280) -> Pictures:
    """Returns the street at a local hour of a day in May."""
    height = width * 3 // 4
    geometry = Geometry(width, height, width)
    view = View(geometry, seed=seed, zone=ZONE, rain=rain, behind="a")
    start_us = int(datetime(2026, 5, 20, tzinfo=ZONE).timestamp() * 1_000_000) + round(hour * 3_600_000_000)
    picture: Picture = np.zeros(geometry.shape, np.uint8)
    pictures = []
    for look in range(int(seconds * LOOKS_A_SECOND)):
        at_us = look * 1_000_000 // LOOKS_A_SECOND
        view.draw(picture, int(at_us * _FPS / 1_000_000), _FPS, start_us + at_us)
        pictures.append(picture[:height].copy())
    return np.array(pictures)


@cache
def clip(name: str, looks: int = 160) -> Pictures | None:
    """Returns a clip's pictures, two a second; None where it is not there."""
    path = CLIPS / name
    if not path.exists():
        return None
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate is not None
        every = max(1, round(stream.average_rate / LOOKS_A_SECOND))
        kept = (frame for number, frame in enumerate(container.decode(stream)) if number % every == 0)
        return np.array([frame.to_ndarray(format="gray") for frame in islice(kept, looks)])


def street_raster(width: int = 1280) -> Raster:
    """Returns the masks over the street scene's private places."""
    height = width * 3 // 4
    bits = np.zeros((height, width), np.bool_)
    for _, _, points in private_places():
        polygon = tuple((round(x * MICRO), round(y * MICRO)) for x, y in points)
        bits |= spread(touched(polygon, width, height), MARGIN_PX_DEFAULT)
    return from_luma(whole_blocks(bits))


def corner_raster(size: tuple[int, int]) -> Raster:
    """Returns a mask over the upper left ninth of a picture."""
    width, height = size
    bits = np.zeros((height, width), np.bool_)
    bits[: height // 24 * 8, : width // 24 * 8] = True
    return from_luma(bits)


def no_text() -> TextBox:
    """Returns an empty box: these pictures have no text."""
    return TextBox(0, 0, 0, 0)


def painted(pictures: Pictures, raster: Raster) -> Iterator[Picture]:
    """Yields the pictures with the masks burnt into their luma."""
    for picture in pictures:
        copy = picture.copy()
        copy[raster.y] = 16
        yield copy
