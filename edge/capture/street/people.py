"""People on foot and on bicycles, as limbs between joints that swing with the distance walked."""

from __future__ import annotations

import math

import cv2
import numpy as np

from edge.capture.street.canvas import Canvas, Pixel, Spot
from edge.capture.street.lens import EYE, Pixels, Points
from edge.capture.street.surfaces import Colour, shade
from edge.capture.street.traffic import Traveller

_TOPS: tuple[Colour, ...] = (
    (150, 70, 50), (60, 60, 190), (200, 205, 210), (60, 60, 66),
    (70, 130, 70), (90, 170, 215), (140, 110, 160), (120, 90, 60),
)  # fmt: skip
_TROUSERS: tuple[Colour, ...] = ((92, 62, 44), (52, 50, 52), (120, 140, 160), (70, 80, 96), (40, 40, 60))
_HAIR: tuple[Colour, ...] = ((24, 24, 28), (34, 44, 62), (120, 122, 126), (30, 34, 44))
_SKIN: Colour = (150, 178, 216)
_UMBRELLAS: tuple[Colour, ...] = ((170, 120, 60), (70, 70, 200), (214, 214, 214), (70, 60, 60), (90, 160, 90))

# Rows of the joints of one person.
HIP, CHEST, NECK, HEAD = 0, 1, 2, 3
KNEE, FOOT, TOE, SHOULDER, ELBOW, HAND = 4, 6, 8, 10, 12, 14  # right; left is one more

_STRIDE_M = 1.36
_CHILD = 36
"""Up to this draw it is a child with a school bag."""
_CLOSE_PX = 28.0
"""Arms and feet are drawn where a metre is longer than this."""
_ROUND = tuple((math.cos(a), math.sin(a)) for a in (0.0, 0.8, 1.6, 2.4, 3.1, 3.9, 4.7, 5.5))


def person(canvas: Canvas, who: Traveller, *, rain: float) -> None:
    """Draws somebody walking, under an umbrella in rain."""
    height = 1.52 + 0.3 * who.draw[4] / 255 if who.draw[5] > _CHILD else 1.18 + 0.14 * who.draw[4] / 255
    size = height / 1.7
    phase = who.gone_m / (_STRIDE_M * size) * 2 * math.pi
    spot = canvas.spot(who.x, who.y)
    cast_shadow(canvas, who, height, 0.2, spot)
    figure(canvas, _walking(phase, size), who, size, spot)
    if rain > 0.1:
        _umbrella(canvas, who, size, spot)


def figure(canvas: Canvas, joints: Points, who: Traveller, size: float, spot: Spot) -> None:
    """Draws a person from joints given in its own directions: ahead, to its left, up."""
    pixels, depth = canvas.lens.project(placed(joints, who))
    if depth.min() < 1.0:
        return
    metre = canvas.lens.focal_px / float(depth[HIP]) * size
    near = int(who.heading[1] * (who.x - float(EYE[0])) > who.heading[0] * who.y)
    at: list[Pixel] = [(x, y) for x, y in pixels.tolist()]
    if metre > _CLOSE_PX:
        _leg(canvas, at, 1 - near, metre, spot, who, 0.8)
        _arm(canvas, at, 1 - near, metre, spot, who, 0.8)
    else:
        _far_leg(canvas, at, 1 - near, metre, spot, who)
    (_leg if metre > _CLOSE_PX else _far_leg)(canvas, at, near, metre, spot, who)
    _body(canvas, at, metre, spot, who)
    if metre > _CLOSE_PX:
        _arm(canvas, at, near, metre, spot, who)


