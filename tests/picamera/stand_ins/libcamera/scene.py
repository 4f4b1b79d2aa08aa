"""What the simulated sensor sees: a still, detailed street, something that moves, and a private window."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]

WINDOW = (0.55, 0.10, 0.90, 0.45)
"""The private window: left, top, right, bottom, in parts of the picture."""
REFERENCE_US = 10_000
MIDDLE = (0.72, 0.27)
"""In the middle of the window, across and down."""


@lru_cache(maxsize=4)
def _street(width: int, height: int) -> tuple[Plane, Plane, Plane]:
    """Blocks of grey with hard edges, for the guard's landmarks; the same in every size."""
    generator = np.random.default_rng(7)
    small = generator.integers(40, 200, (24, 32), np.uint8)
    luma = cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)
    tint = cv2.resize(small, (width // 2, height // 2), interpolation=cv2.INTER_NEAREST)
    return np.asarray(luma, np.uint8), np.asarray(118 + tint // 16, np.uint8), np.asarray(122 + tint // 20, np.uint8)


def draw(flat: Plane, width: int, height: int, stride: int, *, number: int, behind: str, level: float) -> None:
    """Draws frame ``number`` into an I420 buffer; row padding gets what nobody promised, zeros least of all.

    Args:
        level: how bright it comes out; 1.0 is as drawn.
    """
    flat[:] = 0xA5
    luma, u, v = _street(width, height)
    rows, half = stride * height, stride * height // 4
    planes = (
        flat[:rows].reshape(height, stride)[:, :width],
        flat[rows : rows + half].reshape(height // 2, stride // 2)[:, : width // 2],
        flat[rows + half : rows + 2 * half].reshape(height // 2, stride // 2)[:, : width // 2],
    )
    ramp = np.clip(np.round((np.arange(256) - 16) * level) + 16, 16, 235).astype(np.uint8)
    planes[0][:] = cv2.LUT(luma, ramp)
    planes[1][:], planes[2][:] = u, v
    _walker(planes[0], number)
    for index, plane in enumerate(planes):
        _window(plane, index, number, behind)


def _walker(luma: Plane, number: int) -> None:
    """Something small that moves, so that no two pictures are the same."""
    height, width = luma.shape
    left = (number * 8) % (width // 2 - 32)
    luma[height * 3 // 4 : height * 3 // 4 + 24, left : left + 16] = 200


def _window(plane: Plane, index: int, number: int, behind: str) -> None:
    height, width = plane.shape
    left, top, right, bottom = WINDOW
    room = plane[int(top * height) : int(bottom * height), int(left * width) : int(right * width)]
    lit = 235 if behind == "a" else 60
    room[:] = (lit - (number * 5) % 40, 90, 200)[index]


def middle(flat: Plane, width: int, height: int, stride: int) -> int:
    """Returns the luma in the middle of the private window."""
    return int(flat[int(MIDDLE[1] * height) * stride + int(MIDDLE[0] * width)])
