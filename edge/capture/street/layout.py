"""Where things stand in the street, and which of it is private."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Literal

import cv2
import numpy as np

from edge.capture.street.lens import Lens
from edge.capture.street.surfaces import Box, Colour

Kind = Literal["door", "window", "garden", "balcony", "other"]
Place = tuple[str, Kind, tuple[tuple[float, float], ...]]
"""Id, kind and polygon, normalised 0..1."""

ROAD_X = (-2.5, 2.5)
KERB_X = (-3.8, 3.9)
"""Where the pavement strips end and the plots begin."""
STREET_END = 118.0
CROSSING_Y = (61.0, 67.0)
"""The side street."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A door or window in a front, along the road from ``y[0]`` to ``y[1]``, ``z`` above the ground, metres.

    Attributes:
        private: id of its private place, where a mask covers it.
    """

    kind: Literal["door", "window", "balcony"]
    y: tuple[float, float]
    z: tuple[float, float]
    private: str = ""


@dataclass(frozen=True, slots=True)
class House:
    """One house: its front faces the road at ``front_x``, its near end faces the camera."""

    name: str
    front_x: float
    y: tuple[float, float]
    depth: float
    eaves: float
    ridge: float
    wall: Colour
    wall_texture: str
    roof: Colour
    openings: tuple[Opening, ...]
    accent: Colour | None = None

    @property
    def back_x(self) -> float:
        """Where it ends, away from the road."""
        return self.front_x + (self.depth if self.front_x > 0 else -self.depth)

    def box(self) -> Box:
        """Returns its body, for shadows."""
        low, high = sorted((self.front_x, self.back_x))
        return Box((low, self.y[0], 0.0), (high, self.y[1], self.eaves + 0.4 * (self.ridge - self.eaves)))


HOUSES: tuple[House, ...] = (
    House(
        "h1", 6.5, (11.2, 19.4), 8.0, 5.5, 7.6, (186, 212, 226), "siding", (92, 84, 80),
        (
            Opening("window", (12.3, 14.9), (0.55, 2.45), "window-1"),
            Opening("door", (17.2, 18.3), (0.3, 2.5), "door-1"),
            Opening("window", (12.7, 14.5), (3.45, 4.75), "window-2"),
            Opening("window", (16.6, 18.2), (3.55, 4.75), "window-3"),
        ),
    ),
    House(
        "h2", 7.2, (22.0, 29.4), 8.0, 5.7, 7.2, (222, 224, 224), "stucco", (70, 62, 58),
        (
            Opening("window", (22.9, 24.9), (0.7, 2.3), "window-4"),
            Opening("door", (26.9, 28.1), (0.2, 2.4), "door-2"),
            Opening("balcony", (22.6, 25.8), (3.0, 4.9), "balcony-1"),
            Opening("window", (27.0, 28.4), (3.6, 4.7)),
        ),
        (62, 92, 132),
    ),
    House(
        "h3", 6.4, (32.4, 39.6), 8.0, 5.4, 7.7, (128, 156, 176), "wood", (66, 74, 86),
        (
            Opening("window", (33.2, 35.2), (0.6, 2.3)),
            Opening("door", (37.0, 38.2), (0.2, 2.3)),
            Opening("window", (33.4, 35.0), (3.4, 4.6)),
            Opening("window", (36.8, 38.4), (3.4, 4.6)),
        ),
    ),
    House(
        "h4", 7.0, (42.0, 49.0), 8.0, 5.8, 7.4, (214, 206, 196), "siding", (88, 70, 58),
        (
            Opening("window", (43.0, 45.2), (0.6, 2.3)),
            Opening("window", (43.0, 45.0), (3.5, 4.7)),
            Opening("window", (46.4, 48.0), (3.5, 4.7)),
        ),
    ),
    House(
        "h5", 6.4, (51.4, 58.6), 8.0, 5.4, 7.6, (170, 196, 214), "stucco", (64, 72, 112),
        (
            Opening("window", (52.4, 54.6), (0.6, 2.3)),
            Opening("window", (52.6, 54.4), (3.4, 4.6)),
            Opening("window", (56.0, 57.6), (3.4, 4.6)),
        ),
    ),
    House("h6", 6.6, (69.0, 80.0), 9.0, 6.0, 7.8, (200, 206, 210), "stucco", (84, 80, 78), ()),
    House("h7", 6.2, (83.0, 96.0), 9.0, 5.6, 7.6, (150, 170, 186), "siding", (70, 70, 82), ()),
    House(
        "h8", -6.4, (15.0, 23.4), 8.0, 5.5, 7.5, (206, 214, 214), "siding", (84, 72, 64),
        (
            Opening("window", (17.0, 19.0), (0.7, 2.3), "window-5"),
            Opening("window", (17.0, 19.0), (3.5, 4.7), "window-6"),
            Opening("window", (20.6, 22.2), (3.5, 4.7), "window-7"),
        ),
    ),
    House(
        "h9", -6.0, (26.0, 33.4), 8.0, 5.6, 7.8, (150, 182, 204), "stucco", (62, 66, 92),
        (
            Opening("window", (27.4, 29.4), (0.7, 2.3)),
            Opening("window", (27.6, 29.4), (3.5, 4.7)),
            Opening("window", (30.8, 32.4), (3.5, 4.7)),
        ),
    ),
    House(
        "h10", -6.6, (36.0, 44.0), 8.0, 5.4, 7.2, (216, 218, 222), "stucco", (90, 84, 78),
        (Opening("window", (38.0, 40.0), (0.7, 2.3)), Opening("window", (38.0, 40.0), (3.4, 4.6))),
    ),
    House("h11", -6.0, (47.0, 57.0), 8.0, 5.6, 7.6, (170, 184, 196), "siding", (72, 66, 70), ()),
    House("h12", -6.4, (70.0, 84.0), 9.0, 6.2, 8.0, (196, 202, 204), "stucco", (74, 70, 72), ()),
)  # fmt: skip

GARDEN = Box((4.75, 11.5, 0.35), (6.4, 16.3, 1.35))
"""The first house's garden, behind its low hedge and in front of its wall, as high as what grows there."""


@cache
def private_places() -> tuple[Place, ...]:
    """Returns the doors, windows, balcony and garden of the nearer houses; the same for every picture size."""
    places: list[Place] = [("garden-1", "garden", _outline(GARDEN))]
    for house in HOUSES:
        for opening in house.openings:
            if opening.private:
                places.append((opening.private, opening.kind, _outline(_room(house, opening))))
    return tuple(sorted(places))


def _room(house: House, opening: Opening) -> Box:
    """Returns the space that an opening takes up: a balcony stands out from the front, a door or window does not."""
    out = 1.05 if opening.kind == "balcony" else 0.05
    return Box(
        (house.front_x - out, opening.y[0] - 0.12, opening.z[0] - 0.12),
        (house.front_x, opening.y[1] + 0.12, opening.z[1] + 0.12),
    )


def _outline(box: Box) -> tuple[tuple[float, float], ...]:
    """Returns the outline of a box in the picture, cut at the picture's edge."""
    corners = list(product(*zip(box.low, box.high, strict=True)))
    places, _ = Lens(1.0, 1.0).project(corners)
    hull = cv2.convexHull(np.clip(places, 0.0, 1.0))[:, 0].astype(np.float64).round(5)
    return tuple((float(x), float(y)) for x, y in hull)
