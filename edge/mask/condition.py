"""What a painted picture says of the camera's view: dark, covered, out of focus; measured on luma alone.

Rules:
  1. Dark: hardly any light, and hardly any detail. Nothing is wrong with the camera, but nobody can tell what it sees.
  2. Covered: light, but hardly any detail.
  3. Out of focus: fine detail is weak beside coarse detail, compared with sign-off. The ratio does not depend on the
     exposure; a lens of twice the blur has less than half of it.
  4. Each must last ``LASTING_S`` before it is told: a lorry passes, a cloud comes.
  5. Focus is measured every ``FOCUS_EVERY_S`` only, and light only where detail is missing: either costs as much as
     all else that is done with a picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from edge.base.frame import Picture
from edge.mask.landmarks import Allowed

LASTING_S = 60.0
FOCUS_EVERY_S = 20.0
"""A lens that drifts does so over hours, and nobody is told within ``LASTING_S``."""
DARK_LEVEL = 30.0
"""Mean luma, 16 is black."""
LITTLE_DETAIL = 0.3
"""Of what the reference had."""
FOCUS_SHARE = 0.5
_FOCUS_WIDTH = 640
_FINE_PX, _MIDDLE_PX, _COARSE_PX = 1.0, 2.0, 6.0
_NO_DETAIL = 0.1
"""Grey levels: below it a ratio would be one of noise to noise."""


class Condition(StrEnum):
    """The view's condition."""

    CLEAR = "clear"
    DARK = "dark"
    COVERED = "covered"
    DEFOCUSED = "defocused"


def condition_of(
    seen: float, light: Callable[[], float], focus: Callable[[], float], focus_reference: float
) -> Condition:
    """Returns the condition of one picture; what does not decide is not measured.

    Args:
        seen: detail as a share of the reference's.
        light: measures the mean luma of the unpainted part.
        focus: measures the focus, as ``focus_of`` does.
        focus_reference: ``focus_of`` at sign-off.
    """
    if seen < LITTLE_DETAIL:
        return Condition.DARK if light() < DARK_LEVEL else Condition.COVERED
    return Condition.DEFOCUSED if focus() < FOCUS_SHARE * focus_reference else Condition.CLEAR


def light_of(luma: Picture, allowed: Allowed) -> float:
    """Returns the mean luma of what is not painted."""
    height, width = allowed.shape
    small = cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA)
    return float(small[allowed].mean()) if allowed.any() else 0.0


def focus_of(luma: Picture) -> float:
    """Returns fine detail over coarse detail of a luma plane; 0 where there is none. Paint has little of either."""
    height, width = luma.shape
    size = (_FOCUS_WIDTH, max(1, round(height * _FOCUS_WIDTH / width)))
    picture = cv2.resize(luma, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    fine = picture - cv2.GaussianBlur(picture, (0, 0), _FINE_PX)
    coarse = cv2.GaussianBlur(picture, (0, 0), _MIDDLE_PX) - cv2.GaussianBlur(picture, (0, 0), _COARSE_PX)
    weight = float(np.mean(np.abs(coarse)))
    return float(np.mean(np.abs(fine))) / weight if weight > _NO_DETAIL else 0.0


@dataclass(slots=True)
class Focus:
    """The focus as it was measured last (rule 5)."""

    _last: float = 0.0
    _next_ns: int = 0

    def of(self, luma: Picture, now_ns: int) -> float:
        """Returns ``focus_of`` of this luma plane, or of one at most ``FOCUS_EVERY_S`` older."""
        if now_ns >= self._next_ns:
            self._last, self._next_ns = focus_of(luma), now_ns + int(FOCUS_EVERY_S * 1e9)
        return self._last


@dataclass(slots=True)
class Lasting:
    """Tells a condition only once it has lasted, and clear at once."""

    told: Condition = Condition.CLEAR
    _seen: Condition = Condition.CLEAR
    _since_ns: int = 0

    def take(self, condition: Condition, now_ns: int) -> Condition:
        """Takes one picture's condition; returns the one to tell."""
        if condition is not self._seen:
            self._seen, self._since_ns = condition, now_ns
        if condition is Condition.CLEAR or now_ns - self._since_ns >= LASTING_S * 1e9:
            self.told = condition
        return self.told
