"""Flat pieces that the street is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edge.capture.street.lens import EYE, Points

Corner = tuple[float, float, float]
Colour = tuple[int, int, int]
"""Blue, green, red, 0 to 255: what the surface reflects under white light."""


@dataclass(frozen=True, slots=True)
class Surface:
    """A flat polygon in the street.

    Attributes:
        corners: metres; the first edge is the direction in which a texture runs.
        texture: a name of ``edge.capture.street.texture``, or nothing.
        circuit: what makes it glow when lit: ``lamps``, ``vending`` or a room's id.
        normal: for light; by default the polygon's own, towards the camera.
        catches_shadow: whether boxes shade it.
    """

    corners: tuple[Corner, ...]
    colour: Colour
    texture: str = ""
    circuit: str = ""
    normal: Corner | None = None
    catches_shadow: bool = True

    def facing(self) -> Points:
        """Returns its unit normal, turned to the camera."""
        if self.normal is not None:
            turned = np.array(self.normal, np.float32)
            return turned / np.float32(np.linalg.norm(turned))
        a, b, c = (np.array(corner, np.float32) for corner in self.corners[:3])
        normal = np.cross(b - a, c - a)
        normal /= np.linalg.norm(normal)
        return -normal if float(normal @ (EYE - a)) < 0 else normal


@dataclass(frozen=True, slots=True)
class Box:
    """An upright block that throws a shadow: lowest and highest corner, metres."""

    low: Corner
    high: Corner


def across(x: float, y: tuple[float, float], z: tuple[float, float]) -> tuple[Corner, ...]:
    """Returns an upright rectangle along the road, at ``x``."""
    return ((x, y[0], z[0]), (x, y[1], z[0]), (x, y[1], z[1]), (x, y[0], z[1]))


def along(y: float, x: tuple[float, float], z: tuple[float, float]) -> tuple[Corner, ...]:
    """Returns an upright rectangle that faces the camera, at ``y``."""
    return ((x[0], y, z[0]), (x[1], y, z[0]), (x[1], y, z[1]), (x[0], y, z[1]))


def flat(z: float, x: tuple[float, float], y: tuple[float, float]) -> tuple[Corner, ...]:
    """Returns a level rectangle."""
    return ((x[0], y[0], z), (x[1], y[0], z), (x[1], y[1], z), (x[0], y[1], z))


def block(box: Box, colour: Colour, texture: str = "", circuit: str = "") -> list[Surface]:
    """Returns the faces of a box that the camera sees: a side, the near end and the top."""
    (x0, y0, z0), (x1, y1, z1) = box.low, box.high
    side = x0 if x0 > float(EYE[0]) else x1
    top = [Surface(flat(z1, (x0, x1), (y0, y1)), colour, texture)] if z1 < float(EYE[2]) else []
    return [
        *top,
        Surface(across(side, (y0, y1), (z0, z1)), colour, texture, circuit),
        Surface(along(y0, (x0, x1), (z0, z1)), colour, texture),
    ]


def shade(colour: Colour, factor: float) -> Colour:
    """Returns the colour darker (below 1) or lighter."""
    blue, green, red = (min(255, round(part * factor)) for part in colour)
    return blue, green, red
