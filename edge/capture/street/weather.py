"""Rain in the air and on the ground, and the sensor's noise."""

from __future__ import annotations

import cv2
import numpy as np

from edge.base.frame import Picture, Planes

_MARGIN = 64


class Weather:
    """Tiles made once; every frame shows another part of them, chosen by its number.

    Args:
        size: width and height of the picture.
        rain: 0 to 1.
    """

    def __init__(self, size: tuple[int, int], seed: int, rain: float) -> None:
        self._seed = seed
        self._rain = rain
        generator = np.random.default_rng(seed)
        width, height = size[0] + _MARGIN, size[1] + _MARGIN
        grain = generator.normal(0.0, 1.0, (height, width)).astype(np.float32)
        self._brighter = np.clip(np.rint(grain), 0, 255).astype(np.uint8)
        self._darker = np.clip(np.rint(-grain), 0, 255).astype(np.uint8)
        self._streaks = _streaks(generator, width, height, rain) if rain > 0 else None

    def apply(self, planes: Planes, number: int, night: float) -> None:
        """Adds rain and noise to a picture's luma."""
        generator = np.random.default_rng((self._seed, number))
        if self._streaks is not None:
            self._splashes(planes.y, generator)
            _add(planes.y, _part(self._streaks, planes.y.shape, generator))
        cv2.subtract(planes.y, _part(self._darker, planes.y.shape, generator), dst=planes.y)
        _add(planes.y, _part(self._brighter, planes.y.shape, generator))
        if night > 0.5:
            cv2.subtract(planes.y, _part(self._darker, planes.y.shape, generator), dst=planes.y)
            _add(planes.y, _part(self._brighter, planes.y.shape, generator))

    def _splashes(self, luma: Picture, generator: np.random.Generator) -> None:
        """Draws the small rings of drops on the ground."""
        height, width = luma.shape
        for _ in range(round(70 * self._rain)):
            down = generator.uniform(0.36, 1.0)
            x, y = generator.uniform(0.12, 0.86) * width, down * height
            size = (down - 0.25) * 0.012 * width
            place = (round(x), round(y)), (max(1, round(size)), max(1, round(size * 0.4)))
            tone = min(235, int(luma[min(height - 1, round(y)), min(width - 1, round(x))]) + 24)
            cv2.ellipse(luma, *place, 0, 0, 360, tone, 1, cv2.LINE_AA)


def _add(luma: Picture, tile: Picture) -> None:
    cv2.add(luma, tile, dst=luma)


def _part(tile: Picture, shape: tuple[int, ...], generator: np.random.Generator) -> Picture:
    top, left = (int(part) for part in generator.integers(0, _MARGIN, 2))
    return tile[top : top + shape[0], left : left + shape[1]]


def _streaks(generator: np.random.Generator, width: int, height: int, rain: float) -> Picture:
    """Returns falling drops as short slanted lines, few near and bright, many far and faint."""
    tile = np.zeros((height, width), np.uint8)
    scale = height / 960
    for count, length, tone in ((1400, 26, 20), (500, 52, 30), (140, 100, 36)):
        for _ in range(round(count * rain)):
            x, y = generator.uniform(0, width), generator.uniform(-60, height)
            long = length * scale * generator.uniform(0.7, 1.3)
            end = (round(x - 0.12 * long), round(y + long))
            cv2.line(tile, (round(x), round(y)), end, tone, 1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(tile, (0, 0), 0.7), np.uint8)
