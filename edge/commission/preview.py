"""Makes preview pictures: paints as recording does, measures what is shown, writes JPEG into memory.

Rules:
  1. What is burnt in is burnt by recording's own rasteriser and painter, margins, blocks and all.
  2. Sharpness and brightness are measured after painting, so that nothing of a preview depends on what paint hides.
  3. A bare picture is made only where ``Sight.DRAFT`` is passed and no draft was given.
"""

from __future__ import annotations

import cv2
import numpy as np

from edge.base.errors import BadConfiguration, Stop
from edge.base.frame import Frame, Geometry, Picture
from edge.commission.previewlink import FrameHead, Shown
from edge.commission.previewrule import Sight
from edge.mask import maskset
from edge.mask.condition import focus_of
from edge.mask.paint import Painter
from edge.mask.raster import Raster, rasterise

QUALITY = 75


class Preview:
    """One camera's preview in one visit.

    Args:
        node: whose masks a draft must be.
        floor: the recorder's mask floor; None where there is none. One of another picture size cannot be burnt in:
            nothing is shown in its place, until a re-aim signs off for this size.
    """

    def __init__(self, node: str, geometry: Geometry, floor: Raster | None) -> None:
        self._node, self._geometry = node, geometry
        fits = floor is not None and floor.size == (geometry.width, geometry.height)
        self._floor = Painter(floor, "", floor.digest) if floor is not None and fits else None
        self._draft: Painter | None = None
        self._refused = ""

    def draft(self, data: bytes) -> None:
        """Takes a ``masks.json`` draft; one that is not valid changes nothing and is told."""
        try:
            masks = maskset.parse(data, self._node, source="draft")
        except BadConfiguration as error:
            self._refused = str(error)[:400]
            return
        raster = rasterise(masks, self._geometry)
        self._draft, self._refused = Painter(raster, maskset.digest(masks), raster.digest), ""

    def show(self, frame: Frame, sight: Sight) -> Shown | None:
        """Returns the picture that ``sight`` allows; None for none. The frame is painted in place."""
        painter = self._draft if sight is Sight.DRAFT else self._floor
        if sight is Sight.NOTHING or (painter is None and sight is not Sight.DRAFT):
            return None
        if painter is not None:
            painter.paint(frame)
        return Shown(self._head(frame, painter), _jpeg(frame))

    def _head(self, frame: Frame, painter: Painter | None) -> FrameHead:
        luma = frame.planes().y
        height, width = luma.shape
        middle = luma[height // 4 : height - height // 4, width // 4 : width - width // 4]
        return FrameHead(
            number=frame.number,
            at=frame.wall_us,
            width=width,
            height=height,
            sharpness_middle=round(1000 * focus_of(middle)),
            sharpness_whole=round(1000 * focus_of(luma)),
            brightness=round(1000 * float(luma.mean())),
            painted=painter is not None and painter.raster.share > 0,
            masks=(painter.mask_digest or None) if painter else None,
            raster=painter.floor_digest if painter else None,
            covered=round(1000 * painter.raster.share) if painter else 0,
            refused=self._refused,
        )


def _jpeg(frame: Frame) -> bytes:
    planes = frame.planes()
    height, width = planes.y.shape
    parts = [plane.reshape(-1) for plane in (planes.y, planes.u, planes.v)]
    picture: Picture = np.concatenate(parts).reshape(height * 3 // 2, width)
    done, data = cv2.imencode(
        ".jpg", cv2.cvtColor(picture, cv2.COLOR_YUV2BGR_I420), [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    )
    if not done:
        raise Stop(f"a preview picture of {width}x{height} cannot be written as JPEG")
    return data.tobytes()
