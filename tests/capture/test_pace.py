"""When frames are due and which times they carry."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.base.clock import SimulatedClock, SystemClock
from edge.capture.pace import Moment, Pace
from tests.clocks import HandClock


def test_fast_pace_shows_no_clock() -> None:
    pace = Pace(SystemClock(), fast=True, start_us=7_000_000)
    assert [pace.wait(at) for at in (0, 66_667)] == [Moment(7_000_000, 0), Moment(7_066_667, 66_667_000)]
    assert pace.late_us(0) == 0


def test_fast_pace_without_a_start_begins_now() -> None:
    clock = HandClock(42)
    pace = Pace(clock, fast=True)
    assert pace.wait(0) == Moment(42, 0)
    clock.advance(9)
    assert pace.wait(1000) == Moment(1042, 1_000_000)


def test_fast_pace_moves_a_simulated_clock_on(tmp_path: Path) -> None:
    clock = SimulatedClock.create(tmp_path / "clock", 0)
    Pace(clock, fast=True, start_us=5_000).wait(1_000)
    assert clock.now_us() == 6_000


def test_paced_frames_come_when_due() -> None:
    clock = HandClock(0)
    pace = Pace(clock)
    moments = [pace.wait(at) for at in (0, 100_000, 300_000)]
    assert [moment.wall_us for moment in moments] == [0, 100_000, 300_000]
    assert clock.slept == pytest.approx([0.1, 0.2])


def test_first_frame_is_due_at_once_whatever_its_media_time() -> None:
    clock = HandClock(10_000_000)
    pace = Pace(clock)
    assert pace.wait(4_000_000).wall_us == 10_000_000
    assert not clock.slept


def test_late_frames_do_not_wait_and_say_how_late() -> None:
    clock = HandClock()
    pace = Pace(clock)
    assert pace.late_us(0) == 0
    pace.wait(0)
    clock.advance(2.5)
    assert pace.late_us(500_000) == 2_000_000
    assert pace.late_us(3_000_000) == 0
    pace.wait(500_000)
    assert not clock.slept


def test_paced_simulated_clock_runs_with_real_time_from_its_start(tmp_path: Path) -> None:
    clock = SimulatedClock.create(tmp_path / "clock", 0)
    pace = Pace(clock, start_us=1_000_000)
    first, second = pace.wait(0), pace.wait(20_000)
    assert first.wall_us < 1_000_000 + 10_000_000
    assert second.wall_us - first.wall_us == (second.mono_ns - first.mono_ns) // 1000 or (
        abs(second.wall_us - first.wall_us - (second.mono_ns - first.mono_ns) // 1000) <= 1
    )
    assert second.wall_us - first.wall_us >= 19_000
    assert clock.now_us() == second.wall_us


def test_live_frames_carry_the_time_of_exposure() -> None:
    clock = HandClock(50_000_000)
    pace = Pace(clock)
    exposed_ns = clock.monotonic_ns() - 30_000_000
    assert pace.arrived(exposed_ns) == Moment(50_000_000 - 30_000, exposed_ns)


def test_a_start_time_on_the_machines_own_clock_is_refused() -> None:
    with pytest.raises(ValueError, match="simulated clock"):
        Pace(SystemClock(), start_us=0)
