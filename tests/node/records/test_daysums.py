"""Sums of the last day: to ten minutes, and of a bounded size whatever happens and whatever the clock does."""

from __future__ import annotations

from edge.base.clock import SECOND_US
from edge.node.records.daysums import DAY_US, SumsOfDay
from tests.node.town import START_US

SLOT_US = 600 * SECOND_US
SLOTS_OF_TWO_DAYS = 2 * DAY_US // SLOT_US + 1


def test_what_lasts_is_counted_to_the_microsecond_until_it_leaves() -> None:
    sums = SumsOfDay()
    sums.lasted("camera", START_US + 1, START_US + 3 * SLOT_US + 4)
    assert sums.last_day(START_US + DAY_US) == {"camera": 3 * SLOT_US + 3}
    assert sums.last_day(START_US + DAY_US + 2 * SLOT_US) == {"camera": SLOT_US + 4}
    assert sums.last_day(START_US + DAY_US + 4 * SLOT_US) == {}


def test_what_lasts_for_days_counts_a_day() -> None:
    sums = SumsOfDay()
    sums.lasted("power", START_US - 9 * DAY_US + 7, START_US + 7)
    assert sums.last_day(START_US + 7) == {"power": DAY_US}


def test_names_stay_apart() -> None:
    sums = SumsOfDay()
    sums.add("a", START_US, 2)
    sums.add("b", START_US, 3)
    sums.add("a", START_US + 1, 4)
    assert sums.last_day(START_US) == {"a": 6, "b": 3}


def test_a_year_of_gaps_takes_no_more_memory_than_two_days() -> None:
    sums = SumsOfDay()
    for second in range(0, 365 * 86_400, 7200):
        sums.lasted("masks", START_US + second * SECOND_US, START_US + (second + 7000) * SECOND_US)
        assert sums.last_day(START_US + (second + 7000) * SECOND_US)
        assert len(sums._slots) <= SLOTS_OF_TWO_DAYS


def test_clock_that_was_set_back_leaves_nothing_behind_for_years() -> None:
    sums = SumsOfDay()
    sums.lasted("camera", START_US + 400 * DAY_US, START_US + 400 * DAY_US + 5)
    for second in range(1000):
        sums.lasted("camera", START_US + second * SECOND_US, START_US + second * SECOND_US + 1)
    assert sums.last_day(START_US + 1000 * SECOND_US) == {"camera": 1000}
    assert len(sums._slots) == 2


def test_clock_that_was_set_back_a_little_forgets_nothing() -> None:
    sums = SumsOfDay()
    sums.add("records", START_US, 20)
    assert sums.last_day(START_US - 3600 * SECOND_US) == {"records": 20}
