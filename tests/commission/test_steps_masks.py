"""Draft masks in words, and as the pixels that they will cover."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.commission import steps_masks
from edge.commission.steps_draft import Draft, DraftMask
from edge.mask import maskset, polygon
from edge.mask.raster import rasterise
from tests.commission.installer import COMPLETE, DOOR, GEOMETRY, ROAD
from tests.seal.samples import NODE

points = st.tuples(st.integers(0, 20), st.integers(0, 20))


@given(st.lists(points, max_size=80).map(tuple))
@settings(max_examples=200)
def test_words_are_said_exactly_where_a_polygon_is_unsound(outline: polygon.Polygon) -> None:
    assert (steps_masks.fault(outline) is None) == (polygon.fault(outline) is None)


@pytest.mark.parametrize(
    ("outline", "said"),
    [
        ((), "0 points; a mask needs at least 3"),
        (((0, 0), (9, 9)), "2 points"),
        (tuple((number, number * number) for number in range(65)), "65 points; 64 at most"),
        (((0, 0), (9, 0), (9, 9), (0, 0)), "Points 4 and 1"),
        (((0, 0), (9, 9), (9, 0), (0, 9)), "crosses or touches itself"),
    ],
    ids=["none", "two", "too many", "same", "crossing"],
)
def test_each_fault_has_its_words(outline: polygon.Polygon, said: str) -> None:
    words = steps_masks.fault(outline)
    assert words is not None and said in words.en and words.ja


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=3, max_size=3).map(tuple))
@settings(max_examples=100)
def test_document_holds_the_very_points_that_were_drawn(outline: polygon.Polygon) -> None:
    if polygon.fault(outline) is not None:
        return
    draft = Draft(node=NODE, masks=(DraftMask(id="a", polygon=outline),))
    text = steps_masks.document(draft, "I-07", "2026-01-05T10:00:00+09:00")
    assert maskset.parse(text, NODE, source="test").masks[0].polygon == outline


def test_cover_counts_margins_as_they_are_burnt_in() -> None:
    text = steps_masks.document(COMPLETE, "I-07", "2026-01-05T10:00:00+09:00")
    raster = rasterise(maskset.parse(text, NODE, source="test"), GEOMETRY)
    assert steps_masks.cover(COMPLETE, GEOMETRY).masked == raster.share > 0.03


def test_share_of_road_is_of_what_stays_visible() -> None:
    bare = COMPLETE.model_copy(update={"masks": ()})
    assert steps_masks.cover(bare, GEOMETRY).road == pytest.approx(0.5, abs=0.01)
    over = DOOR.model_copy(update={"polygon": ((0, 0), (1_000_000, 0), (1_000_000, 400_000), (0, 400_000))})
    covered = steps_masks.cover(COMPLETE.model_copy(update={"masks": (over,)}), GEOMETRY)
    assert covered.road is not None and covered.road > 0.9


def test_road_that_is_not_marked_or_crosses_itself_has_no_share() -> None:
    for road in ((), ROAD[:2], (ROAD[0], ROAD[2], ROAD[1], ROAD[3])):
        assert steps_masks.cover(COMPLETE.model_copy(update={"road": road}), GEOMETRY).road is None
