"""Where segments are cut: one row a reason, each beside the nearest frame that goes on."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.base.clock import STEP_US, from_iso
from edge.encode.access_unit import FrameStamp
from edge.encode.cut import Cut, CutRules, cut_before, local_day
from tests.encode.samples import FRAME_US, RULES, START_US, TOKYO, moment, stamp

LAST = stamp(5)
BEFORE_MIDNIGHT = from_iso("2026-01-05T23:59:59+09:00")
MIDNIGHT = from_iso("2026-01-06T00:00:00+09:00")

CASES: dict[str, tuple[dict[str, Any], Cut | None]] = {
    "the next frame": ({}, None),
    "three frames missed": ({"number": 9, **moment(START_US + 9 * FRAME_US)}, None),
    "a clock that stands": ({"wall_us": LAST.wall_us}, Cut.CLOCK),
    "a clock that ran back": ({"wall_us": LAST.wall_us - 1}, Cut.CLOCK),
    "a frame that comes at once": (moment(LAST.wall_us + 1), None),
    "a clock set ahead": ({"wall_us": LAST.wall_us + FRAME_US + STEP_US + 1}, Cut.CLOCK),
    "a clock read a little late": ({"wall_us": LAST.wall_us + FRAME_US + STEP_US}, None),
    "a clock set back": ({"wall_us": LAST.wall_us + FRAME_US - STEP_US - 1}, Cut.CLOCK),
    "a clock read a little early": ({"wall_us": LAST.wall_us + FRAME_US - STEP_US}, None),
    "ten years ahead": ({"wall_us": LAST.wall_us + 315_360_000_000_000}, Cut.CLOCK),
    "a monotonic clock that stands": ({"mono_ns": LAST.mono_ns}, Cut.CLOCK),
    "a second of silence": (moment(LAST.wall_us + 1_000_000), None),
    "more than a second of silence": (moment(LAST.wall_us + 1_000_001), Cut.GAP),
    "ten frames missed at once": ({"number": 16}, None),
    "eleven frames missed at once": ({"number": 17}, Cut.GAP),
    "another width": ({"width": 66}, Cut.SIZE),
    "another height": ({"height": 50}, Cut.SIZE),
    "another mask set": ({"mask_digest": "c" * 64}, Cut.MASKS),
    "another floor": ({"floor_digest": "c" * 64}, Cut.MASKS),
    "painted over": ({"blanked": True}, Cut.MASKS),
}


@pytest.mark.parametrize("name", CASES)
def test_frame_after_the_sixth(name: str) -> None:
    changes, cut = CASES[name]
    assert cut_before(stamp(0), LAST, stamp(6, **changes), RULES) is cut


@pytest.mark.parametrize(
    ("late_us", "cut"),
    [(1_900_000, None), (1_949_999, None), (1_950_000, Cut.LENGTH), (2_000_000, Cut.LENGTH), (2_400_000, Cut.LENGTH)],
)
def test_segment_closes_at_the_frame_nearest_two_seconds(late_us: int, cut: Cut | None) -> None:
    following = stamp(20, **moment(START_US + late_us))
    assert cut_before(stamp(0), stamp(19, **moment(START_US + late_us - FRAME_US)), following, RULES) is cut


@pytest.mark.parametrize(
    ("zone", "at_us", "cut"),
    [
        ("Asia/Tokyo", MIDNIGHT - 1, None),
        ("Asia/Tokyo", MIDNIGHT, Cut.DAY),
        ("Asia/Tokyo", MIDNIGHT + 50_000, Cut.DAY),
        ("UTC", MIDNIGHT, None),
        ("Asia/Kathmandu", from_iso("2026-01-06T00:00:00+05:45"), Cut.DAY),
        ("Asia/Kathmandu", from_iso("2026-01-06T00:00:00+05:30"), None),
    ],
)
def test_segment_ends_at_local_midnight(zone: str, at_us: int, cut: Cut | None) -> None:
    rules = replace(RULES, zone=ZoneInfo(zone))
    last = stamp(0, **moment(at_us - FRAME_US))
    assert cut_before(last, last, stamp(1, **moment(at_us)), rules) is cut


def test_day_is_local() -> None:
    assert str(local_day(BEFORE_MIDNIGHT, TOKYO)) == "2026-01-05"
    assert str(local_day(MIDNIGHT, TOKYO)) == "2026-01-06"
    assert str(local_day(MIDNIGHT, ZoneInfo("UTC"))) == "2026-01-05"


@given(
    zone=st.sampled_from(["Asia/Tokyo", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "Europe/Berlin"]),
    first_us=st.integers(START_US, START_US + 400 * 86_400_000_000),
    later_us=st.integers(1, 1_000_000),
)
def test_frames_of_two_days_never_share_a_segment(zone: str, first_us: int, later_us: int) -> None:
    rules = CutRules(segment_us=10_000_000, gap_us=1_000_000, frame_us=FRAME_US, zone=ZoneInfo(zone))
    first, following = stamp(0, **moment(first_us)), stamp(1, **moment(first_us + later_us))
    same_day = local_day(first.wall_us, rules.zone) == local_day(following.wall_us, rules.zone)
    assert (cut_before(first, first, following, rules) is None) == same_day


def test_clock_and_gap_are_named_before_what_else_changed() -> None:
    changed: FrameStamp = stamp(6, width=66, blanked=True, wall_us=LAST.wall_us)
    assert cut_before(stamp(0), LAST, changed, RULES) is Cut.CLOCK
    silent = stamp(6, width=66, blanked=True, **moment(LAST.wall_us + 5_000_000))
    assert cut_before(stamp(0), LAST, silent, RULES) is Cut.GAP


@given(steps_us=st.lists(st.integers(-STEP_US, STEP_US), min_size=2, max_size=8))
def test_small_settings_of_the_clock_are_noticed_once_their_sum_is_not_small(steps_us: list[int]) -> None:
    """A segment's times are off by ``STEP_US`` at most, however slowly somebody turns the clock."""
    sums = list(accumulate(steps_us, initial=0))
    pictures = [stamp(number, wall_us=START_US + number * FRAME_US + off) for number, off in enumerate(sums)]
    cuts = [cut_before(pictures[0], before, after, RULES) for before, after in pairwise(pictures)]
    assert cuts == [Cut.CLOCK if abs(off) > STEP_US else None for off in sums[1:]]
