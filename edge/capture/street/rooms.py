"""Which lamps and rooms are lit at which hour."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2s

import numpy as np

from edge.capture.street.light import LAMP, ROOM, Daylight, Light


def lit(circuits: Iterable[str], light: Daylight, seed: int) -> dict[str, Light]:
    """Returns what each circuit that is on gives off."""
    result: dict[str, Light] = {}
    for circuit in circuits:
        power = _power(circuit, light, seed)
        if power > 0:
            colour = LAMP if circuit in ("lamps", "vending") else ROOM
            result[circuit] = np.asarray(colour * power, np.float32)
    return result


def _power(circuit: str, light: Daylight, seed: int) -> float:
    if circuit == "lamps":
        return 9.0 * light.lamps
    if circuit == "vending":
        return 0.5 + 1.6 * light.lamps
    if circuit == "porch":
        return 2.5 * light.lamps
    return 2.2 * light.lamps * _home(circuit, light.hour, seed)


def _home(room: str, hour: float, seed: int) -> float:
    """Returns 1 while somebody is in the room with the light on: an evening of its own length, some early mornings."""
    draw = blake2s(f"{seed}:{room}".encode(), digest_size=3).digest()
    begin, end = 16.0 + draw[0] / 110, 21.0 + draw[1] / 60
    evening = begin <= hour < end or hour + 24 < end
    morning = draw[2] < 110 and 5.5 + draw[2] / 110 <= hour < 8.0
    return float((evening or morning) and draw[2] % 5 != 0)
