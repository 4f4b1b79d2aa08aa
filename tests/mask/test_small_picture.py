"""A frame's second, smaller picture: whatever shows a masked pixel of the first is painted in it, too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.base.frame import Frame, Geometry
from edge.mask.paint import Painter
from edge.mask.raster import Bits, Raster, from_luma, reduced
from tests.mask.samples import frame

SIZES = st.tuples(st.integers(8, 60), st.integers(8, 40)).map(lambda half: (2 * half[0], 2 * half[1]))
PARTS = st.tuples(st.floats(0.1, 1.0), st.floats(0.1, 1.0))


def small_of(size: tuple[int, int], part: tuple[float, float]) -> Geometry:
    width, height = (max(2, int(side * share) // 2 * 2) for side, share in zip(size, part, strict=True))
    return Geometry(width, height, width + 6)


def specks(size: tuple[int, int], seed: int) -> Raster:
    """A few single pixels, which a raster that rounds inwards loses."""
    bits: Bits = np.zeros((size[1], size[0]), np.bool_)
    generator = np.random.default_rng(seed)
    for _ in range(3):
        bits[generator.integers(size[1]), generator.integers(size[0])] = True
    return from_luma(bits)


def uncovered(raster: Raster, small: Bits) -> int:
    """How many masked pixels have some place in the small picture that is not masked."""
    (width, height), (rows, columns) = raster.size, small.shape
    missed = 0
    for y, x in np.argwhere(raster.y):
        shown = small[
            y * rows // height : -(-(y + 1) * rows // height), x * columns // width : -(-(x + 1) * columns // width)
        ]
        missed += not shown.all()
    return missed


@given(size=SIZES, part=PARTS, seed=st.integers(0, 2**32 - 1))
def test_every_place_that_shows_a_masked_pixel_is_masked(
    size: tuple[int, int], part: tuple[float, float], seed: int
) -> None:
    raster, geometry = specks(size, seed), small_of(size, part)
    assert uncovered(raster, reduced(raster, geometry).y) == 0


def test_the_same_look_finds_a_raster_that_takes_every_fourth_pixel() -> None:
    raster = specks((120, 80), 4)
    assert uncovered(raster, raster.y[::4, ::4]) > 0


def pair(small: Geometry) -> Frame:
    return replace(frame(Geometry(120, 80, 128)), small=frame(small, seed=2))


def test_the_painter_paints_both_and_nothing_else_of_the_small_one() -> None:
    geometry = Geometry(40, 28, 64)
    raster, seen = specks((120, 80), 7), pair(geometry)
    before = frame(geometry, seed=2)
    masked = reduced(raster, geometry)
    painted = Painter(raster, "", "").paint(seen).frame
    assert painted.small is not None
    planes, old = painted.small.planes(), before.planes()
    assert (planes.y[masked.y] == 16).all()
    assert (planes.u[masked.chroma] == 128).all() and (planes.v[masked.chroma] == 128).all()
    assert (planes.y[~masked.y] == old.y[~masked.y]).all()
    assert (painted.planes().y[raster.y] == 16).all()


def test_a_blanked_frame_has_a_blanked_small_picture() -> None:
    painted = Painter(specks((120, 80), 7), "", "").blank(pair(Geometry(40, 28, 64))).frame
    assert painted.small is not None
    planes = painted.small.planes()
    assert (np.unique(planes.y).tolist(), np.unique(planes.u).tolist(), np.unique(planes.v).tolist()) == (
        [16],
        [128],
        [128],
    )


def test_a_small_picture_of_another_size_gets_a_plan_of_its_own() -> None:
    painter = Painter(specks((120, 80), 7), "", "")
    for geometry in (Geometry(40, 28, 64), Geometry(60, 40, 60)):
        painted = painter.paint(pair(geometry)).frame
        assert painted.small is not None
        assert (painted.small.planes().y[reduced(painter.raster, geometry).y] == 16).all()
