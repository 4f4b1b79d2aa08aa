"""Where in space each pixel of the still street lies, from the surface it shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edge.capture.street.lens import EYE, Lens, Points
from edge.capture.street.surfaces import Box, Surface

_FAR_M = 2000.0


class Shape:
    """Planes of the surfaces behind a raster's ids.

    Attributes:
        normals: float32 (surfaces + 1, 3), for light; row 0 stands for the sky.
        level: bool (surfaces + 1,), lies flat on the ground.
    """

    def __init__(self, ids: NDArray[np.uint16], surfaces: Sequence[Surface]) -> None:
        self._ids = ids
        self._lens = Lens(ids.shape[1], ids.shape[0])
        self.normals = np.array([(0, 0, 1), *(it.facing() for it in surfaces)], np.float32)
        self._planes = np.array([(0, 0, 1), *(_plane(it) for it in surfaces)], np.float32)
        firsts = np.array([(0, 0, 0), *(it.corners[0] for it in surfaces)], np.float32)
        self._offsets = np.einsum("ij,ij->i", self._planes, firsts - EYE)
        self.level = (np.abs(self._planes[:, 2]) > 0.99) & (firsts[:, 2] < 0.05)
        self.level[0] = False

    def depth(self, columns: ArrayLike, rows: ArrayLike) -> NDArray[np.float32]:
        """Returns metres along the line of sight (rows, columns); the sky is 2 km off."""
        return self._depth(self._lens.rays(columns, rows), self.at(columns, rows))

    def places(self, columns: ArrayLike, rows: ArrayLike) -> Points:
        """Returns places (rows, columns, 3) in metres."""
        rays = self._lens.rays(columns, rows)
        return EYE + rays * self._depth(rays, self.at(columns, rows))[..., None]

    def at(self, columns: ArrayLike, rows: ArrayLike) -> NDArray[np.uint16]:
        """Returns the ids (rows, columns) of those pixels."""
        return np.asarray(self._ids[np.ix_(np.asarray(rows), np.asarray(columns))], np.uint16)

    def _depth(self, rays: Points, ids: NDArray[np.uint16]) -> NDArray[np.float32]:
        slant = np.einsum("...i,...i->...", rays, self._planes[ids])
        with np.errstate(divide="ignore", invalid="ignore"):
            depth = self._offsets[ids] / slant
        return np.where((ids > 0) & (depth > 0) & (depth < _FAR_M), depth, _FAR_M).astype(np.float32)


def shadowed(places: Points, boxes: Sequence[Box], direction: Points) -> NDArray[np.bool_]:
    """Returns which places (..., 3) a box hides from light that comes from ``direction`` (slab test)."""
    hidden = np.zeros(places.shape[:-1], np.bool_)
    inverse = 1.0 / np.where(np.abs(direction) < 1e-4, 1e-4, direction).astype(np.float32)
    for box in boxes:
        enter = np.full(hidden.shape, 0.02, np.float32)
        leave = np.full(hidden.shape, 80.0, np.float32)
        for axis in range(3):
            one = (box.low[axis] - places[..., axis]) * inverse[axis]
            other = (box.high[axis] - places[..., axis]) * inverse[axis]
            np.maximum(enter, np.minimum(one, other), out=enter)
            np.minimum(leave, np.maximum(one, other), out=leave)
        hidden |= enter < leave
    return hidden


def openness(places: Points, boxes: Sequence[Box]) -> NDArray[np.float32]:
    """Returns how much of the sky reaches places (..., 3): less close to the foot of walls."""
    open_part = np.ones(places.shape[:-1], np.float32)
    for box in boxes:
        low, high = np.array(box.low, np.float32), np.array(box.high, np.float32)
        gap = np.maximum(np.maximum(low - places, places - high), 0.0)
        distance = np.sqrt(np.einsum("...i,...i->...", gap, gap))
        reach = 0.35 * min(1.0, float(high[2] - low[2])) + 0.1
        inside = (distance > 0.001).astype(np.float32)
        open_part *= 1 - 0.45 * np.exp(-distance / reach) * inside
    return open_part


def _plane(surface: Surface) -> Points:
    a, b, c = (np.array(corner, np.float32) for corner in surface.corners[:3])
    normal = np.cross(b - a, c - a)
    return np.asarray(normal / np.linalg.norm(normal), np.float32)
