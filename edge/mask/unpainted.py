"""The pixels of a painted frame that show the street, neither masked nor under the text: all that health checks see."""

from __future__ import annotations

import math

from edge.base.frame import PaintedFrame, Picture
from edge.mask.raster import Raster
from edge.mask.text import TextBox

SAMPLES = 2000
"""About so many of a picture's pixels are looked at, in a grid."""


class UnpaintedPixels:
    """A grid of pixels that shows through the masks in force.

    Args:
        raster: the masked pixels.
        text_box: where the timestamp stands.
    """

    def __init__(self, raster: Raster, text_box: TextBox) -> None:
        seen = ~raster.y
        seen[text_box.grown(0)] = False
        step = max(1, round(math.sqrt(seen.size / SAMPLES)))
        self._grid = slice(None, None, step), slice(None, None, step)
        self._seen = seen[self._grid]

    def sample(self, painted: PaintedFrame) -> Picture:
        """Returns a copy of their luma, uint8, one row; empty where nothing shows."""
        luma: Picture = painted.frame.planes().y[self._grid][self._seen]
        return luma
