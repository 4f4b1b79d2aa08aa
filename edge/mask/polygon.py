"""Exact geometry of mask polygons: points are whole millionths of the picture's width and height.

A polygon is sound when

  1. it has 3 to 64 points,
  2. no point stands twice in a row,
  3. no two of its sides cross, touch or overlap, but for neighbours in the point that they share; so it encloses an
     area.

Everything is integer arithmetic, so that what one machine accepts no other refuses.
"""

from __future__ import annotations

from itertools import combinations

MICRO = 1_000_000
"""Units to the picture's full width or height."""

POINTS_MIN = 3
POINTS_MAX = 64

Point = tuple[int, int]
Polygon = tuple[Point, ...]
Side = tuple[Point, Point]


def sides(polygon: Polygon) -> list[Side]:
    """Returns the sides in order, the closing one last."""
    return list(zip(polygon, polygon[1:] + polygon[:1], strict=True))


def fault(polygon: Polygon) -> str | None:
    """Returns what is wrong with the polygon, or None where it is sound; points count from 0."""
    if not POINTS_MIN <= len(polygon) <= POINTS_MAX:
        return f"{len(polygon)} points; a polygon has {POINTS_MIN} to {POINTS_MAX}"
    outline = sides(polygon)
    for index, (start, end) in enumerate(outline):
        if start == end:
            return f"points {index} and {(index + 1) % len(polygon)} are the same; leave one out (it closes by itself)"
    for (i, one), (j, other) in combinations(enumerate(outline), 2):
        if _clash(one, other, neighbours=j - i == 1, ends_meet=(i, j) == (0, len(outline) - 1)):
            return f"crosses or touches itself (the sides from points {i} and {j}); draw an outline that does not"
    return None


def _clash(one: Side, other: Side, *, neighbours: bool, ends_meet: bool) -> bool:
    if neighbours:
        return _turns_back(one, other)
    if ends_meet:
        return _turns_back(other, one)
    return _meet(one, other)


def _turns_back(first: Side, second: Side) -> bool:
    """Whether ``second``, which starts where ``first`` ends, runs back over it."""
    (ax, ay), (bx, by) = first
    cx, cy = second[1]
    along = (bx - ax) * (cx - bx) + (by - ay) * (cy - by)
    return _turn(first[0], first[1], second[1]) == 0 and along < 0


def _meet(one: Side, other: Side) -> bool:
    """Whether two closed segments have a point in common."""
    (a, b), (c, d) = one, other
    abc, abd, cda, cdb = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if abc != abd and cda != cdb and 0 not in (abc, abd, cda, cdb):
        return True
    return any(
        turn == 0 and _within(point, side)
        for turn, point, side in ((abc, c, one), (abd, d, one), (cda, a, other), (cdb, b, other))
    )


def _turn(a: Point, b: Point, c: Point) -> int:
    """Returns 1, 0 or -1: whether a > b > c turns one way, runs straight, or turns the other way."""
    cross = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (cross > 0) - (cross < 0)


def _within(point: Point, side: Side) -> bool:
    """Whether a point on the line of ``side`` lies between its ends."""
    (ax, ay), (bx, by) = side
    return min(ax, bx) <= point[0] <= max(ax, bx) and min(ay, by) <= point[1] <= max(ay, by)
