"""Trees, shrubs and the wooded hill behind the street."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from edge.capture.street.lens import EYE
from edge.capture.street.surfaces import Box, Colour, Corner, Surface, shade


@dataclass(frozen=True, slots=True)
class Plant:
    """A crown of leaves: its middle, its radius and how high it is for its width; trees have a trunk below."""

    x: float
    y: float
    z: float
    radius: float
    tall: float = 1.0
    colour: Colour = (52, 104, 70)
    trunk: bool = True


PLANTS: tuple[Plant, ...] = (
    Plant(5.2, 9.9, 0.9, 0.55, 0.9, (64, 122, 84), trunk=False),
    Plant(5.6, 12.2, 0.75, 0.42, 0.8, (70, 130, 100), trunk=False),
    Plant(5.7, 14.0, 0.7, 0.40, 0.8, (60, 112, 70), trunk=False),
    Plant(5.8, 15.6, 0.85, 0.45, 1.0, (58, 116, 92), trunk=False),
    Plant(5.2, 21.2, 0.9, 0.5, 1.1, (48, 108, 74), trunk=False),
    Plant(5.3, 31.4, 2.9, 1.2, 1.2, (52, 98, 62)),
    Plant(5.4, 40.8, 3.6, 1.5, 1.2, (46, 92, 66)),
    Plant(5.6, 50.2, 3.2, 1.5, 1.1, (60, 110, 76)),
    Plant(-5.3, 24.9, 3.9, 1.7, 1.15, (50, 100, 66)),
    Plant(-5.2, 35.0, 3.4, 1.4, 1.2, (58, 112, 84)),
    Plant(-5.4, 45.6, 4.0, 1.7, 1.1, (46, 94, 64)),
    Plant(-5.0, 58.4, 3.8, 1.8, 1.1, (50, 100, 74)),
    Plant(6.0, 82.0, 4.2, 2.2, 1.1, (50, 96, 70)),
    Plant(-4.0, 112.0, 4.6, 4.0, 1.0, (54, 98, 74)),
    Plant(3.0, 116.0, 5.0, 4.5, 1.0, (50, 92, 70)),
)


def plant(it: Plant) -> list[Surface]:
    """Returns a crown as overlapping clumps of leaves, dark below and inside, light above."""
    generator = np.random.default_rng(round(100 * (it.x + 50) + it.y))
    parts = _trunk(it) if it.trunk else []
    clumps = 46 if it.radius > 0.7 else 20
    for step in range(clumps):
        height = step / (clumps - 1) * 2 - 1
        spread = math.sqrt(max(0.0, 1 - height * height)) * it.radius * 0.85
        angle = generator.uniform(0, 2 * math.pi)
        reach = spread * math.sqrt(generator.uniform(0.1, 1.0))
        x, y = it.x + reach * math.cos(angle), it.y + reach * math.sin(angle)
        tone = (0.72 + 0.26 * (height + 1) / 2) * generator.uniform(0.86, 1.12)
        size = it.radius * generator.uniform(0.26, 0.42)
        corners = _clump(x, y, it.z + height * it.radius * it.tall, size, generator)
        side = ((x - it.x) / it.radius, (y - it.y) / it.radius, height + 0.4)
        parts.append(Surface(corners, shade(it.colour, tone), "leaves", normal=side, catches_shadow=it.y < 60))
    return parts


def hill() -> list[Surface]:
    """Returns the far end: a wooded hill and a few roofs before it."""
    xs = np.linspace(-190, 260, 60)
    heights = 17 + 9 * np.sin(xs / 41) + 5 * np.sin(xs / 17 + 1) + 1.2 * np.sin(xs / 3.1)
    top: list[Corner] = [(float(x), 300.0, float(z)) for x, z in zip(xs, heights, strict=True)]
    parts = [Surface(((260.0, 300.0, -2.0), (-190.0, 300.0, -2.0), *top), (66, 96, 76), "leaves", normal=(0, -1, 1))]
    for x, y, width, high in ((-30, 150, 26, 10), (18, 140, 22, 9), (52, 160, 34, 14), (-70, 170, 40, 12)):
        corners = ((x, y, 0.0), (x + width, y, 0.0), (x + width, y, float(high)), (x, y, float(high)))
        parts.append(Surface(corners, (176, 178, 180), "stucco", catches_shadow=False))
    return parts


def boxes() -> list[Box]:
    """Returns blocks that throw shadows about as large as the crowns'."""
    result: list[Box] = []
    for it in PLANTS:
        side, up = it.radius * 0.75, it.radius * it.tall * 0.8
        result.append(Box((it.x - side, it.y - side, it.z - up), (it.x + side, it.y + side, it.z + up)))
    return result


def _trunk(it: Plant) -> list[Surface]:
    half, top = 0.07 * it.radius + 0.03, it.z - 0.2 * it.radius
    corners = (
        (it.x - half * 1.3, it.y, 0.0),
        (it.x + half * 1.3, it.y, 0.0),
        (it.x + half, it.y, top),
        (it.x - half, it.y, top),
    )
    return [Surface(corners, (58, 74, 92), "wood")]


def _clump(x: float, y: float, z: float, size: float, generator: np.random.Generator) -> tuple[Corner, ...]:
    """Returns an uneven disc that faces the camera."""
    away = np.array((x, y), np.float32) - EYE[:2]
    right = np.array((away[1], -away[0])) / np.linalg.norm(away)
    corners: list[Corner] = []
    for angle in np.linspace(0, 2 * np.pi, 11, endpoint=False):
        radius = size * generator.uniform(0.72, 1.2)
        side, up = radius * math.cos(angle), radius * math.sin(angle)
        corners.append((x + side * float(right[0]), y + side * float(right[1]), z + up))
    return tuple(corners)