def cast_shadow(canvas: Canvas, who: Traveller, height: float, half: float, spot: Spot) -> None:
    """Lays somebody's shadow on the ground: long with the sun, a soft patch without."""
    strong = spot.sun[2] > 0.3
    foot = np.array([(who.x + half * c, who.y + half * s, 0.0) for c, s in _ROUND], np.float32)
    if strong:
        direction = canvas.light.direction()
        reach = min(6.0, height / max(float(direction[2]), 0.1))
        foot = np.concatenate((foot, foot - direction * np.float32(reach) * (1, 1, 0)))
    pixels, depth = canvas.lens.project(foot)
    if depth.min() > 1.0:
        canvas.darken(hull(pixels), 0.38 if strong else 0.22)


def hull(pixels: Pixels) -> Pixels:
    """Returns the convex outline of points."""
    return np.asarray(cv2.convexHull(pixels)[:, 0], np.float32)


def placed(joints: Points, who: Traveller) -> Points:
    """Returns world places of points given in a traveller's own directions: ahead, to its left, up."""
    ahead_x, ahead_y = who.heading
    x = who.x + joints[:, 0] * ahead_x - joints[:, 1] * ahead_y
    y = who.y + joints[:, 0] * ahead_y + joints[:, 1] * ahead_x
    return np.stack((x, y, joints[:, 2]), axis=1).astype(np.float32)


def standing() -> Points:
    """Returns room for the joints of one person, (16, 3)."""
    return np.zeros((16, 3), np.float32)


def _walking(phase: float, size: float) -> Points:
    joints = standing()
    bob = 0.02 * math.cos(2 * phase)
    joints[HIP], joints[CHEST] = (0, 0, 0.90 + bob), (0.03, 0, 1.30 + bob)
    joints[NECK], joints[HEAD] = (0.04, 0, 1.46 + bob), (0.07, 0, 1.59 + bob)
    for side, sign in ((0, -1), (1, 1)):
        swing = 0.42 * math.sin(phase + side * math.pi)
        bend = 0.55 * max(0.0, math.cos(phase + side * math.pi))
        knee = (0.44 * math.sin(swing + 0.1), 0.09 * sign, 0.88 + bob - 0.44 * math.cos(swing + 0.1))
        low = swing - bend
        foot = (knee[0] + 0.42 * math.sin(low), 0.09 * sign, max(0.05, knee[2] - 0.42 * math.cos(low)))
        joints[KNEE + side], joints[FOOT + side] = knee, foot
        joints[TOE + side] = (foot[0] + 0.17, 0.10 * sign, max(0.03, foot[2] - 0.03 + 0.1 * bend))
        arm = -0.42 * math.sin(phase + side * math.pi)
        elbow = (0.27 * math.sin(arm), 0.24 * sign, 1.38 + bob - 0.27 * math.cos(arm))
        joints[SHOULDER + side], joints[ELBOW + side] = (0.02, 0.19 * sign, 1.39 + bob), elbow
        joints[HAND + side] = (
            elbow[0] + 0.24 * math.sin(arm + 0.35),
            0.23 * sign,
            elbow[2] - 0.24 * math.cos(arm + 0.35),
        )
    return joints * np.float32(size)


def _leg(
    canvas: Canvas, at: list[Pixel], side: int, metre: float, spot: Spot, who: Traveller, tone: float = 1.0
) -> None:
    colour = spot.shown(shade(_TROUSERS[who.draw[6] % len(_TROUSERS)], tone))
    shoe = spot.shown((50, 50, 54) if who.draw[7] % 2 else (170, 175, 180))
    canvas.limb(at[HIP], at[KNEE + side], (0.19 * metre, 0.14 * metre), colour)
    canvas.limb(at[KNEE + side], at[FOOT + side], (0.14 * metre, 0.09 * metre), colour)
    canvas.limb(at[FOOT + side], at[TOE + side], (0.10 * metre, 0.08 * metre), shoe)


