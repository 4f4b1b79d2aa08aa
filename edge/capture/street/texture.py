"""Patterns of the street's surfaces: tiles of brightness around 1, drawn from a seed."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

Tile = NDArray[np.float32]
"""float32 (256, 256), repeats without a seam; rows run along the surface's second direction."""

TEXELS = 256
_SIZE_M = {
    "asphalt": 4.0,
    "block": 3.2,
    "grass": 2.0,
    "leaves": 2.4,
    "paving": 2.4,
    "siding": 2.7,
    "stucco": 3.0,
    "tiles": 2.24,
    "wood": 1.92,
}


def size_m(name: str) -> float:
    """Returns how many metres one tile spans."""
    return _SIZE_M[name]


@cache
def tile(name: str) -> Tile:
    """Returns a pattern by its name."""
    generator = np.random.default_rng(sum(name.encode()))
    return _PATTERNS[name](generator).astype(np.float32)


def smooth(generator: np.random.Generator, cells: int, size: int = TEXELS) -> Tile:
    """Returns seamless soft noise, about -1 to 1, with that many bumps across."""
    coarse = generator.standard_normal((cells, cells)).astype(np.float32)
    wrapped = np.pad(coarse, 4, mode="wrap")
    scale = size // cells
    grown = cv2.resize(wrapped, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    inner = grown[4 * scale : 4 * scale + cells * scale, 4 * scale : 4 * scale + cells * scale]
    return np.asarray(inner / 1.6, np.float32)


def _asphalt(generator: np.random.Generator) -> Tile:
    grain = generator.standard_normal((TEXELS, TEXELS))
    return np.asarray(1 + 0.07 * grain + 0.05 * smooth(generator, 4) + 0.05 * smooth(generator, 32), np.float32)


def _stucco(generator: np.random.Generator) -> Tile:
    return np.asarray(1 + 0.03 * smooth(generator, 128) + 0.03 * smooth(generator, 8), np.float32)


def _joints(generator: np.random.Generator, rows: int, columns: int, *, broken: bool, depth: float) -> Tile:
    """Returns bricks or slabs with joints, each a little brighter or darker than the next."""
    tones = 1 + 0.07 * generator.standard_normal((rows, columns))
    height, width = TEXELS // rows, TEXELS // columns
    wall = np.kron(tones, np.ones((height, width)))
    for row in range(rows):
        band = wall[row * height : (row + 1) * height]
        band[:, ::width] *= 1 - depth
        band[0] *= 1 - depth
        if broken and row % 2:
            band[:] = np.roll(band, width // 2, axis=1)
    return np.asarray(wall + 0.03 * generator.standard_normal(wall.shape), np.float32)


def _leaves(generator: np.random.Generator) -> Tile:
    clumps = 0.30 * smooth(generator, 16) + 0.34 * smooth(generator, 64) + 0.10 * smooth(generator, 4)
    return np.asarray(np.clip(0.92 + clumps, 0.35, 1.6), np.float32)


def _grass(generator: np.random.Generator) -> Tile:
    return np.asarray(1 + 0.16 * smooth(generator, 128) + 0.14 * smooth(generator, 8), np.float32)


def _siding(generator: np.random.Generator) -> Tile:
    rows = np.arange(TEXELS) % 16
    board = np.where(rows < 2, 0.72, 0.98 + 0.04 * rows / 16)
    return np.asarray(board[:, None] + 0.015 * generator.standard_normal((TEXELS, TEXELS)), np.float32)


def _tiles(generator: np.random.Generator) -> Tile:
    row, column = np.mgrid[0:TEXELS, 0:TEXELS] % 32
    wave = 0.86 + 0.26 * np.sin(np.pi * column / 32)
    tones = np.kron(1 + 0.07 * generator.standard_normal((8, 8)), np.ones((32, 32)))
    return np.asarray(wave * np.where(row < 5, 0.62, 1.0) * tones, np.float32)


def _wood(generator: np.random.Generator) -> Tile:
    boards = np.kron(1 + 0.10 * generator.standard_normal((1, 16)), np.ones((TEXELS, 16)))
    boards[:, ::16] *= 0.6
    grain = cv2.resize(
        generator.standard_normal((8, TEXELS)).astype(np.float32), (TEXELS, TEXELS), interpolation=cv2.INTER_CUBIC
    )
    return np.asarray(boards + 0.05 * grain, np.float32)


_PATTERNS = {
    "asphalt": _asphalt,
    "block": lambda generator: _joints(generator, 16, 8, broken=True, depth=0.22),
    "grass": _grass,
    "leaves": _leaves,
    "paving": lambda generator: _joints(generator, 8, 8, broken=True, depth=0.16),
    "siding": _siding,
    "stucco": _stucco,
    "tiles": _tiles,
    "wood": _wood,
}
