"""Utility poles with wires, transformer and street lamps, and the round mirror at the corner."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from edge.capture.street.lens import EYE
from edge.capture.street.surfaces import Box, Colour, Corner, Surface, shade

_CONCRETE: Colour = (150, 156, 158)
_IRON: Colour = (120, 122, 122)
LAMP_COLOUR: Colour = (236, 238, 240)

POLES: tuple[tuple[float, float], ...] = ((3.72, 20.9), (3.72, 46.0), (3.72, 72.0), (-3.7, 34.0), (3.72, 98.0))
"""Where poles stand: x and y, metres."""
LAMPS: tuple[Corner, ...] = (
    (2.55, 20.9, 5.0),
    (-2.5, 34.0, 5.0),
    (2.55, 46.0, 5.0),
    (2.55, 72.0, 5.0),
    (-2.4, 1.0, 5.4),
)
"""Street lamps; the last hangs on the camera's own pole, out of the picture."""

Wire = tuple[Corner, ...]
_HEIGHTS = ((-0.75, 9.1), (0.0, 9.25), (0.75, 9.1), (0.1, 7.3), (0.16, 6.7), (0.12, 6.2))


def poles() -> list[tuple[float, list[Surface]]]:
    """Returns poles, lamps and mirror, each with where it stands along the road."""
    things = [(y, _pole(x, y)) for x, y in POLES]
    things += [(lamp[1] - 0.3, _lamp(lamp)) for lamp in LAMPS[:-1]]
    return [*things, (59.8, _mirror(3.4, 59.8))]


def _pole(x: float, y: float) -> list[Surface]:
    return [
        *_post(x, y, 0.17, 10.2, _CONCRETE),
        *(_bar(x, y, half, z) for half, z in ((0.9, 9.0), (0.9, 8.3), (0.5, 6.6))),
        *_post(x + 0.42, y - 0.05, 0.24, 8.0, (134, 140, 142), foot=7.1),
        Surface(_quad(x, y - 0.2, 0.16, 1.9, 2.5), (60, 150, 222)),
    ]


def wires() -> list[Wire]:
    """Returns the wires as lines that sag, along the right side and into the houses."""
    right = [(3.72, -16.0), *sorted((pole for pole in POLES if pole[0] > 0), key=lambda pole: pole[1])]
    lines = [_sag((a[0] + dx, a[1], z), (b[0] + dx, b[1], z), 0.5) for a, b in pairwise(right) for dx, z in _HEIGHTS]
    drops = (
        ((3.72, 20.9, 7.3), (6.3, 18.6, 5.3)),
        ((3.72, 20.9, 7.3), (7.0, 24.0, 5.5)),
        ((3.72, 20.9, 7.0), (-5.9, 23.0, 5.2)),
        ((3.72, 46.0, 7.3), (-3.7, 34.0, 7.4)),
        ((3.72, 46.0, 7.3), (6.9, 44.0, 5.5)),
    )
    return lines + [_sag(a, b, 0.25) for a, b in drops]


def boxes() -> list[Box]:
    """Returns what of the poles throws shadow."""
    return [Box((x - 0.15, y - 0.15, 0.0), (x + 0.15, y + 0.15, 10.0)) for x, y in POLES]


def _post(x: float, y: float, radius: float, top: float, colour: Colour, foot: float = 0.0) -> list[Surface]:
    """Returns a round post as upright strips, each lit as its part of the round."""
    right = _rightwards(x, y)
    parts: list[Surface] = []
    edges = np.linspace(-1, 1, 7)
    for low, high in pairwise(edges):
        a, b = radius * right * low, radius * right * high
        middle = (low + high) / 2
        toward = -np.array((-right[1], right[0])) * math.sqrt(1 - middle * middle)
        side = right * middle + toward
        corners: tuple[Corner, ...] = (
            (x + float(a[0]), y + float(a[1]), foot), (x + float(b[0]), y + float(b[1]), foot),
            (x + float(b[0]), y + float(b[1]), top), (x + float(a[0]), y + float(a[1]), top),
        )  # fmt: skip
        normal = (float(side[0]), float(side[1]), 0.1)
        parts.append(Surface(corners, shade(colour, 0.82 + 0.18 * (1 - middle**2)), "stucco", normal=normal))
    return parts


def _bar(x: float, y: float, half: float, z: float) -> Surface:
    return Surface(
        ((x - half, y - 0.2, z), (x + half, y - 0.2, z), (x + half, y - 0.2, z + 0.1), (x - half, y - 0.2, z + 0.1)),
        _IRON,
    )


def _quad(x: float, y: float, half: float, low: float, high: float) -> tuple[Corner, ...]:
    return ((x - half, y, low), (x + half, y, low), (x + half, y, high), (x - half, y, high))


def _lamp(at: Corner) -> list[Surface]:
    """Returns the arm from the pole and the head below its end."""
    x, y, z = at
    pole = 3.72 if x > 0 else -3.7
    arm = ((pole, y, z + 0.1), (x, y, z + 0.22), (x, y, z + 0.27), (pole, y, z + 0.16))
    inner, outer = (x - 0.3, x + 0.3)
    head = ((inner, y, z), (outer, y, z), (outer - 0.05, y, z + 0.18), (inner + 0.05, y, z + 0.18))
    glass = ((inner + 0.04, y, z - 0.07), (outer - 0.04, y, z - 0.07), (outer, y, z + 0.02), (inner, y, z + 0.02))
    return [Surface(arm, _IRON), Surface(head, shade(_IRON, 0.8)), Surface(glass, LAMP_COLOUR, circuit="lamps")]


def _mirror(x: float, y: float) -> list[Surface]:
    ring = [(math.cos(a), math.sin(a)) for a in np.linspace(0, 2 * np.pi, 20, endpoint=False)]
    disc = [tuple((x + size * c, y - 0.1, 3.0 + size * s) for c, s in ring) for size in (0.46, 0.37)]
    return [
        *_post(x, y, 0.06, 3.2, (30, 110, 220)),
        Surface(disc[0], (30, 110, 220)),
        Surface(disc[1], (196, 176, 160)),
    ]


def _sag(start: Corner, end: Corner, depth: float) -> Wire:
    steps = np.linspace(0, 1, 14)
    line = np.outer(1 - steps, start) + np.outer(steps, end)
    line[:, 2] -= 4 * depth * steps * (1 - steps)
    return tuple((float(x), float(y), float(z)) for x, y, z in line)


def _rightwards(x: float, y: float) -> NDArray[np.float64]:
    away = np.array((x, y), np.float64) - EYE[:2]
    return np.asarray(np.array((away[1], -away[0])) / np.linalg.norm(away), np.float64)
