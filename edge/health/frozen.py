"""Whether the camera sends the same picture again and again while it numbers on.

Rules:
  1. A picture whose samples are bit for bit the same for ``FROZEN_AFTER_S`` is frozen; one sample that differs ends
     it. A sensor's noise alone changes some of 2,000 pixels from frame to frame, at night, too.
  2. A picture without contrast (fog, a covered lens, darkness that the camera clips to black) cannot be told from a
     frozen one: it is not called frozen.
  3. Only the camera's picture counts: no sample, or a picture painted over entirely, says nothing.
"""

from __future__ import annotations

import numpy as np

from edge.base.frame import Picture

FROZEN_AFTER_S = 10
CONTRAST = 16
"""Levels of luma between the darkest and the brightest sample; a picture with fewer has no contrast."""
_LOOK_NS = 1_000_000_000


class FrozenPicture:
    """Remembers the last sample and since when there was no other."""

    def __init__(self) -> None:
        self._last: Picture | None = None
        self._since_ns = self._next_ns = 0

    def due(self, mono_ns: int) -> bool:
        """Whether a frame of that time should be looked at: one a second is enough, for what is frozen is so in all."""
        return mono_ns >= self._next_ns

    def look(self, sample: Picture | None, mono_ns: int) -> int:
        """Returns for how many seconds the picture has been frozen; 0 where it is not.

        Args:
            sample: luma, uint8, one row, of the same pixels each time; None where the camera's picture is not seen.
            mono_ns: the frame's monotonic time.
        """
        self._next_ns = mono_ns + _LOOK_NS
        if sample is None or self._last is None or not np.array_equal(sample, self._last):
            self._last, self._since_ns = sample, mono_ns
            return 0
        still_s = (mono_ns - self._since_ns) // 1_000_000_000
        return still_s if still_s >= FROZEN_AFTER_S and _has_contrast(sample) else 0


def _has_contrast(sample: Picture) -> bool:
    return bool(sample.size) and int(sample.max()) - int(sample.min()) >= CONTRAST
