"""Bicycles with riders."""

from __future__ import annotations

import math

import numpy as np

from edge.capture.street import people
from edge.capture.street.canvas import Canvas
from edge.capture.street.lens import Points
from edge.capture.street.surfaces import Colour
from edge.capture.street.traffic import Traveller

_WHEEL_M = 0.34
_FRAMES: tuple[Colour, ...] = ((190, 190, 190), (50, 50, 170), (140, 90, 40), (60, 60, 60), (120, 170, 120))
_CRANK = (0.02, 0.0, 0.30)


def bicycle(canvas: Canvas, who: Traveller) -> None:
    """Draws a bicycle and who rides it; its lamps at night."""
    turn = who.gone_m / 1.9 * math.pi
    rings = [_ring(0.52), _ring(-0.52)]
    bones = np.array(
        (
            (0.52, 0, 0.34),
            (0.40, 0, 0.92),
            (-0.12, 0, 0.80),
            _CRANK,
            (-0.52, 0, 0.34),
            (0.30, 0.24, 1.0),
            (0.30, -0.24, 1.0),
        )
    )
    local = np.concatenate((*rings, bones)).astype(np.float32)
    pixels, depth = canvas.lens.project(people.placed(local, who))
    if depth.min() < 1.0:
        return
    metre = canvas.lens.focal_px / float(depth[-3])
    spot = canvas.spot(who.x, who.y)
    people.cast_shadow(canvas, who, 1.5, 0.3, spot)
    paint, tyre = spot.shown(_FRAMES[who.draw[12] % len(_FRAMES)]), spot.shown((42, 42, 42))
    count = len(rings[0])
    for first in (0, count):
        canvas.line(pixels[first : first + count], 0.05 * metre, tyre, closed=True)
    front, head, seat, crank, rear, left, right = pixels[2 * count :]
    for line in ((front, head), (head, crank), (head, seat), (seat, crank), (crank, rear), (rear, seat), (left, right)):
        canvas.line(np.array(line), 0.04 * metre, paint)
    people.figure(canvas, _riding(turn), who, 1.0, spot)
    if canvas.light.lamps > 0.5:
        front_lamp = who.heading[1] < 0
        colour: Colour = (150, 190, 200) if front_lamp else (20, 20, 190)
        x, y = (front if front_lamp else rear).tolist()
        canvas.glow((x, y), (0.5 if front_lamp else 0.25) * metre, colour)


def _ring(ahead: float) -> Points:
    angles = np.linspace(0, 2 * np.pi, 18, endpoint=False)
    return np.stack((ahead + _WHEEL_M * np.cos(angles), 0 * angles, _WHEEL_M + _WHEEL_M * np.sin(angles)), axis=1)


def _riding(turn: float) -> Points:
    """Returns the joints of somebody who pedals."""
    joints = people.standing()
    joints[people.HIP], joints[people.CHEST] = (-0.14, 0, 0.92), (0.06, 0, 1.28)
    joints[people.NECK], joints[people.HEAD] = (0.12, 0, 1.42), (0.17, 0, 1.55)
    for side, sign in ((0, -1), (1, 1)):
        angle = turn + side * math.pi
        pedal = (_CRANK[0] + 0.16 * math.cos(angle), 0.1 * sign, _CRANK[2] + 0.16 * math.sin(angle))
        joints[people.KNEE + side] = (0.26 + 0.06 * math.cos(angle), 0.1 * sign, 0.68 + 0.10 * math.sin(angle))
        joints[people.FOOT + side] = pedal
        joints[people.TOE + side] = (pedal[0] + 0.15, 0.1 * sign, pedal[2] - 0.02)
        joints[people.SHOULDER + side] = (0.06, 0.18 * sign, 1.36)
        joints[people.ELBOW + side] = (0.16, 0.26 * sign, 1.14)
        joints[people.HAND + side] = (0.32, 0.24 * sign, 1.02)
    return joints
