"""The wall clock as records tell it."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.base.clock import STEP_US
from edge.node.matters import Instant
from edge.node.time.wallclock import WallClock

NOW_US = 1_767_574_800_000_000


@pytest.mark.parametrize("by_us", [STEP_US + 1, -STEP_US - 1, 3_600_000_000, -NOW_US, 315_360_000_000_000])
def test_setting_is_noticed_once_and_taken_over(by_us: int) -> None:
    clock = WallClock(NOW_US - 100)
    assert clock.set_by(Instant(NOW_US + by_us + 50, 150)) == by_us
    assert clock.set_by(Instant(NOW_US + by_us + 70, 170)) == 0
    assert clock.tell(Instant(12345, 200)) == Instant(NOW_US + by_us + 100, 200)


@pytest.mark.parametrize("by_us", [0, STEP_US, -STEP_US])
def test_noise_of_reading_is_no_setting(by_us: int) -> None:
    clock = WallClock(NOW_US - 100)
    assert clock.set_by(Instant(NOW_US + by_us, 100)) == 0
    assert clock.tell(Instant(0, 100)).wall_us == NOW_US


@given(steps_us=st.lists(st.integers(-10 * STEP_US, 10 * STEP_US), max_size=30))
def test_what_is_told_is_never_off_by_more_than_a_step(steps_us: list[int]) -> None:
    clock = WallClock(NOW_US)
    told_us = 0
    for off_us in accumulate(steps_us):
        told_us += clock.set_by(Instant(NOW_US + off_us, 0))
        assert abs(off_us - told_us) <= STEP_US
    assert clock.tell(Instant(0, 0)).wall_us == NOW_US + told_us


def test_nothing_is_told_from_before_1970() -> None:
    assert WallClock(-100).tell(Instant(0, 50)) == Instant(0, 50)
