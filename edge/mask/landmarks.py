"""Landmarks: small patches of what stands still and is not masked, and where a picture shows them.

A picture is looked at ``WORK_WIDTH`` pixels wide. From its luma a band of detail is kept (difference of two blurs) and
of that only the sign, where it is clear of noise: +1, -1, or 0. Signs stay when the light changes in strength; they
hold no picture that anybody could look at. A landmark is a patch of signs that stayed the same over several pictures,
has corners, and resembles nothing else within ``REACH``.

Positions and displacements are in work pixels (``scale`` pixels of the picture each).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.base.frame import Picture

WORK_WIDTH = 320
HALF = 10
"""A patch has 2 * HALF + 1 work pixels a side."""
REACH = 16
"""How far a landmark is looked for: 64 pixels of a picture 1280 wide."""
LANDMARKS_MAX = 32
SCORE_MIN = 0.6
"""Least normalised correlation of a find; unrelated patches reach 0.5 (``make lab-guard`` prints both)."""
_FINE_PX, _COARSE_PX = 1.0, 3.0
_CLEAR = 1.5
"""Detail below this, in grey levels, is noise."""
_STEADY = 0.6
_LIKENESS_MAX = 0.75
_CELL_PX = 24
_CORNER_MIN = 0.02

Signs = NDArray[np.float32]
"""float32 (work height, WORK_WIDTH): -1, 0 or 1."""
Allowed = NDArray[np.bool_]
"""bool (work height, WORK_WIDTH): False where the picture is painted."""
Finds = NDArray[np.float64]
"""float64 (n, 4): a landmark's own column and row, and how far from there it was seen, work pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Landmark:
    """One patch: its centre and its signs, float32 (2 * HALF + 1, 2 * HALF + 1)."""

    x: float
    y: float
    signs: Signs

    def is_within(self, allowed: Allowed) -> bool:
        """Whether the whole patch is allowed."""
        return bool(_patch(allowed, round(self.x), round(self.y), HALF).all())


def work_scale(width: int) -> float:
    """Returns how many pixels of a picture make a work pixel."""
    return width / WORK_WIDTH


class Signer:
    """Makes signs of pictures of one size, in memory of its own: asking for it at each look would cost more than these.

    Args:
        size: the pictures' width and height.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        width, height = size
        self._size = (WORK_WIDTH, max(1, round(height / work_scale(width))))
        self._small = np.empty(self._size[::-1], np.uint8)
        self._fine, self._coarse, self._signs = (np.empty(self._size[::-1], np.float32) for _ in range(3))

    def signs(self, luma: Picture) -> Signs:
        """Returns the signs of a luma plane, uint8 (height, width); the next call overwrites them."""
        fine, coarse, signs = self._fine, self._coarse, self._signs
        cv2.resize(luma, self._size, dst=self._small, interpolation=cv2.INTER_AREA)
        signs[:] = self._small
        cv2.GaussianBlur(signs, (0, 0), _FINE_PX, dst=fine)
        cv2.GaussianBlur(signs, (0, 0), _COARSE_PX, dst=coarse)
        detail = np.subtract(fine, coarse, out=fine)
        np.greater(detail, _CLEAR, out=signs)
        np.less(detail, -_CLEAR, out=coarse)
        signs -= coarse
        return signs


def density(signs: Signs, allowed: Allowed) -> float:
    """Returns which part of the allowed work pixels has a sign, 0 to 1: how much there is to see."""
    seen = int(np.count_nonzero(allowed))
    return int(np.count_nonzero(signs.astype(np.bool_) & allowed)) / seen if seen else 0.0


def learn(pictures: Sequence[Signs], allowed: Allowed) -> tuple[Landmark, ...]:
    """Returns the landmarks of pictures taken one after another, the best first; few or none where there is little."""
    mean = np.mean(pictures, axis=0)
    steady: Signs = (mean > _STEADY).astype(np.float32) - (mean < -_STEADY).astype(np.float32)
    worth = _worth(steady, allowed)
    found: list[Landmark] = []
    for x, y in _best_first(worth):
        patch = _patch(steady, x, y, HALF)
        if _is_distinct(_patch(steady, x, y, HALF + REACH), patch):
            found.append(Landmark(float(x), float(y), patch.copy()))
        if len(found) == LANDMARKS_MAX:
            break
    return tuple(found)


def find(landmarks: Sequence[Landmark], signs: Signs) -> Finds:
    """Returns where the landmarks are seen within ``REACH``, to parts of a work pixel; those not seen are left out."""
    found = []
    for landmark in landmarks:
        x, y = round(landmark.x), round(landmark.y)
        scores = cv2.matchTemplate(_patch(signs, x, y, HALF + REACH), landmark.signs, cv2.TM_CCORR_NORMED)
        _, best, _, (column, row) = cv2.minMaxLoc(scores)
        if best >= SCORE_MIN:
            dx = column - REACH + _peak(scores[row], column) + x - landmark.x
            dy = row - REACH + _peak(scores[:, column], row) + y - landmark.y
            found.append((landmark.x, landmark.y, dx, dy))
    return np.array(found, np.float64).reshape(-1, 4)


def _worth(steady: Signs, allowed: Allowed) -> NDArray[np.float32]:
    """Returns how good a landmark each work pixel would be the centre of; 0 where its patch is not all allowed."""
    side = 2 * HALF + 1
    corners = cv2.cornerMinEigenVal(steady, side) * cv2.boxFilter(np.abs(steady), -1, (side, side))
    free = cv2.erode(allowed.astype(np.uint8), np.ones((side, side), np.uint8), borderValue=0)
    worth: NDArray[np.float32] = np.where(free > 0, corners, 0).astype(np.float32)
    rim = HALF + REACH
    worth[:rim], worth[-rim:], worth[:, :rim], worth[:, -rim:] = 0, 0, 0, 0
    return worth


def _best_first(worth: NDArray[np.float32]) -> Iterator[tuple[int, int]]:
    """Yields column and row of the best place, then of the best that is not near one before."""
    least = _CORNER_MIN * float(worth.max(initial=0))
    while True:
        row, column = divmod(int(worth.argmax()), worth.shape[1])
        if worth[row, column] <= least:
            return
        yield column, row
        reach = _CELL_PX // 2
        worth[max(0, row - reach) : row + reach, max(0, column - reach) : column + reach] = 0


def _is_distinct(window: Signs, patch: Signs) -> bool:
    """Whether nothing else in the window resembles the patch: what repeats could be taken for itself, moved."""
    scores = cv2.matchTemplate(window, patch, cv2.TM_CCORR_NORMED)
    scores[REACH - 3 : REACH + 4, REACH - 3 : REACH + 4] = 0
    return float(scores.max()) < _LIKENESS_MAX


def _patch(signs: NDArray[Any], x: int, y: int, half: int) -> NDArray[Any]:
    return signs[y - half : y + half + 1, x - half : x + half + 1]


def _peak(scores: Any, index: int) -> float:
    """Returns where between its neighbours a maximum lies, by the parabola through the three."""
    if not 0 < index < len(scores) - 1:
        return 0.0
    left, middle, right = scores[index - 1 : index + 2].tolist()
    bend = left - 2 * middle + right
    return 0.5 * (left - right) / bend if bend < 0 else 0.0
