"""From a decoded picture, whatever its pixel format, to the I420 array of a frame."""

from __future__ import annotations

import av
import numpy as np
from av.video.plane import VideoPlane
from av.video.reformatter import ColorRange, VideoReformatter

from edge.base.frame import Geometry, Picture, Planes, split


def even_size(width: int, height: int) -> tuple[int, int]:
    """Returns the size without an odd last column or row, which 4:2:0 chroma cannot carry."""
    return width - width % 2, height - height % 2


class Filler:
    """Copies decoded pictures into one I420 buffer, which it keeps.

    Pictures that are limited-range yuv420p of the right size are copied plane by plane; all others go through swscale
    first. An odd last column or row is cut off where no other size was asked for.

    Args:
        geometry: of the buffer.
        scale_to: size to scale to; None keeps the picture's own and cuts it to ``geometry``.

    Attributes:
        picture: the buffer, uint8 ``geometry.shape``.
    """

    def __init__(self, geometry: Geometry, scale_to: tuple[int, int] | None) -> None:
        self.picture: Picture = np.zeros(geometry.shape, np.uint8)
        self._planes: Planes = split(self.picture, geometry)
        self._scale_to = scale_to
        self._reformatter = VideoReformatter()

    def fill(self, source: av.VideoFrame) -> None:
        """Overwrites the whole buffer with ``source``."""
        ready = self._converted(source)
        for plane, target in zip(ready.planes, (self._planes.y, self._planes.u, self._planes.v), strict=True):
            target[:] = _view(plane)[: target.shape[0], : target.shape[1]]

    def _converted(self, source: av.VideoFrame) -> av.VideoFrame:
        width, height = self._scale_to or (source.width, source.height)
        same_size = (source.width, source.height) == (width, height)
        if same_size and source.format.name == "yuv420p" and source.color_range != ColorRange.JPEG:
            return source
        return self._reformatter.reformat(source, width, height, "yuv420p", dst_color_range=ColorRange.MPEG)


def _view(plane: VideoPlane) -> Picture:
    rows: Picture = np.frombuffer(memoryview(plane), np.uint8)
    return rows[: plane.height * plane.line_size].reshape(plane.height, plane.line_size)
