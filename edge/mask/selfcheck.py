"""The burnt-in self-check: decodes the first picture of a segment and looks at what must be solid.

"Solid" is |Y - 16| <= 24 and |U, V - 128| <= 12 everywhere in the painted area eroded by one pixel. Two exceptions:

  1. Within 8 pixels of the painted area's edge twice as much is allowed, so that no street goes black for an encoder
     that is short of bits. (H.264 predicts macroblocks of 16 pixels as one; ``MASKS.md`` has the measurements.)
  2. The timestamp's box with 8 pixels around it is left out.

That the paint is exact is proven before the encoder (``tests/mask``); this check finds a painter that does not paint,
or not what it should.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from edge.base.frame import Geometry, Picture, Planes, split
from edge.mask.paint import CHROMA, LUMA
from edge.mask.raster import Bits, Raster
from edge.mask.text import TextBox

Weights = NDArray[np.uint8]

LUMA_TOLERANCE = 24
CHROMA_TOLERANCE = 12
_TEXT_RINGING_PX = 8
_RIM_PX = 8
_RIM_FACTOR = 2
_AT_ONCE = {"fpsprobesize": "0", "analyzeduration": "0", "skip_frame": "all"}
"""Holds while the file is opened: it would else decode pictures to guess a frame rate that nobody asks for."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """The sample that is furthest from solid: plane ``y``, ``u`` or ``v``, its column and row there, its value."""

    plane: str
    column: int
    row: int
    value: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the self-check found.

    Attributes:
        ok: every sample that should be solid is.
        worst: the sample beyond its tolerance by most, else the one nearest to it; None where nothing is masked or
            nothing could be decoded.
        reason: one line for record and log; empty when ok.
    """

    ok: bool
    worst: Deviation | None
    reason: str


def check(mp4: bytes, raster: Raster, text_box: TextBox | None) -> Verdict:
    """Returns whether the first picture of a segment's MP4 is solid where ``raster`` says; bad bytes are not ok."""
    try:
        planes = _first_picture(mp4)
    except (av.FFmpegError, ValueError) as error:
        return Verdict(ok=False, worst=None, reason=f"the segment's first picture cannot be decoded: {error}")
    if planes.y.shape != raster.y.shape:
        height, width = planes.y.shape
        size = f"{raster.size[0]}x{raster.size[1]}"
        return Verdict(ok=False, worst=None, reason=f"the segment's picture is {width}x{height}, the masks are {size}")
    return check_planes(planes, raster, text_box)


def check_planes(planes: Planes, raster: Raster, text_box: TextBox | None) -> Verdict:
    """Like ``check``, for a decoded picture of the raster's size."""
    luma, chroma = _weights(raster.y, text_box, 1), _weights(raster.chroma, text_box, 2)
    found = [
        _worst("y", planes.y, luma, LUMA, LUMA_TOLERANCE),
        _worst("u", planes.u, chroma, CHROMA, CHROMA_TOLERANCE),
        _worst("v", planes.v, chroma, CHROMA, CHROMA_TOLERANCE),
    ]
    ratio, worst = max((item for item in found if item), key=lambda item: item[0], default=(0.0, None))
    if worst is None or ratio <= 1:
        return Verdict(ok=True, worst=worst, reason="")
    place = f"{worst.plane} {worst.value} at column {worst.column}, row {worst.row}"
    return Verdict(ok=False, worst=worst, reason=f"a masked pixel is not solid: {place}")


def _weights(bits: Bits, text_box: TextBox | None, scale: int) -> Weights:
    """Returns 0 where nothing is asked, 1 at the rim, ``_RIM_FACTOR`` within; ``scale`` is luma pixels to a sample."""
    weights = _eroded(bits, 1)
    weights += (_RIM_FACTOR - 1) * _eroded(bits, 1 + _RIM_PX // scale)
    if text_box is not None:
        rows, columns = text_box.grown(_TEXT_RINGING_PX)
        weights[rows.start // scale : rows.stop // scale, columns.start // scale : columns.stop // scale] = 0
    return weights


def _eroded(bits: Bits, by: int) -> Weights:
    """Returns 1 where everything ``by`` samples around is set; the picture's own edge is not the painted area's."""
    square = np.ones((2 * by + 1, 2 * by + 1), np.uint8)
    return cv2.erode(bits.view(np.uint8), square, borderType=cv2.BORDER_REPLICATE).astype(np.uint8, copy=False)


def _worst(name: str, plane: Picture, weights: Weights, colour: int, tolerance: int) -> tuple[float, Deviation] | None:
    """Returns the furthest sample and its distance in what is allowed there, or None where nothing must be solid."""
    if not weights.any():
        return None
    apart = np.maximum(plane, np.uint8(colour)) - np.minimum(plane, np.uint8(colour))
    distance = np.multiply(apart, weights, dtype=np.uint16)
    row, column = (int(index) for index in np.unravel_index(int(np.argmax(distance)), distance.shape))
    ratio = int(distance[row, column]) / (_RIM_FACTOR * tolerance)
    return ratio, Deviation(name, column, row, int(plane[row, column]))


def _first_picture(mp4: bytes) -> Planes:
    """Decodes one picture; raises av.FFmpegError or ValueError."""
    with av.open(io.BytesIO(mp4), mode="r", format="mp4", options=_AT_ONCE) as container:
        if not container.streams.video:
            raise ValueError("no video stream")
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for frame in container.decode(stream):
            if frame.format.name not in ("yuv420p", "yuvj420p"):
                raise ValueError(f"pixel format {frame.format.name}, not yuv420p")
            picture = np.ascontiguousarray(frame.to_ndarray(format=frame.format.name), dtype=np.uint8)
            return split(picture, Geometry(frame.width, frame.height, frame.width))
    raise ValueError("no picture in it")