def _arm(
    canvas: Canvas, at: list[Pixel], side: int, metre: float, spot: Spot, who: Traveller, tone: float = 1.0
) -> None:
    colour = spot.shown(shade(_TOPS[who.draw[8] % len(_TOPS)], 0.93 * tone))
    canvas.limb(at[SHOULDER + side], at[ELBOW + side], (0.12 * metre, 0.10 * metre), colour)
    canvas.limb(at[ELBOW + side], at[HAND + side], (0.10 * metre, 0.075 * metre), colour)
    canvas.dot(at[HAND + side], 0.05 * metre, spot.shown(_SKIN))


def _far_leg(canvas: Canvas, at: list[Pixel], side: int, metre: float, spot: Spot, who: Traveller) -> None:
    colour = spot.shown(_TROUSERS[who.draw[6] % len(_TROUSERS)])
    canvas.limb(at[HIP], at[FOOT + side], (0.17 * metre, 0.11 * metre), colour)


def _body(canvas: Canvas, at: list[Pixel], metre: float, spot: Spot, who: Traveller) -> None:
    top = _TOPS[who.draw[8] % len(_TOPS)]
    wide = max(0.24 * metre, math.dist(at[SHOULDER], at[SHOULDER + 1]) + 0.05 * metre)
    canvas.limb(at[CHEST], at[HIP], (wide, max(0.23 * metre, 0.8 * wide)), spot.shown(top))
    away = who.heading[1] > 0
    if who.draw[9] > 130 and away:
        pack: Colour = (40, 40, 200) if who.draw[5] <= _CHILD else shade(_TOPS[who.draw[9] % len(_TOPS)], 0.6)
        low = (at[CHEST][0] + at[HIP][0]) / 2, (at[CHEST][1] + at[HIP][1]) / 2
        canvas.limb(at[CHEST], low, (0.3 * metre, 0.28 * metre), spot.shown(pack))
    skin, hair = spot.shown(_SKIN), spot.shown(_HAIR[who.draw[10] % len(_HAIR)])
    canvas.limb(at[NECK], at[HEAD], (0.11 * metre, 0.11 * metre), skin)
    x, y = at[HEAD]
    canvas.dot((x, y - 0.02 * metre), 0.122 * metre, hair)
    if not away:
        canvas.dot((x, y + 0.025 * metre), 0.098 * metre, skin)
    elif who.draw[10] % 3 == 0:
        canvas.limb(at[HEAD], at[NECK], (0.2 * metre, 0.15 * metre), hair)


def _umbrella(canvas: Canvas, who: Traveller, size: float, spot: Spot) -> None:
    """Draws an open umbrella held above the head: a dome of eight panels, lighter and darker in turn."""
    ring = [(0.05 + 0.52 * math.cos(a), 0.52 * math.sin(a), 1.78) for a in np.linspace(0, 2 * math.pi, 9)]
    local = np.array([(0.05, 0.0, 2.04), *ring, (0.12, 0.0, 1.2)], np.float32) * np.float32(size)
    pixels, depth = canvas.lens.project(placed(local, who))
    if depth.min() < 1.0:
        return
    colour = _UMBRELLAS[who.draw[11] % len(_UMBRELLAS)]
    canvas.line(pixels[[0, 10]], 0.03 * canvas.lens.focal_px / float(depth[0]), spot.shown((60, 60, 60)))
    order = sorted(range(1, 9), key=lambda panel: -float(depth[panel] + depth[panel + 1]))
    for panel in order:
        tone = 0.86 + 0.14 * (panel % 2)
        canvas.shape(pixels[[0, panel, panel + 1]], spot.shown(shade(colour, tone), (0.0, -0.3, 0.8)))


def standing_still(at_s: float, *, waving: bool) -> Points:
    """Returns the joints of somebody who stands, or stands and waves."""
    joints = _walking(0.08 * math.sin(at_s), 1.0)
    if waving:
        joints[ELBOW + 1] = (0.12, 0.32, 1.28)
        joints[HAND + 1] = (0.22, 0.30 + 0.12 * math.sin(4 * at_s), 1.55)
    return joints
