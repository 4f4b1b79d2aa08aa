"""Cars as two blocks, body and cabin, each drawn out from its outline seen from the side."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from edge.capture.street import people
from edge.capture.street.canvas import Canvas, Spot
from edge.capture.street.lens import EYE, Pixels, Points
from edge.capture.street.surfaces import Colour, shade
from edge.capture.street.traffic import Traveller

Outline = tuple[tuple[float, float], ...]
"""Corners seen from the right side, (ahead, up) in metres, from the rear bottom over the top to the front bottom."""


@dataclass(frozen=True, slots=True)
class Model:
    """One kind of car; ``panes`` are the indices of cabin edges that are glass."""

    length: float
    width: float
    body: Outline
    cabin: Outline
    panes: tuple[int, ...]
    wheel: float


_BOX = Model(
    3.4, 1.48,
    ((-1.68, 0.28), (-1.70, 0.55), (-1.70, 0.98), (-1.62, 1.02),
     (1.05, 1.02), (1.55, 0.92), (1.70, 0.70), (1.70, 0.28)),
    ((-1.66, 1.00), (-1.56, 1.68), (-1.40, 1.76), (0.35, 1.76), (0.60, 1.70), (1.12, 1.00)), (0, 4), 0.28,
)  # fmt: skip
_HATCH = Model(
    4.0, 1.70,
    ((-1.96, 0.28), (-2.00, 0.60), (-1.94, 0.95), (-1.80, 1.00),
     (0.80, 0.98), (1.55, 0.86), (1.92, 0.72), (2.00, 0.50), (1.98, 0.28)),
    ((-1.90, 0.97), (-1.50, 1.40), (-1.20, 1.49), (-0.10, 1.50), (0.15, 1.46), (0.95, 0.96)), (0, 4), 0.31,
)  # fmt: skip
_VAN = Model(
    4.4, 1.70,
    ((-2.20, 0.32), (-2.20, 0.70), (-2.20, 1.05), (-2.16, 1.08),
     (1.90, 1.08), (2.14, 0.95), (2.20, 0.70), (2.20, 0.32)),
    ((-2.18, 1.06), (-2.14, 1.88), (-2.00, 1.96), (1.30, 1.96), (1.50, 1.90), (2.02, 1.06)), (0, 4), 0.32,
)  # fmt: skip
_MODELS = (_BOX, _HATCH, _BOX, _VAN, _HATCH)
_PAINTS: tuple[Colour, ...] = (
    (228, 230, 230), (186, 188, 190), (52, 52, 54), (150, 96, 40), (44, 40, 170), (196, 214, 226), (150, 176, 130),
)  # fmt: skip
_GLASS: Colour = (78, 68, 60)


def car(canvas: Canvas, who: Traveller) -> None:
    """Draws a car; at dusk, at night and in rain with its lights on."""
    model = _MODELS[who.draw[4] % len(_MODELS)]
    reach = model.length / 2 + 0.3
    _, depth = canvas.lens.project(((who.x - reach, who.y - reach, 1.5), (who.x + reach, who.y - reach, 1.5)))
    if depth.min() < 0.8:
        return
    spot = canvas.spot(who.x, who.y)
    paint = _PAINTS[who.draw[5] % len(_PAINTS)]
    _ground(canvas, who, model, spot)
    _block(canvas, who, model.body, model.width, (), spot, paint)
    _wheels(canvas, who, model, spot)
    _block(canvas, who, model.cabin, model.width * 0.9, model.panes, spot, paint)
    _side_glass(canvas, who, model, spot)
    _ends(canvas, who, model, spot)


def _place(who: Traveller, points: object) -> Points:
    return people.placed(np.asarray(points, np.float32), who)


def _block(
    canvas: Canvas, who: Traveller, outline: Outline, width: float, panes: tuple[int, ...], spot: Spot, paint: Colour
) -> None:
    """Draws the faces of an outline drawn out to ``width`` that look towards the camera."""
    half = width / 2
    right = [(ahead, -half, up) for ahead, up in outline]
    left = [(ahead, half, up) for ahead, up in outline]
    for index in range(len(outline) - 1):
        (a0, u0), (a1, u1) = outline[index], outline[index + 1]
        normal = (u0 - u1, 0.0, a1 - a0)
        face = (right[index], right[index + 1], left[index + 1], left[index])
        _face(canvas, who, face, normal, spot, _GLASS if index in panes else paint)
    _face(canvas, who, tuple(right), (0.0, -1.0, 0.12), spot, shade(paint, 0.94))
    _face(canvas, who, tuple(left), (0.0, 1.0, 0.12), spot, shade(paint, 0.94))


def _face(
    canvas: Canvas,
    who: Traveller,
    corners: tuple[tuple[float, float, float], ...],
    normal: tuple[float, float, float],
    spot: Spot,
    colour: Colour,
) -> None:
    """Draws one face where it looks towards the camera; ``normal`` as the corners, in the car's directions."""
    ahead_x, ahead_y = who.heading
    size = math.sqrt(sum(part * part for part in normal)) or 1.0
    n = (
        (normal[0] * ahead_x - normal[1] * ahead_y) / size,
        (normal[0] * ahead_y + normal[1] * ahead_x) / size,
        normal[2] / size,
    )
    places = _place(who, corners)
    if float((EYE - places.mean(0)) @ np.array(n, np.float32)) > 0:
        canvas.shape(canvas.lens.project(places)[0], spot.shown(colour, n))


