"""Whether a camera still looks where its masks were drawn: one picture's answer, a pure decision.

Rules:
  1. Landmarks that are found and agree on one movement tell how far the picture has moved. Up to ``MARGIN_SHARE`` of
     the smallest mask margin that is in place: what was drawn around is covered still, and a pole may sway.
  2. Few landmarks are enough: people and vehicles may hide the others. In a picture of another place none are found.
  3. Where none agree although there is enough to see, the camera looks elsewhere or something fills its view: lost.
  4. Where there is little to see (night without a lamp, fog, a covered lens) nobody can tell: unverifiable.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.mask.landmarks import Finds

MARGIN_SHARE = 0.75
QUORUM = 5
_MODEL_QUORUM = 10
"""With as many, a turn or zoom is known well enough to say how far the masked places moved, not the landmarks alone."""
_AGREE_PX = 1.5
"""Work pixels within which a find agrees with a movement."""
_AGREED_SHARE = 0.6
_SEEN_SHARE = 0.3
"""Of the detail that the reference had: below it there is too little to see."""


class Sight(StrEnum):
    """What one look says."""

    IN_PLACE = "in-place"
    MOVED = "moved"
    LOST = "lost"
    UNVERIFIABLE = "unverifiable"

    @property
    def trusted(self) -> bool:
        """Whether footage of this moment may be kept: masks cover what they should, or nobody can tell otherwise."""
        return self in (Sight.IN_PLACE, Sight.UNVERIFIABLE)


@dataclass(frozen=True, slots=True)
class Look:
    """One look.

    Attributes:
        found: landmarks that agree, of ``known``.
        moved_px: how far the picture has moved, in its own pixels; 0 where that cannot be told.
        dx, dy: the movement's middle, work pixels.
    """

    sight: Sight
    found: int
    known: int
    moved_px: float = 0.0
    dx: float = 0.0
    dy: float = 0.0

    @property
    def words(self) -> str:
        """What it says, for a message."""
        if self.sight is Sight.MOVED:
            return f"moved by {self.moved_px:.0f} pixels ({self.found} of {self.known} landmarks agree)"
        return f"{self.sight} ({self.found} of {self.known} landmarks found)"


Movement = NDArray[np.float64]
"""float64 (2, 3): an affine matrix, work pixels."""
Points = NDArray[np.float32]
"""float32 (n, 2): columns and rows, work pixels."""


def judge(finds: Finds, known: int, *, masked: Points, seen: float, scale: float, limit_px: float) -> Look:
    """Returns what a picture's finds say.

    Args:
        known: landmarks that were looked for.
        masked: the outermost masked points: they must not have moved further than the limit.
        seen: detail in the picture as a share of the reference's.
        scale: pixels of the picture a work pixel.
        limit_px: how far it may have moved, in its own pixels.
    """
    agreed, movement = _agreed(finds)
    if len(agreed) >= QUORUM:
        moved_px = _furthest(agreed, movement, masked) * scale
        dx, dy = np.sort(agreed[:, 2:], axis=0)[len(agreed) // 2].tolist()
        sight = Sight.MOVED if moved_px > limit_px else Sight.IN_PLACE
        return Look(sight, len(agreed), known, moved_px, dx, dy)
    return Look(Sight.LOST if seen >= _SEEN_SHARE else Sight.UNVERIFIABLE, len(agreed), known)


def _agreed(finds: Finds) -> tuple[Finds, Movement | None]:
    """Returns the finds that one shift, turn and zoom explains, and that; none where most contradict it."""
    none = finds[:0]
    if len(finds) < QUORUM:
        return none, None
    before, apart = finds[:, :2].astype(np.float32), finds[:, 2:].astype(np.float32)
    movement, agrees = cv2.estimateAffinePartial2D(
        before, before + apart, method=cv2.RANSAC, ransacReprojThreshold=_AGREE_PX
    )
    if movement is None:
        return none, None
    kept = finds[agrees.ravel() > 0]
    return (kept, np.asarray(movement, np.float64)) if len(kept) >= _AGREED_SHARE * len(finds) else (none, None)


def _furthest(agreed: Finds, movement: Movement | None, masked: Points) -> float:
    """Returns how far, in work pixels, most landmarks moved, or a masked place where that is further."""
    distances = np.sort(np.hypot(agreed[:, 2], agreed[:, 3]))
    furthest = float(distances[-(len(distances) // 10) - 1])
    if movement is None or len(agreed) < _MODEL_QUORUM or not len(masked):
        return furthest
    moved = masked @ movement[:, :2].T + movement[:, 2] - masked
    return max(furthest, float(np.hypot(moved[:, 0], moved[:, 1]).max()))
