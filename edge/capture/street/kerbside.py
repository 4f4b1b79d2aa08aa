"""The road with its markings, pavements, walls, hedges and the vending machine."""

from __future__ import annotations

import numpy as np

from edge.capture.street.layout import CROSSING_Y, KERB_X, ROAD_X, STREET_END
from edge.capture.street.surfaces import Box, Colour, Corner, Surface, across, block, flat, shade

_ASPHALT: Colour = (112, 110, 108)
_PAVING: Colour = (132, 138, 144)
_PAINT: Colour = (206, 210, 212)
_CONCRETE: Colour = (142, 150, 154)
_HEDGE: Colour = (44, 96, 62)
_GRASS: Colour = (58, 104, 92)

# The road is cut into stretches so that each is drawn with a pattern as fine as its distance shows.
_STRETCHES = (-1.0, 10.0, 18.0, 32.0, 60.0, STREET_END)

_DIGITS = {
    "3": ((0, 0, 1, 0.16), (0, 0.42, 1, 0.58), (0, 0.84, 1, 1), (0.72, 0, 1, 1)),
    "0": ((0, 0, 1, 0.16), (0, 0.84, 1, 1), (0, 0, 0.28, 1), (0.72, 0, 1, 1)),
}
"""Strokes of the speed limit on the road: left, bottom, right, top in a unit square."""


def ground() -> list[Surface]:
    """Returns everything that lies flat, the lowest first."""
    return [*_land(), *_carriageway(), *_markings(), *_covers()]


def _land() -> list[Surface]:
    parts = [Surface(flat(-0.02, (-190, 260), (-1, 299)), _GRASS, "grass")]
    for x in ((KERB_X[1], 7.4), (-7.0, KERB_X[0])):
        parts += [Surface(flat(0.0, x, span), (150, 156, 158), "stucco") for span in _spans(CROSSING_Y[0])]
    return parts


def _carriageway() -> list[Surface]:
    parts = [Surface(flat(0.0, (-60, 70), CROSSING_Y), _ASPHALT, "asphalt")]
    for span in _spans(STREET_END):
        parts += [
            Surface(flat(0.0, (KERB_X[0], ROAD_X[0]), span), _PAVING, "paving"),
            Surface(flat(0.0, (ROAD_X[1], KERB_X[1]), span), _PAVING, "paving"),
            Surface(flat(0.0, (-2.55, 2.55), span), _ASPHALT, "asphalt"),
        ]
    patches = (((-2.2, -0.6), (15.0, 20.5)), ((0.5, 1.5), (8.0, 13.5)), ((0.4, 2.2), (27.0, 33.0)))
    return parts + [Surface(flat(0.005, x, y), shade(_ASPHALT, 0.84), "asphalt") for x, y in patches]


def _markings() -> list[Surface]:
    parts = [
        Surface(flat(0.01, (x - 0.08, x + 0.08), span), _PAINT, "asphalt")
        for x in (-2.42, 2.42)
        for span in _spans(CROSSING_Y[0] - 0.6)
    ]
    bars = np.arange(-2.2, 2.2, 0.9)
    parts += [Surface(flat(0.01, (float(x), float(x) + 0.45), (57.2, 60.2)), _PAINT) for x in bars]
    parts.append(Surface(flat(0.01, (-2.3, 0.0), (55.2, 55.65)), _PAINT))
    for digit, left in (("3", -2.05), ("0", -1.1)):
        for x0, y0, x1, y1 in _DIGITS[digit]:
            x, y = (left + 0.72 * x0, left + 0.72 * x1), (11.2 + 2.6 * y0, 11.2 + 2.6 * y1)
            parts.append(Surface(flat(0.01, x, y), (104, 176, 206), "asphalt"))
    return parts


def _covers() -> list[Surface]:
    parts: list[Surface] = []
    for x, y, radius in ((0.35, 15.2, 0.36), (-0.5, 25.0, 0.36), (1.6, 10.2, 0.22), (0.2, 41.0, 0.36)):
        for size, tone in ((radius, 0.62), (radius * 0.86, 0.92), (radius * 0.55, 0.78)):
            parts.append(Surface(_disc(x, y, size), shade(_ASPHALT, tone), "paving"))
    for y in np.arange(6.0, 58.0, 4.0):
        for x in (-2.72, 2.52):
            parts.append(Surface(flat(0.012, (x, x + 0.3), (float(y), float(y) + 0.6)), (62, 64, 66), "wood"))
    return parts


