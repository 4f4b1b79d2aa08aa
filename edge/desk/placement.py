"""Where cameras hang and look, as a plan to scale: north is up, no map of others is needed (R-TOTTORI-10).

Positions are laid on a plane around their middle (equirectangular): at 10 km from it that is off by a thousandth.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, radians, sin

from edge.wire.registerentry import RegisterEntry

SIZE, MARGIN = 1000, 70
"""Units of the drawing; it is square."""
LEAST_M = 200.0
"""Across: fewer metres would tell nothing of a street."""
SIGHT, LETTER = 34, 11
"""How long a line of sight is, and how wide a letter of a name."""
METRES_A_DEGREE = 111_320.0
"""Of latitude, and of longitude at the equator."""
_SCALES_M = tuple(factor * 10**power for power in range(1, 8) for factor in (1, 2, 5))


@dataclass(frozen=True, slots=True)
class Mark:
    """One camera: where it stands on the plan, where the line of its sight ends, and on which side its name stands."""

    node: str
    x: float
    y: float
    to_x: float
    to_y: float
    named_left: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """All of them, with a bar of ``bar_m`` metres that is ``bar`` units long."""

    marks: tuple[Mark, ...]
    bar: float
    bar_m: int


def draw(entries: Iterable[RegisterEntry]) -> Plan | None:
    """Returns the plan; None where nobody's place is known."""
    found = list(entries)
    if not found:
        return None
    middle = (_middle(entry.latitude_e6 for entry in found), _middle(entry.longitude_e6 for entry in found))
    places = [_metres(entry, middle) for entry in found]
    across_m = max(LEAST_M, _spread(x for x, _ in places), _spread(y for _, y in places))
    unit = (SIZE - 2 * MARGIN) / across_m
    bar_m = max(scale for scale in _SCALES_M if scale <= max(10, across_m / 4))
    marks = tuple(_mark(entry, x * unit, y * unit) for entry, (x, y) in zip(found, places, strict=True))
    return Plan(marks, round(bar_m * unit, 1), bar_m)


def _mark(entry: RegisterEntry, east: float, north: float) -> Mark:
    x, y = SIZE / 2 + east, SIZE / 2 - north
    towards = radians(entry.direction_deg)
    to_x, to_y = x + SIGHT * sin(towards), y - SIGHT * cos(towards)
    room = LETTER * (1 + len(entry.node))
    left = x > SIZE - room if entry.direction_deg >= 180 else x > room  # off the sight, if the drawing has room there
    return Mark(entry.node, round(x, 1), round(y, 1), round(to_x, 1), round(to_y, 1), left)


def _metres(entry: RegisterEntry, middle: tuple[float, float]) -> tuple[float, float]:
    """Returns metres to the east and to the north of the middle."""
    north = (entry.latitude_e6 - middle[0]) / 1e6 * METRES_A_DEGREE
    east = (entry.longitude_e6 - middle[1]) / 1e6 * METRES_A_DEGREE * cos(radians(middle[0] / 1e6))
    return east, north


def _middle(values: Iterable[int]) -> float:
    found = list(values)
    return (min(found) + max(found)) / 2


def _spread(values: Iterable[float]) -> float:
    found = list(values)
    return max(found) - min(found)
