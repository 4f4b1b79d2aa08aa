"""Which polygons are sound, against an oracle that solves for the crossing points in fractions."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.mask.polygon import Point, Polygon, Side, fault, sides

SOUND = {
    "triangle": [(0, 0), (4, 0), (0, 4)],
    "either way round": [(0, 4), (4, 0), (0, 0)],
    "a corner of 180 degrees": [(0, 0), (2, 0), (4, 0), (0, 4)],
    "concave": [(0, 0), (4, 0), (4, 4), (2, 1), (0, 4)],
    "64 points": [(i, i * i) for i in range(64)],
}

UNSOUND = {
    "no points": ([], "0 points"),
    "two points": ([(0, 0), (4, 0)], "2 points"),
    "65 points": ([(i, i * i) for i in range(65)], "65 points"),
    "bow tie": ([(0, 0), (4, 4), (4, 0), (0, 4)], "crosses or touches"),
    "closing point written out": ([(0, 0), (4, 0), (0, 4), (0, 0)], "are the same"),
    "a point twice in a row": ([(0, 0), (4, 0), (4, 0), (0, 4)], "are the same"),
    "all on a line": ([(0, 0), (2, 0), (4, 0)], "crosses or touches"),
    "a spike that runs back": ([(0, 0), (4, 0), (2, 0), (0, 4)], "crosses or touches"),
    "a spike at the closing side": ([(2, 0), (4, 0), (0, 4), (0, 0), (3, 0)], "crosses or touches"),
    "a corner on a side": ([(0, 0), (4, 0), (4, 4), (2, 0), (0, 4)], "crosses or touches"),
    "two corners on one point": ([(0, 0), (2, 2), (4, 0), (4, 4), (2, 2), (0, 4)], "crosses or touches"),
    "two sides on one line": ([(0, 0), (6, 0), (6, 2), (4, 0), (2, 0), (0, 2)], "crosses or touches"),
}


@pytest.mark.parametrize("points", SOUND.values(), ids=SOUND)
def test_sound_polygon_has_no_fault(points: list[Point]) -> None:
    assert fault(tuple(points)) is None


@pytest.mark.parametrize(("points", "words"), UNSOUND.values(), ids=UNSOUND)
def test_unsound_polygon_is_told_why(points: list[Point], words: str) -> None:
    assert words in (fault(tuple(points)) or "")


@pytest.mark.parametrize("turn", range(6))
def test_where_the_outline_starts_does_not_matter(turn: int) -> None:
    for points, _ in UNSOUND.values():
        shift = turn % max(len(points), 1)
        assert fault(tuple(points[shift:] + points[:shift])) is not None


def in_common(one: Side, other: Side) -> set[tuple[Fraction, Fraction]]:
    """Returns the points that two segments share; of an overlap, its ends."""
    (ax, ay), (bx, by) = one
    (cx, cy), (dx, dy) = other
    determinant = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
    if determinant == 0:
        return {p for p in (*one, *other) if on(p, one) and on(p, other)}  # type: ignore[misc]
    s = Fraction((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx), determinant)
    t = Fraction((cx - ax) * (by - ay) - (cy - ay) * (bx - ax), determinant)
    return {(ax + s * (bx - ax), ay + s * (by - ay))} if 0 <= s <= 1 and 0 <= t <= 1 else set()


def on(point: Point, side: Side) -> bool:
    (px, py), ((ax, ay), (bx, by)) = point, side
    straight = (bx - ax) * (py - ay) == (by - ay) * (px - ax)
    return straight and min(ax, bx) <= px <= max(ax, bx) and min(ay, by) <= py <= max(ay, by)


def sound_by_definition(polygon: Polygon) -> bool:
    outline = sides(polygon)
    if any(start == end for start, end in outline):
        return False
    for (i, one), (j, other) in combinations(enumerate(outline), 2):
        allowed = (j - i == 1) + ((i, j) == (0, len(outline) - 1))
        if len(in_common(one, other)) > allowed:
            return False
    return True


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=7))
def test_soundness_agrees_with_crossing_points_in_fractions(points: list[Point]) -> None:
    assert (fault(tuple(points)) is None) == sound_by_definition(tuple(points))
