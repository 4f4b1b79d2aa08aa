"""Counts and the status: seconds by cause over a day, and which fault is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.base.clock import ClockQuality
from edge.node.records.tally import KeyListFacts, Names, Tally
from edge.seal.manifest import Cause
from edge.wire.status import RecorderState, read_status
from tests.node.town import DAY_US, SECOND_US, START_US

TEN_MINUTES_US = 600 * SECOND_US


@pytest.fixture
def tally(tmp_path: Path) -> Tally:
    return Tally(Names("demo", "b0" * 16, "0.1.0"), tmp_path / "recorder.json", 3 * 2**20)


def test_seconds_without_footage_are_counted_by_cause(tally: Tally) -> None:
    tally.gap(Cause.CAMERA, START_US, START_US + 3 * SECOND_US)
    tally.gap(Cause.MASKS, START_US + 4 * SECOND_US, START_US + 6 * SECOND_US)
    tally.gap(Cause.CAMERA, START_US + 6 * SECOND_US, START_US + 6 * SECOND_US + 1)
    assert tally.status(START_US + 10 * SECOND_US).gaps_24h == {"camera": 4, "masks": 2}


def test_gaps_leave_the_count_after_a_day(tally: Tally) -> None:
    tally.gap(Cause.CAMERA, START_US, START_US + 10 * SECOND_US)
    assert tally.status(START_US + DAY_US).gaps_24h == {"camera": 10}
    assert tally.status(START_US + DAY_US + TEN_MINUTES_US).gaps_24h == {}


def test_gap_of_days_counts_a_day_at_most(tally: Tally) -> None:
    tally.gap(Cause.POWER, START_US - 3 * DAY_US, START_US)
    assert tally.status(START_US).gaps_24h == {"power": 86_400}


def test_gap_that_runs_backwards_counts_nothing(tally: Tally) -> None:
    tally.gap(Cause.POWER, START_US, START_US - SECOND_US)
    assert tally.status(START_US).gaps_24h == {"power": 0}


def test_evicted_records_are_counted_for_a_day(tally: Tally) -> None:
    tally.evicted(START_US, 20)
    tally.evicted(START_US + TEN_MINUTES_US, 3)
    assert tally.status(START_US + DAY_US).evicted_24h == 23
    assert tally.status(START_US + DAY_US + TEN_MINUTES_US).evicted_24h == 3


def test_state_is_the_oldest_fault_until_it_is_cleared(tally: Tally) -> None:
    states = []

    def note() -> None:
        status = tally.status(START_US)
        states.append((status.state, status.message))

    note()
    tally.recording()
    note()
    tally.fault("keys", RecorderState.FAULT, "no key")
    tally.fault("masks", RecorderState.BLANKED, "not valid")
    note()
    tally.clear("keys")
    note()
    tally.clear("masks")
    tally.clear("never set")
    note()
    assert states == [
        (RecorderState.STARTING, ""),
        (RecorderState.RECORDING, ""),
        (RecorderState.FAULT, "no key"),
        (RecorderState.BLANKED, "not valid"),
        (RecorderState.RECORDING, ""),
    ]


def test_ended_recorder_is_stopped_and_still_says_why(tally: Tally) -> None:
    tally.recording()
    tally.fault("masks", RecorderState.BLANKED, "not valid")
    tally.stopped()
    status = tally.status(START_US)
    assert (status.state, status.message) == (RecorderState.STOPPED, "not valid")


def test_run_that_ends_in_a_fault_is_told_as_one(tally: Tally) -> None:
    tally.fault("masks", RecorderState.BLANKED, "not valid")
    tally.stopped()
    tally.failed("camera", "no frame for 5 s")
    status = tally.status(START_US)
    assert (status.state, status.message) == (RecorderState.FAULT, "no frame for 5 s")
    assert set(status.faults) == {"camera", "masks"}


def test_a_monitor_that_sees_a_stall_end_with_the_run_does_not_take_its_reason_away(tally: Tally) -> None:
    tally.fault("camera", RecorderState.FAULT, "no frame has come for 4 s")
    tally.failed("camera", "no frame for 5 s")
    tally.clear("camera")
    assert tally.status(START_US).faults == {"camera": "no frame for 5 s"}


def test_fault_of_the_run_before_is_told_until_something_is_recorded(tally: Tally) -> None:
    tally.carried = {"storage": "the card hung"}
    assert (tally.status(START_US).state, tally.status(START_US).message) == (RecorderState.FAULT, "the card hung")
    tally.recording()
    assert tally.status(START_US).faults == {}


def test_every_fault_is_told_by_name_within_the_limits(tally: Tally) -> None:
    tally.fault("card", RecorderState.FAULT, "x" * 1000)
    tally.fault("masks", RecorderState.BLANKED, "not valid")
    status = tally.status(START_US)
    assert (status.message, status.faults) == ("x" * 400, {"card": "x" * 200, "masks": "not valid"})
    tally.clear("card")
    assert tally.status(START_US).faults == {"masks": "not valid"}
    for number in range(20):
        tally.fault(f"more-{number}", RecorderState.FAULT, "")
    assert len(tally.status(START_US).faults) == 16


def test_slow_syncs_stand_in_the_status(tally: Tally) -> None:
    tally.synced(START_US, 40_000_000)
    tally.synced(START_US, 1_500_000_000)
    status = tally.status(START_US + 1)
    assert (status.slow_syncs_24h, status.slowest_sync_24h_ms) == (1, 1500)


def test_status_file_reads_back(tally: Tally, tmp_path: Path) -> None:
    tally.counts.frames_seen, tally.counts.frames_encoded, tally.counts.frames_missed = 5, 4, 1
    tally.key_list = KeyListFacts(3, START_US)
    tally.clock = ClockQuality.RECEIPTED
    tally.fault("card", RecorderState.FAULT, "x" * 1000)
    tally.publish(START_US)
    status = read_status(tmp_path / "recorder.json")
    assert status == tally.status(START_US)
    assert (status.frames_seen, status.frames_encoded, status.frames_missed) == (5, 4, 1)
    assert (status.key_list_version, status.clock, len(status.message)) == (3, ClockQuality.RECEIPTED, 400)
