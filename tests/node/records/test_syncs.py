"""How long the card takes: what is slow is counted for a day, whatever the clock does."""

from __future__ import annotations

from edge.base.clock import SECOND_US
from edge.node.records.syncs import Syncs, SyncsOfDay
from tests.node.town import START_US

HOUR_US = 3600 * SECOND_US
SECOND_NS = 1_000_000_000


def test_only_syncs_over_a_second_are_slow() -> None:
    syncs = SyncsOfDay()
    for length_ns in (3_000_000, SECOND_NS, SECOND_NS + 1_000_000, 4 * SECOND_NS):
        syncs.took(START_US, length_ns)
    assert syncs.last_day(START_US) == Syncs(slow=2, slowest_ms=4000)


def test_syncs_leave_the_count_after_a_day() -> None:
    syncs = SyncsOfDay()
    syncs.took(START_US, 5 * SECOND_NS)
    syncs.took(START_US + 20 * HOUR_US, 2 * SECOND_NS)
    assert syncs.last_day(START_US + 23 * HOUR_US) == Syncs(slow=2, slowest_ms=5000)
    assert syncs.last_day(START_US + 24 * HOUR_US) == Syncs(slow=1, slowest_ms=2000)
    assert syncs.last_day(START_US + 44 * HOUR_US) == Syncs()


def test_clock_that_was_set_back_leaves_nothing_behind_for_years() -> None:
    syncs = SyncsOfDay()
    syncs.took(START_US + 10_000 * HOUR_US, 5 * SECOND_NS)
    syncs.took(START_US, 2 * SECOND_NS)
    assert syncs.last_day(START_US) == Syncs(slow=1, slowest_ms=2000)


def test_a_year_takes_no_more_memory_than_a_day() -> None:
    syncs = SyncsOfDay()
    for hour in range(8760):
        syncs.took(START_US + hour * HOUR_US, SECOND_NS * 2)
    assert len(syncs._hours) == 24
