"""Rasters against an oracle that asks each pixel's square by itself, in integers."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from edge.base.frame import Geometry
from edge.mask.polygon import MICRO, Point, Polygon, Side, fault, sides
from edge.mask.raster import Bits, from_luma, rasterise, spread, touched, whole, whole_blocks
from tests.mask.samples import TRIANGLE, document, mask, micro, parsed, rectangle

SIZES = st.tuples(st.integers(1, 9).map(lambda n: 2 * n), st.integers(1, 7).map(lambda n: 2 * n))


@st.composite
def polygons(draw: st.DrawFn) -> tuple[Polygon, int, int]:
    """Draws a picture's size and a sound polygon, its points often exactly on borders of pixels."""
    width, height = draw(SIZES)
    column = st.one_of(st.integers(0, MICRO), st.integers(0, width).map(lambda n: n * MICRO // width))
    row = st.one_of(st.integers(0, MICRO), st.integers(0, height).map(lambda n: n * MICRO // height))
    points = draw(st.lists(st.tuples(column, row), min_size=3, max_size=8, unique=True))
    polygon = tuple(points if draw(st.booleans()) else around_their_middle(points))
    assume(fault(polygon) is None)
    return polygon, width, height


def around_their_middle(points: list[Point]) -> list[Point]:
    """Orders points into an outline that seldom crosses itself."""
    x, y = (sum(point[axis] for point in points) / len(points) for axis in (0, 1))
    return sorted(points, key=lambda point: math.atan2(point[1] - y, point[0] - x))


def touched_by_definition(polygon: Polygon, width: int, height: int) -> Bits:
    """A closed square and a closed polygon meet when one holds a corner of the other, or two of their sides meet."""
    outline = tuple((x * width, y * height) for x, y in polygon)
    result = np.zeros((height, width), np.bool_)
    for row, column in product(range(height), range(width)):
        left, top, right, bottom = (n * MICRO for n in (column, row, column + 1, row + 1))
        square = ((left, top), (right, top), (right, bottom), (left, bottom))
        result[row, column] = (
            any(left <= x <= right and top <= y <= bottom for x, y in outline)
            or holds(outline, square[0])
            or any(meet(a, b) for a, b in product(sides(outline), sides(square)))
        )
    return result


def turn(a: Point, b: Point, c: Point) -> int:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def meet(one: Side, other: Side) -> bool:
    """Bounding boxes overlap and neither segment lies on one side of the other's line."""
    for axis in (0, 1):
        if max(min(p[axis] for p in one), min(p[axis] for p in other)) > min(
            max(p[axis] for p in one), max(p[axis] for p in other)
        ):
            return False
    astride = turn(*one, other[0]) * turn(*one, other[1]) <= 0
    return astride and turn(*other, one[0]) * turn(*other, one[1]) <= 0


def holds(outline: Polygon, point: Point) -> bool:
    """Winding number, which the raster does not use; points on the outline are found by ``meet``."""
    winding = 0
    for a, b in sides(outline):
        if a[1] <= point[1] < b[1] and turn(a, b, point) > 0:
            winding += 1
        if b[1] <= point[1] < a[1] and turn(a, b, point) < 0:
            winding -= 1
    return winding != 0


@given(polygons())
@example((micro(rectangle(0.25, 0.25, 0.5, 0.5)), 8, 8))
@example((micro(rectangle(0, 0, 1, 1)), 2, 2))
@example((micro([[0.5, 0.5], [0.500001, 0.5], [0.5, 0.500001]]), 4, 4))
def test_every_touched_pixel_is_masked_and_no_other(case: tuple[Polygon, int, int]) -> None:
    assert np.array_equal(touched(*case), touched_by_definition(*case))


@given(polygons())
def test_pictures_too_large_for_64_bits_use_the_same_arithmetic(case: tuple[Polygon, int, int]) -> None:
    expected = touched(*case)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("edge.mask.raster._INT64_PIXELS", 0)
        assert np.array_equal(touched(*case), expected)


def test_large_picture_does_not_overflow() -> None:
    width, height = 3840, 2160
    bits = touched(micro([[0, 0], [1, 0], [1, 1]]), width, height)
    for row in range(0, height, 36):
        first = max(-(-row * 16 // 9) - 1, 0)
        assert np.array_equal(np.flatnonzero(bits[row]), np.arange(first, width))


def test_pixels_that_share_only_a_border_are_touched() -> None:
    bits = touched(micro(rectangle(0.25, 0.25, 0.5, 0.5)), 8, 8)
    assert np.array_equal(np.flatnonzero(bits.any(axis=0)), [1, 2, 3, 4])


def test_sliver_narrower_than_a_pixel_is_masked() -> None:
    bits = touched(micro([[0.1, 0.1], [0.9, 0.100001], [0.9, 0.100002]]), 100, 100)
    assert np.count_nonzero(bits) > 75


@given(st.integers(0, 2**32 - 1), SIZES, st.integers(0, 10))
def test_margin_reaches_across_and_down(seed: int, size: tuple[int, int], margin_px: int) -> None:
    width, height = size
    bits = np.random.default_rng(seed).random((height, width)) < 0.05
    expected = np.zeros_like(bits)
    for row, column in np.argwhere(bits):
        rows = slice(max(row - margin_px, 0), row + margin_px + 1)
        expected[rows, max(column - margin_px, 0) : column + margin_px + 1] = True
    assert np.array_equal(spread(bits, margin_px), expected)


@given(st.integers(0, 2**32 - 1), SIZES)
def test_blocks_that_hold_a_masked_pixel_are_masked_whole(seed: int, size: tuple[int, int]) -> None:
    width, height = size
    bits = np.random.default_rng(seed).random((height, width)) < 0.02
    grown = whole_blocks(bits)
    for row, column in product(range(height), range(width)):
        top, left = row // 8 * 8, column // 8 * 8
        assert grown[row, column] == bits[top : top + 8, left : left + 8].any()


@given(polygons(), st.integers(4, 12))
def test_mask_covers_its_polygon_and_margin(case: tuple[Polygon, int, int], margin_px: int) -> None:
    polygon, width, height = case
    drawn = mask(margin_px=margin_px, polygon=[[x / MICRO, y / MICRO] for x, y in polygon])
    raster = rasterise(parsed(document(drawn)), Geometry(width, height, width))
    assert not np.any(spread(touched(polygon, width, height), margin_px) & ~raster.y)


@given(st.integers(0, 2**32 - 1), SIZES)
def test_chroma_is_masked_where_any_of_its_four_luma_pixels_is(seed: int, size: tuple[int, int]) -> None:
    width, height = size
    luma = np.random.default_rng(seed).random((height, width)) < 0.2
    raster = from_luma(luma)
    for row, column in product(range(height // 2), range(width // 2)):
        four = luma[2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
        assert raster.chroma[row, column] == four.any()  # R-MATSUDO-13


def test_each_mask_has_its_own_margin() -> None:
    narrow = mask(id="a", margin_px=4, polygon=rectangle(0.1, 0.1, 0.2, 0.9))
    wide = mask(id="b", margin_px=20, polygon=rectangle(0.6, 0.1, 0.7, 0.9))
    columns = np.flatnonzero(rasterise(parsed(document(narrow, wide)), Geometry(200, 100, 256)).y[50])
    # touched 19..40 and 119..140 with their margins, then whole blocks of 8
    assert np.array_equal(columns, [*range(8, 48), *range(96, 168)])


def test_raster_is_of_the_picture_not_of_its_stride() -> None:
    masks = parsed(document())
    tight, padded = (rasterise(masks, Geometry(64, 48, stride)) for stride in (64, 96))
    assert tight.digest == padded.digest
    assert tight.size == (64, 48)


def test_no_masks_mask_nothing() -> None:
    raster = rasterise(parsed(document(masks=[], none_needed="wall")), Geometry(64, 48, 64))
    assert raster.share == 0


def test_whole_picture_is_masked() -> None:
    assert whole(Geometry(64, 48, 64)).share == 1
    assert whole(Geometry(64, 48, 64)).chroma.all()


def test_digest_tells_size_and_every_pixel_apart() -> None:
    base = np.zeros((4, 6), np.bool_)
    digests = {from_luma(base).digest, from_luma(base.reshape(6, 4)).digest}
    for pixel in range(base.size):
        changed = base.copy()
        changed.flat[pixel] = True
        digests.add(from_luma(changed).digest)
    assert len(digests) == base.size + 2


def test_raster_cannot_be_changed() -> None:
    raster = rasterise(parsed(document()), Geometry(64, 48, 64))
    for bits in (raster.y, raster.chroma):
        with pytest.raises(ValueError, match="read-only"):
            bits[0, 0] = True


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_smaller_picture_masks_at_least_what_the_larger_does(scale: int) -> None:
    """The low-resolution picture beside the main one (lores) shows nothing that the main picture hides."""
    masks = parsed(document(mask(polygon=TRIANGLE, margin_px=8)))
    large = rasterise(masks, Geometry(64 * scale, 48 * scale, 64 * scale)).y
    small = rasterise(masks, Geometry(64, 48, 64)).y
    assert not np.any(large & ~np.kron(small, np.ones((scale, scale), np.bool_)))
