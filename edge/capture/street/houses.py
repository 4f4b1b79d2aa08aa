"""A house from its surfaces: walls, roof, doors and windows."""

from __future__ import annotations

from edge.capture.street.layout import House, Opening
from edge.capture.street.surfaces import Box, Colour, Corner, Surface, across, along, block, flat, shade

_FRAME: Colour = (92, 92, 92)
_GLASS: Colour = (96, 78, 62)
_CURTAIN: Colour = (196, 206, 210)
_DOOR: Colour = (44, 70, 112)
_STEP: Colour = (150, 156, 160)


def house(it: House) -> list[Surface]:
    """Returns a house's surfaces, back to front."""
    parts = _walls(it)
    for opening in it.openings:
        parts += _OPENINGS[opening.kind](it, opening)
    return parts + _roof(it)


def _out(it: House, by: float) -> float:
    """Returns x so far in front of the front wall."""
    return it.front_x - by if it.front_x > 0 else it.front_x + by


def _walls(it: House) -> list[Surface]:
    lower = (0.0, it.eaves)
    x = (it.front_x, it.back_x)
    parts = [
        Surface(along(it.y[0], x, lower), it.wall, it.wall_texture),
        Surface(across(it.front_x, it.y, lower), it.wall, it.wall_texture),
        Surface(across(_out(it, 0.02), it.y, (0.0, 0.4)), (136, 140, 142), "stucco"),
    ]
    if it.accent is not None:
        middle = it.y[0] + 0.56 * (it.y[1] - it.y[0])
        parts.append(Surface(across(_out(it, 0.02), (middle, it.y[1]), (0.4, it.eaves)), it.accent, "wood"))
    drain = (it.y[1] - 0.35, it.y[1] - 0.25)
    return [*parts, Surface(across(_out(it, 0.06), drain, (0.0, it.eaves)), shade(it.wall, 0.7))]


def _roof(it: House) -> list[Surface]:
    """Returns gable, soffit, slope and gutter; the ridge runs along the road."""
    over = 0.55
    y = (it.y[0] - over, it.y[1] + over)
    edge_x, middle_x = _out(it, over), (it.front_x + it.back_x) / 2
    far_x = it.back_x + (over if it.front_x > 0 else -over)
    low, high = it.eaves - 0.15, it.ridge
    gable: tuple[Corner, ...] = (
        (it.front_x, it.y[0], it.eaves - 0.05), (it.back_x, it.y[0], it.eaves - 0.05), (middle_x, it.y[0], high - 0.1)
    )  # fmt: skip
    slope: tuple[Corner, ...] = (
        (edge_x, y[0], low), (edge_x, y[1], low), (middle_x, y[1], high), (middle_x, y[0], high)
    )  # fmt: skip
    barge: tuple[Corner, ...] = (
        (edge_x, y[0], low - 0.22), (middle_x, y[0], high - 0.22), (far_x, y[0], low - 0.22),
        (far_x, y[0], low), (middle_x, y[0], high), (edge_x, y[0], low),
    )  # fmt: skip
    return [
        Surface(gable, it.wall, it.wall_texture),
        Surface(flat(low - 0.08, (edge_x, it.front_x), y), shade(it.wall, 0.85)),
        Surface(slope, it.roof, "tiles", catches_shadow=False),
        Surface(barge, shade(it.roof, 0.8), catches_shadow=False),
        Surface(across(edge_x, y, (low - 0.2, low + 0.02)), shade(it.roof, 0.72)),
    ]


def _window(it: House, opening: Opening) -> list[Surface]:
    (y0, y1), (z0, z1) = opening.y, opening.z
    room = f"{it.name}:{y0:.0f}:{z0:.0f}"
    x, middle = _out(it, 0.03), (y0 + y1) / 2
    parts = [
        Surface(across(_out(it, 0.02), (y0 - 0.08, y1 + 0.08), (z0 - 0.08, z1 + 0.08)), _FRAME),
        Surface(across(x, (y0, y1), (z0, z1)), _GLASS, circuit=room),
        Surface(across(x, (y0, y0 + 0.28 * (y1 - y0)), (z0, z1)), _CURTAIN, "wood", room),
        Surface(across(x, (y1 - 0.22 * (y1 - y0), y1), (z0, z1)), _CURTAIN, "wood", room),
        Surface(across(_out(it, 0.05), (middle - 0.035, middle + 0.035), (z0, z1)), _FRAME),
    ]
    parts.append(Surface(across(x, (y0, y1), (z1 - 0.06, z1)), shade(_FRAME, 0.6)))
    if z0 > 3:
        sill = Box((min(x, _out(it, 0.2)), y0 - 0.1, z0 - 0.16), (max(x, _out(it, 0.2)), y1 + 0.1, z0 - 0.06))
        parts += block(sill, (170, 172, 174))
    return parts


def _door(it: House, opening: Opening) -> list[Surface]:
    (y0, y1), (z0, z1) = opening.y, opening.z
    x = _out(it, 0.04)
    near, far = sorted((it.front_x, _out(it, 1.1)))
    step = Box((near, y0 - 0.35, 0.0), (far, y1 + 0.35, z0))
    porch = Box((near, y0 - 0.5, z1 + 0.32), (far, y1 + 0.5, z1 + 0.48))
    parts = [
        *block(step, _STEP, "paving"),
        Surface(across(_out(it, 0.03), (y0 - 0.1, y1 + 0.1), (z0, z1 + 0.1)), (70, 72, 74)),
        Surface(across(x, (y0, y1), (z0, z1)), _DOOR, "wood"),
        Surface(across(x, (y0 + 0.12, y0 + 0.34), (z0 + 0.5, z1 - 0.3)), (150, 140, 120), circuit=f"{it.name}:hall"),
        Surface(across(x, (y1 - 0.2, y1 - 0.12), (z0 + 0.9, z0 + 1.3)), (190, 196, 200)),
        Surface(across(x, (y1 + 0.25, y1 + 0.42), (z0 + 1.6, z0 + 1.85)), (210, 226, 232), circuit="porch"),
    ]
    return [*parts, *block(porch, (96, 98, 100))]


def _balcony(it: House, opening: Opening) -> list[Surface]:
    """Returns a balcony in front of a sliding window; the parapet hides its lower half."""
    (y0, y1), (z0, z1) = opening.y, opening.z
    inner = Opening("window", (y0 + 0.4, y1 - 0.4), (z0 + 0.1, z1))
    near, far = sorted((it.front_x, _out(it, 1.0)))
    parapet = Box((near, y0, z0 - 0.1), (far, y1, z0 + 1.0))
    rail = Box((near, y0 - 0.03, z0 + 1.0), (far, y1 + 0.03, z0 + 1.08))
    return [*_window(it, inner), *block(parapet, shade(it.wall, 0.94), "stucco"), *block(rail, (110, 112, 114))]


def boxes(it: House) -> list[Box]:
    """Returns what of a house throws shadow: its body, and its roof's edge."""
    near, far = sorted((_out(it, 0.5), it.back_x))
    return [it.box(), Box((near, it.y[0] - 0.5, it.eaves - 0.3), (far, it.y[1] + 0.5, it.eaves))]


_OPENINGS = {"window": _window, "door": _door, "balcony": _balcony}
