"""From metres in the street to places in the picture.

World: x to the right across the road, y along it away from the camera, z up; the road's middle is x = 0.
The camera hangs on a pole on the left kerb. The picture is always laid out as 4:3 and stretched to the size asked for,
so that normalised places are the same for every size.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points = NDArray[np.float32]
"""float32 (n, 3), metres."""
Pixels = NDArray[np.float32]
"""float32 (n, 2), x and y in pixels."""

EYE = np.array((-2.9, 0.0, 4.3), np.float32)
NEAR_M = 0.4
_YAW, _DOWN = math.radians(14.0), math.radians(11.0)
_ZOOM = 0.95
_RIGHT = np.array((math.cos(_YAW), -math.sin(_YAW), 0.0), np.float32)
_FORWARD = np.array((math.sin(_YAW) * math.cos(_DOWN), math.cos(_YAW) * math.cos(_DOWN), -math.sin(_DOWN)), np.float32)
_UP = np.cross(_RIGHT, _FORWARD).astype(np.float32)
_TURN = np.stack((_RIGHT, -_UP, _FORWARD))
_ROWS = [[float(part) for part in row] for row in _TURN]
_EYE = [float(part) for part in EYE]


class Lens:
    """A pinhole of fixed place and direction, for one picture size.

    Attributes:
        focal_px: pixels that one metre takes up, across, at one metre's depth.
    """

    def __init__(self, width: float, height: float) -> None:
        self.focal_px = _ZOOM * width
        self.matrix = np.array(
            ((_ZOOM * width, 0, width / 2), (0, _ZOOM * height * 4 / 3, height / 2), (0, 0, 1)), np.float32
        )
        self._focal_y = _ZOOM * height * 4 / 3
        self._middle = width / 2, height / 2

    def project(self, points: ArrayLike) -> tuple[Pixels, NDArray[np.float32]]:
        """Returns pixels (n, 2) and depths (n,) in metres; points behind the camera have a negative depth."""
        seen = (np.asarray(points, np.float32) - EYE) @ _TURN.T @ self.matrix.T
        depth = seen[:, 2]
        safe = np.where(np.abs(depth) < 1e-3, np.float32(1e-3), depth)
        return (seen[:, :2] / safe[:, None]).astype(np.float32, copy=False), depth.astype(np.float32, copy=False)

    def place(self, x: float, y: float, z: float) -> tuple[float, float, float]:
        """Returns pixel and depth of one point; quicker than ``project``."""
        dx, dy, dz = x - _EYE[0], y - _EYE[1], z - _EYE[2]
        (rx, ry, rz), (ux, uy, uz), (fx, fy, fz) = _ROWS
        depth = dx * fx + dy * fy + dz * fz
        scale = 1.0 / (depth if abs(depth) > 1e-3 else 1e-3)
        across, down = (dx * rx + dy * ry + dz * rz) * scale, (dx * ux + dy * uy + dz * uz) * scale
        return self.focal_px * across + self._middle[0], self._focal_y * down + self._middle[1], depth

    def homography(self, origin: Points, across: Points, along: Points) -> NDArray[np.float32]:
        """Returns the 3x3 map from plane coordinates (s, t) to pixels, for origin + s across + t along."""
        plane = np.stack((across, along, origin - EYE), axis=1)
        return np.asarray(self.matrix @ _TURN @ plane, np.float32)

    def rays(self, columns: ArrayLike, rows: ArrayLike) -> NDArray[np.float32]:
        """Returns directions (rows, columns, 3) of the pixels; their length is such that a multiple is the depth."""
        x = (np.asarray(columns, np.float32) - self.matrix[0, 2]) / self.matrix[0, 0]
        y = (np.asarray(rows, np.float32) - self.matrix[1, 2]) / self.matrix[1, 1]
        across, down = np.meshgrid(x, y)
        directions = across[..., None] * _TURN[0] + down[..., None] * _TURN[1] + _TURN[2]
        return np.asarray(directions, np.float32)


def clipped(points: ArrayLike) -> Points:
    """Returns the part of a polygon that lies in front of the camera (Sutherland-Hodgman at the near plane)."""
    corners = np.asarray(points, np.float32)
    depth = (corners - EYE) @ _FORWARD
    if bool((depth >= NEAR_M).all()):
        return corners
    kept: list[Points] = []
    for here, there, a, b in zip(corners, np.roll(corners, -1, 0), depth, np.roll(depth, -1), strict=True):
        if a >= NEAR_M:
            kept.append(here)
        if (a >= NEAR_M) != (b >= NEAR_M):
            kept.append(here + (there - here) * (NEAR_M - a) / (b - a))
    return np.array(kept, np.float32).reshape(-1, 3)
