from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from edge.center.coverage import DUE_US, Known, coverage, gaps, seconds_by_kind
from edge.center.entries import Span, merge

S = 1_000_000
END = 10_000 * S


def bar(*spans: Span, proven: int | None = None, stored: int | None = None) -> list[tuple[str, int, int]]:
    begin = min((span.start_us for span in spans), default=None)
    pieces = coverage(Known(spans, begin, proven, stored), 0, END)
    return [(piece.kind, piece.start_us // S, piece.end_us // S) for piece in pieces]


def test_nothing_known_is_before_installation() -> None:
    assert bar() == [("before", 0, 10_000)]


def test_gaps_have_their_cause_and_what_is_left_is_missing() -> None:
    spans = (Span("recorded", 1000 * S, 5000 * S), Span("power", 5000 * S, 5100 * S))
    assert bar(*spans, Span("recorded", 6000 * S, 7000 * S)) == [
        ("before", 0, 1000),
        ("recorded", 1000, 5000),
        ("power", 5000, 5100),
        ("missing", 5100, 6000),
        ("recorded", 6000, 7000),
        ("missing", 7000, 10_000 - DUE_US // S),
        ("awaited", 10_000 - DUE_US // S, 10_000),
    ]


def test_what_is_proven_and_not_stored_waits_on_the_card() -> None:
    spans = (Span("recorded", 0, 9000 * S),)
    assert bar(*spans, proven=9990 * S, stored=9000 * S)[1:] == [("on-card", 9000, 9990), ("awaited", 9990, 10_000)]


def test_recorded_counts_before_a_claimed_gap() -> None:
    assert bar(Span("recorded", 0, END), Span("camera", 10 * S, 20 * S)) == [("recorded", 0, 10_000)]


def test_a_hole_of_less_than_a_second_is_where_segments_meet() -> None:
    spans = (Span("recorded", 0, 5000 * S), Span("recorded", 5000 * S + S // 2, END))
    assert bar(*spans) == [("recorded", 0, 10_000)]


def test_gaps_are_listed_newest_first() -> None:
    pieces = coverage(Known((Span("recorded", S, 9 * S), Span("visit", 9 * S, 20 * S)), S, None, None), 0, END)
    assert [piece.kind for piece in gaps(pieces)] == ["missing", "visit"]
    assert seconds_by_kind(pieces)["visit"] == 11


spans = st.builds(
    lambda kind, start, length: Span(kind, start * S, (start + length) * S),
    st.sampled_from(["recorded", "blanked", "power", "camera"]),
    st.integers(-50, 11_000),
    st.integers(0, 3000),
)


@given(st.lists(spans, max_size=12), st.integers(0, 11_000))
def test_pieces_fill_the_window_without_overlap(found: list[Span], proven: int) -> None:
    pieces = coverage(Known(tuple(found), 100 * S, proven * S, 50 * S), 0, END)
    assert pieces[0].start_us == 0
    assert pieces[-1].end_us == END
    assert all(left.end_us == right.start_us for left, right in pairwise(pieces))
    recorded = sum(span.end_us - span.start_us for span in merge([s for s in found if s.kind == "recorded"]))
    assert seconds_by_kind(pieces).get("recorded", 0) * S <= recorded + len(found) * S


def test_spans_that_meet_are_one() -> None:
    merged = merge([Span("recorded", 4 * S, 6 * S), Span("recorded", 0, 4 * S), Span("power", 6 * S, 7 * S)])
    assert merged == (Span("recorded", 0, 6 * S), Span("power", 6 * S, 7 * S))
