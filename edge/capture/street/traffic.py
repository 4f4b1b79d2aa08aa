"""Who passes at which moment: a pure function of seed and time, so that any frame can be drawn on its own.

Each way (a lane, a pavement) has a time table of slots; a slot's traveller, if any, is drawn from a hash of seed, way
and slot: when it sets out, how fast it goes, what it looks like.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2s
from typing import Literal

Kind = Literal["person", "car", "bicycle"]

_BEGIN_Y = {"car": 1.2, "bicycle": 2.8, "person": 3.2}
"""Where travellers come into sight below the picture's edge."""
_END_Y = 63.0
_TURN_M = {"car": 26.0, "bicycle": 16.0, "person": 12.0}
"""How far travellers go along the side street before houses hide them."""


@dataclass(frozen=True, slots=True)
class Way:
    """A path along the road at ``x``; ``away`` from the camera or towards it.

    Attributes:
        every_s: seconds between slots.
        speed: slowest and fastest, metres a second.
        turn: where it leaves the side street: 1 right, -1 left.
        chance: that a slot is taken, by day.
    """

    name: str
    kind: Kind
    x: float
    away: bool
    every_s: float
    speed: tuple[float, float]
    turn: int
    chance: float


WAYS: tuple[Way, ...] = (
    Way("car-out", "car", -1.15, True, 16.0, (6.4, 7.6), -1, 0.66),
    Way("car-in", "car", 1.15, False, 18.0, (6.4, 7.6), 1, 0.62),
    Way("bicycle-out", "bicycle", -2.0, True, 23.0, (3.4, 4.6), -1, 0.55),
    Way("bicycle-in", "bicycle", 2.05, False, 29.0, (3.4, 4.6), 1, 0.55),
    Way("left-out", "person", -3.15, True, 17.0, (1.1, 1.45), -1, 0.52),
    Way("left-in", "person", -2.9, False, 21.0, (1.15, 1.5), -1, 0.5),
    Way("right-out", "person", 3.0, True, 19.0, (1.1, 1.45), 1, 0.5),
    Way("right-in", "person", 3.35, False, 15.0, (1.1, 1.5), 1, 0.55),
)


@dataclass(frozen=True, slots=True)
class Traveller:
    """Someone on the way at one moment.

    Attributes:
        heading: direction of travel, unit vector along x and y.
        gone_m: distance since setting out, which drives legs and wheels.
        draw: 16 bytes that fix all looks.
    """

    kind: Kind
    x: float
    y: float
    heading: tuple[float, float]
    gone_m: float
    speed: float
    draw: bytes


def travellers(seed: int, at_s: float, hour: float) -> list[Traveller]:
    """Returns everyone in sight at a time since the beginning, the farthest first; ``hour`` thins the night out."""
    found = [traveller for way in WAYS for traveller in _on(way, seed, at_s, hour)]
    return sorted(found, key=lambda traveller: -traveller.y)


def _on(way: Way, seed: int, at_s: float, hour: float) -> Iterator[Traveller]:
    length = _END_Y - _BEGIN_Y[way.kind] + _TURN_M[way.kind]
    longest_s = length / way.speed[0]
    first = math.floor((at_s - longest_s) / way.every_s)
    for slot in range(first, math.floor(at_s / way.every_s) + 1):
        draw = blake2s(f"{seed}:{way.name}:{slot}".encode(), digest_size=16).digest()
        begun_s = (slot + 0.25 * draw[0] / 255) * way.every_s
        speed = way.speed[0] + (way.speed[1] - way.speed[0]) * draw[1] / 255
        gone = (at_s - begun_s) * speed
        chance = way.chance * _bustle(hour - (at_s - begun_s) / 3600)
        if draw[2] / 255 < chance and 0 <= gone <= length:
            yield _placed(way, gone, length, speed, draw)


def _placed(way: Way, gone: float, length: float, speed: float, draw: bytes) -> Traveller:
    """Puts a traveller on the path: straight along the road, round the corner, along the side street."""
    x = way.x + (draw[3] / 255 - 0.5) * (0.35 if way.kind == "person" else 0.2)
    done = gone if way.away else length - gone
    bend, straight = 2.2, _END_Y - _BEGIN_Y[way.kind]
    over = done - straight
    if over <= 0:
        place, direction = (x, _BEGIN_Y[way.kind] + done), (0.0, 1.0)
    elif over < bend * math.pi / 2:
        angle = over / bend
        place = (x + way.turn * bend * (1 - math.cos(angle)), _END_Y + bend * math.sin(angle))
        direction = (way.turn * math.sin(angle), math.cos(angle))
    else:
        along = over - bend * math.pi / 2
        place, direction = (x + way.turn * (bend + along), _END_Y + bend), (float(way.turn), 0.0)
    if not way.away:
        direction = (-direction[0], -direction[1])
    return Traveller(way.kind, *place, direction, gone, speed, draw)


def _bustle(hour: float) -> float:
    """Returns how busy the street is: full by day, thin late at night."""
    hour %= 24
    if 7 <= hour < 20:
        return 1.0
    return 0.55 if 5.5 <= hour < 23 else 0.22