def kerbs() -> list[tuple[float, list[Surface]]]:
    """Returns walls, hedges and fences at the plots' edges, each with where it begins along the road."""
    return [(box.low[1], _kerb(box, colour, texture)) for box, colour, texture in PLOTS]


def _kerb(box: Box, colour: Colour, texture: str) -> list[Surface]:
    parts = block(box, colour, texture)
    if texture == "block":
        (x0, y0, _), (x1, y1, z1) = box.low, box.high
        parts += block(Box((x0 - 0.04, y0, z1), (x1 + 0.04, y1, z1 + 0.08)), shade(colour, 1.1))
    if texture == "wood":
        parts += _posts(box)
    return parts


def _posts(box: Box) -> list[Surface]:
    (x0, y0, _), (_, y1, z1) = box.low, box.high
    return [
        Surface(across(x0 - 0.01, (float(y), float(y) + 0.09), (0.0, z1 + 0.12)), (70, 74, 78))
        for y in np.arange(y0, y1, 1.6)
    ]


def _left(y0: float, y1: float, top: float) -> Box:
    return Box((-4.15, y0, 0.0), (-3.95, y1, top))


def _right(y0: float, y1: float, top: float, thick: float = 0.2) -> Box:
    return Box((4.0, y0, 0.0), (4.0 + thick, y1, top))


PLOTS: tuple[tuple[Box, Colour, str], ...] = (
    (_right(8.0, 16.4, 0.62, 0.75), _HEDGE, "leaves"),
    (_right(18.9, 20.6, 1.25), _CONCRETE, "block"),
    (_right(21.6, 26.2, 0.95), (172, 180, 184), "wood"),
    (_right(32.2, 36.6, 1.5), _CONCRETE, "block"),
    (_right(38.6, 41.0, 1.5), _CONCRETE, "block"),
    (_right(41.6, 49.6, 1.2, 0.7), shade(_HEDGE, 0.85), "leaves"),
    (_right(51.0, 59.5, 1.4), shade(_CONCRETE, 1.08), "block"),
    (_right(68.6, 96.0, 1.4), _CONCRETE, "block"),
    (_left(3.0, 24.2, 1.65), _CONCRETE, "block"),
    (_left(25.8, 34.0, 1.2), (176, 176, 172), "block"),
    (_left(35.6, 45.6, 1.5), shade(_CONCRETE, 0.92), "block"),
    (_left(46.8, 59.5, 1.4), _CONCRETE, "block"),
    (_left(68.6, 96.0, 1.4), _CONCRETE, "block"),
)

VENDING = Box((4.0, 29.7, 0.0), (4.7, 30.7, 1.85))


def vending_machine() -> list[Surface]:
    """Returns the drinks machine between two houses: red, its window with rows of cans lit by night."""
    x = VENDING.low[0]
    parts = block(VENDING, (44, 40, 186))
    parts.append(Surface(across(x - 0.01, (29.78, 30.62), (0.95, 1.72)), (214, 220, 222), circuit="vending"))
    hues: tuple[Colour, ...] = ((60, 120, 40), (40, 60, 200), (170, 90, 30), (40, 170, 220), (230, 230, 230))
    for row, z in enumerate((1.02, 1.27, 1.50)):
        for slot in range(7):
            y = 29.84 + 0.11 * slot
            hue = hues[(slot * 3 + row) % len(hues)]
            parts.append(Surface(across(x - 0.02, (y, y + 0.07), (z, z + 0.15)), hue, circuit="vending"))
    parts.append(Surface(across(x - 0.01, (29.95, 30.45), (0.2, 0.42)), (40, 38, 38)))
    return parts


def boxes() -> list[Box]:
    """Returns what of all this throws shadow."""
    return [*(plot[0] for plot in PLOTS), VENDING]


def _spans(end: float) -> list[tuple[float, float]]:
    pairs = zip(_STRETCHES[::-1][1:], _STRETCHES[::-1], strict=False)
    return [(low, min(high, end)) for low, high in pairs if low < end]


def _disc(x: float, y: float, radius: float) -> tuple[Corner, ...]:
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    return tuple((x + radius * float(np.cos(a)), y + radius * float(np.sin(a)), 0.012) for a in angles)
