"""Which pixels a health check sees: none that is masked, none of the text."""

from __future__ import annotations

import numpy as np
import pytest

from edge.base.frame import Geometry, PaintedFrame
from edge.mask.raster import Raster
from edge.mask.text import TextBox
from edge.mask.unpainted import SAMPLES, UnpaintedPixels
from tests.mask.samples import soft

BOX = TextBox(left=8, top=8, width=400, height=40)


def raster(width: int, height: int) -> Raster:
    """Masks the right half."""
    y = np.zeros((height, width), np.bool_)
    y[:, width // 2 :] = True
    return Raster(y, y[::2, ::2], "00" * 32)


@pytest.mark.parametrize(("width", "height"), [(1280, 960), (640, 480)])
def test_sample_shows_neither_masks_nor_text(width: int, height: int) -> None:
    frame = soft(Geometry(width, height, width + 64))
    planes, masks = frame.planes(), raster(width, height)
    planes.y[...] = 100
    planes.y[masks.y] = 16
    planes.y[BOX.grown(0)] = 235
    sample = UnpaintedPixels(masks, BOX).sample(PaintedFrame(frame, "aa", "bb", blanked=False))
    assert set(sample.tolist()) == {100}
    assert 0.3 * SAMPLES < sample.size < 0.7 * SAMPLES


def test_sample_is_a_copy() -> None:
    """The camera writes its next picture into the same memory."""
    frame = soft(Geometry(640, 480, 640))
    pixels, painted = UnpaintedPixels(raster(640, 480), BOX), PaintedFrame(frame, "aa", "bb", blanked=False)
    before = pixels.sample(painted)
    kept = before.copy()
    frame.planes().y[...] ^= 255
    assert np.array_equal(before, kept) and not np.array_equal(pixels.sample(painted), kept)


def test_picture_that_is_masked_all_over_gives_no_sample() -> None:
    y = np.ones((480, 640), np.bool_)
    pixels = UnpaintedPixels(Raster(y, y[::2, ::2], "00" * 32), BOX)
    assert pixels.sample(PaintedFrame(soft(Geometry(640, 480, 640)), "aa", "bb", blanked=False)).size == 0
