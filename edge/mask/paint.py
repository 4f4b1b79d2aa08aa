"""Burning masks into pictures: solid Y 16, U and V 128, in place, before anything else sees the frame.

This is the only module that makes a ``PaintedFrame``.

A plan holds, per plane, the rectangles that the raster consists of; painting is one assignment to each. Rasters are
made of whole blocks, so they are few. ``make bench`` prints what it costs beside one memory copy of the frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from edge.base.errors import BadInput
from edge.base.frame import Frame, Geometry, PaintedFrame
from edge.mask.raster import Bits, Raster, reduced

LUMA = 16
CHROMA = 128
_LUMA, _CHROMA = np.full((), LUMA, np.uint8), np.full((), CHROMA, np.uint8)  # arrays: numpy converts an int at each use


Rectangle = tuple[slice, slice]
"""Rows and columns of one plane."""


@dataclass(frozen=True, slots=True)
class PaintPlan:
    """What is painted into each plane of a picture of ``size`` (width, height); strides do not matter."""

    size: tuple[int, int]
    y: tuple[Rectangle, ...]
    chroma: tuple[Rectangle, ...]


def plan(raster: Raster) -> PaintPlan:
    """Returns the plan that paints exactly the pixels of ``raster``."""
    return PaintPlan(raster.size, tuple(_rectangles(raster.y)), tuple(_rectangles(raster.chroma)))


def apply(plan: PaintPlan, frame: Frame) -> None:
    """Paints a frame's picture in place; padding and pixels outside the plan stay as they are.

    Raises:
        BadInput: the frame has another size than the plan.
    """
    _same_size(frame.geometry, plan.size)
    planes = frame.planes()
    for rectangle in plan.y:
        planes.y[rectangle] = _LUMA
    for rectangle in plan.chroma:
        planes.u[rectangle] = _CHROMA
        planes.v[rectangle] = _CHROMA


def cover(frame: Frame) -> None:
    """Paints the whole picture over, in place, and the small one."""
    planes = frame.planes()
    planes.y[...] = LUMA
    planes.u[...] = CHROMA
    planes.v[...] = CHROMA
    if frame.small is not None:
        cover(frame.small)


class Painter:
    """Turns frames into painted frames; a frame's small picture is painted with it.

    Args:
        raster: the pixels to paint.
        mask_digest: digest of the mask set that the raster was made from.
        floor_digest: digest of the mask floor.
    """

    def __init__(self, raster: Raster, mask_digest: str, floor_digest: str) -> None:
        self.raster = raster
        self.mask_digest = mask_digest
        self.floor_digest = floor_digest
        self._plan = plan(raster)
        self._small: tuple[Geometry, PaintPlan] | None = None

    def paint(self, frame: Frame) -> PaintedFrame:
        """Burns the masks into the frame.

        Raises:
            BadInput: the frame has another size than the masks were drawn for; it is not painted: drop it.
        """
        apply(self._plan, frame)
        if frame.small is not None:
            apply(self._small_plan(frame.small.geometry), frame.small)
        return PaintedFrame(frame, self.mask_digest, self.floor_digest, blanked=False)

    def blank(self, frame: Frame) -> PaintedFrame:
        """Paints the whole picture over."""
        cover(frame)
        return PaintedFrame(frame, self.mask_digest, self.floor_digest, blanked=True)

    def _small_plan(self, geometry: Geometry) -> PaintPlan:
        if self._small is None or self._small[0] != geometry:
            self._small = geometry, plan(reduced(self.raster, geometry))
        return self._small[1]


def _rectangles(bits: Bits) -> Iterator[Rectangle]:
    """Yields rectangles that hold every set pixel once: runs that repeat from row to row become one."""
    begun: dict[tuple[int, int], int] = {}
    for row, line in enumerate([*bits, np.zeros(bits.shape[1], np.bool_)]):
        runs = _runs(line)
        for run in [run for run in begun if run not in runs]:
            yield slice(begun.pop(run), row), slice(*run)
        for run in runs:
            begun.setdefault(run, row)


def _runs(line: Bits) -> list[tuple[int, int]]:
    """Returns start and end of each run of set pixels in a row."""
    changes = np.flatnonzero(np.diff(line, prepend=False, append=False))
    return list(zip(changes[::2].tolist(), changes[1::2].tolist(), strict=True))


def _same_size(geometry: Geometry, size: tuple[int, int]) -> None:
    if (geometry.width, geometry.height) != size:
        raise BadInput(
            f"frame of {geometry.width}x{geometry.height}, but the masks are for {size[0]}x{size[1]}; "
            "restart the recorder with this picture size"
        )