def _near_side(who: Traveller) -> int:
    """Returns 1 where the car's left side looks to the camera, -1 where its right does."""
    return 1 if who.heading[1] * (who.x - float(EYE[0])) > who.heading[0] * who.y else -1


def _side_glass(canvas: Canvas, who: Traveller, model: Model, spot: Spot) -> None:
    side = _near_side(who) * (model.width * 0.45 + 0.005)
    low, high = model.cabin[0][1] + 0.06, model.cabin[2][1] - 0.10
    rear, front = model.cabin[0][0], model.cabin[-1][0]
    back_top, front_top = model.cabin[1][0], model.cabin[-2][0]
    pane = (
        (rear + 0.22, side, low),
        (back_top + 0.25, side, high),
        (front_top - 0.05, side, high),
        (front - 0.22, side, low),
    )
    canvas.shape(canvas.lens.project(_place(who, pane))[0], spot.shown(_GLASS, (0.0, -0.2, 0.5)))
    middle = (rear + front) / 2
    for post in (middle - 0.05, middle + 0.75):
        if post < front_top - 0.2:
            bar = ((post, side, low), (post, side, high), (post + 0.09, side, high), (post + 0.09, side, low))
            canvas.shape(canvas.lens.project(_place(who, bar))[0], spot.shown((40, 40, 40)))


def _wheels(canvas: Canvas, who: Traveller, model: Model, spot: Spot) -> None:
    side = _near_side(who) * (model.width / 2 + 0.01)
    angles = np.linspace(0, 2 * np.pi, 18, endpoint=False)
    for ahead in (-model.length * 0.31, model.length * 0.31):
        for radius, colour in (
            (model.wheel + 0.05, (26, 26, 26)),
            (model.wheel * 0.62, (170, 172, 174)),
            (model.wheel * 0.2, (90, 90, 90)),
        ):
            ring = np.stack(
                (ahead + radius * np.cos(angles), 0 * angles + side, model.wheel + radius * np.sin(angles)), axis=1
            )
            canvas.shape(canvas.lens.project(_place(who, ring))[0], spot.shown(colour))


def _ends(canvas: Canvas, who: Traveller, model: Model, spot: Spot) -> None:
    """Draws lamps, number plate and bumper of the end that is seen."""
    ahead_x, ahead_y = who.heading
    front = ahead_x * (float(EYE[0]) - who.x) + ahead_y * (float(EYE[1]) - who.y) > 0
    x = (model.length / 2 + 0.01) * (1 if front else -1)
    half = model.width / 2
    plate = ((x, -0.17, 0.42), (x, 0.17, 0.42), (x, 0.17, 0.56), (x, -0.17, 0.56))
    bumper = ((x, -half * 0.96, 0.28), (x, half * 0.96, 0.28), (x, half * 0.96, 0.38), (x, -half * 0.96, 0.38))
    canvas.shape(canvas.lens.project(_place(who, bumper))[0], spot.shown((46, 46, 46)))
    canvas.shape(
        canvas.lens.project(_place(who, plate))[0], spot.shown((90, 220, 235) if model is _BOX else (225, 228, 228))
    )
    on = who.speed > 0 and (canvas.light.lamps > 0.5 or canvas.light.rain > 0.25)
    z = 0.66 if front else 0.78
    for sign in (-1, 1):
        lamp = [
            (x - 0.03 * (1 if front else -1), sign * half * a, z + b)
            for a, b in ((0.62, 0), (0.94, 0), (0.94, 0.14), (0.62, 0.14))
        ]
        pixels, depth = canvas.lens.project(_place(who, lamp))
        colour: Colour = (226, 232, 236) if front else (36, 32, 190)
        canvas.shape(pixels, colour if on else spot.shown(shade(colour, 0.9)))
        if on:
            metre = canvas.lens.focal_px / float(depth.mean())
            strength = 0.35 + 0.65 * canvas.light.lamps
            glow = shade((190, 215, 225) if front else (20, 16, 150), strength)
            canvas.glow(_point(pixels.mean(0)), (1.1 if front else 0.55) * metre * strength, glow)


def _ground(canvas: Canvas, who: Traveller, model: Model, spot: Spot) -> None:
    """Lays the shadow under and beside the car, and by night the headlights' pool ahead of it."""
    half, long = model.width / 2, model.length / 2
    base = [(-long, -half, 0.0), (-long, half, 0.0), (long, half, 0.0), (long, -half, 0.0)]
    pixels, depth = canvas.lens.project(_place(who, base))
    if depth.min() < 0.8:
        return
    canvas.darken(pixels, 0.6)
    if spot.sun[2] > 0.3:
        dx, dy, dz = (float(part) for part in canvas.light.direction())
        reach = min(3.0, 1.4 / max(dz, 0.2))
        top = _place(who, base) + np.array((-dx * reach, -dy * reach, 0), np.float32)
        cast, far = canvas.lens.project(np.concatenate((_place(who, base), top)))
        if far.min() > 0.8:
            canvas.darken(people.hull(cast), 0.38)
    if who.speed > 0 and canvas.light.lamps > 0.5:
        pool, deep = canvas.lens.project(
            _place(who, ((long + 1.0, 0, 0.0), (long + 3.0, 0, 0.0), (long + 5.5, 0, 0.0)))
        )
        for at, deep_m in zip(pool, deep.tolist(), strict=True):
            if deep_m > 2.0:
                canvas.glow(_point(at), 1.5 * canvas.lens.focal_px / deep_m, shade((70, 84, 92), canvas.light.lamps))


def _point(at: Pixels) -> tuple[float, float]:
    return float(at[0]), float(at[1])
