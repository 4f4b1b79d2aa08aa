"""What clocks do to nodes, a row a history: order, account, keys, mapped times and the card hold through each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.base.clock import SECOND_US, ClockQuality, from_iso
from edge.node.records.journal import Journal
from edge.node.time import knowntime, timekeeping
from edge.node.time.trust import Witnesses, judge
from edge.node.time.wallclock import WallClock
from edge.seal.manifest import Kind
from edge.wire.keylist import week_of
from tests.node.machine import FREE, SYNC, Machine, audit
from tests.node.town import START_US

HOUR_US = 3600 * SECOND_US
DAY_US = 24 * HOUR_US
YEARS_US = 3650 * DAY_US
DAYS = tuple((date(2026, 1, 3) + timedelta(days=number)).isoformat() for number in range(60))
WEEKS = tuple(sorted({week_of(day) for day in DAYS}))
MONDAY, TUESDAY = "2026-01-05", "2026-01-06"
MIDNIGHT_US = from_iso("2026-01-06T00:00:00+09:00")
Story = Callable[[Machine], None]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "node", DAYS, WEEKS)


def begins(machine: Machine, moment_us: int) -> Machine:
    """Boots so that true time comes to ``moment_us``; the clock is kept and right."""
    machine.boot(kernel=SYNC, off_s=(moment_us - machine.clocks.true_us) / 1e6)
    return machine


def spares(*weeks: str) -> list[str]:
    return [f"2026-{week}" for week in weeks]


# --- one boot


@pytest.mark.parametrize("wall_us", [0, START_US - YEARS_US, START_US + YEARS_US, START_US - HOUR_US])
def test_clock_that_is_set_after_the_boot_maps_what_came_before(machine: Machine, wall_us: int) -> None:
    machine.boot(wall_us)
    machine.film(6)
    machine.set_right()
    machine.film(6)
    machine.stop()
    spans = audit(machine)
    assert all(span.believed for span in spans)
    (change,) = machine.clock_changes()
    booted = machine.boots[machine.headers()[0].manifest.boot]
    assert (change.before, change.after) == (FREE, SYNC)
    assert change.offset_us == booted.settings[1][1] - booted.settings[0][1]
    assert machine.periods() == ["2026-W02", MONDAY]


def test_segments_of_1970_that_wait_while_the_clock_is_set_stay_untrusted(machine: Machine) -> None:
    """The card is slow: they are sealed when the kernel calls the clock kept already."""
    machine.boot(0)
    waiting = machine.film(6, wait=True)
    machine.set_right()
    machine.hand_over(waiting)
    machine.film(6)
    machine.stop()
    audit(machine)
    assert machine.periods() == ["2026-W02", MONDAY]


@pytest.mark.parametrize("by_us", [YEARS_US, -YEARS_US, HOUR_US, -HOUR_US, 60 * DAY_US, -2 * DAY_US])
@pytest.mark.parametrize("kernel", [SYNC, FREE], ids=str)
def test_clock_that_jumps_while_it_runs_is_not_believed(machine: Machine, by_us: int, kernel: object) -> None:
    """Footage goes on, sealed to the spare; what is written is mapped by what came before, and by its way back."""
    begins(machine, START_US)
    machine.film(4)
    machine.set(by_us, FREE if kernel is FREE else SYNC)
    machine.film(4)
    machine.set_right()
    machine.film(4)
    machine.stop()
    spans = audit(machine)
    assert all(span.believed for span in spans)
    assert [change.offset_us for change in machine.clock_changes()] == [by_us, -by_us]
    assert machine.periods() == [MONDAY, "2026-W02", MONDAY]
    assert not machine.expired()


@pytest.mark.parametrize("by_us", [1000, -1000, 6000, -6000, 300_000, -300_000, SECOND_US, -SECOND_US, 60 * SECOND_US])
def test_small_steps_of_a_kept_clock_are_announced_and_change_nothing_else(machine: Machine, by_us: int) -> None:
    begins(machine, START_US)
    machine.film(4)
    machine.set(by_us)
    machine.film(4)
    machine.stop()
    audit(machine, wrong_us=abs(by_us))
    assert [change.offset_us for change in machine.clock_changes()] == ([by_us] if abs(by_us) > 5000 else [])
    assert machine.periods() == [MONDAY]
    assert {header.manifest.clock for header in machine.segments()} == {SYNC}


def test_leap_second_that_is_repeated_is_a_step_back_of_a_second(machine: Machine) -> None:
    """UTC midnight is nine in the morning in Tokyo; the kernel goes back to 23:59:59."""
    leap_us = from_iso("2026-01-06T00:00:00Z")
    begins(machine, leap_us - 3 * SECOND_US)
    machine.film(3)
    machine.set(-SECOND_US)
    machine.film(4)
    machine.stop()
    audit(machine, wrong_us=SECOND_US)
    assert [change.offset_us for change in machine.clock_changes()] == [-SECOND_US]
    assert machine.periods() == [TUESDAY]


def test_leap_second_that_is_smeared_shows_nowhere(machine: Machine) -> None:
    """Slewing moves the monotonic clock alike (clock_gettime(2)), so true time runs away from both."""
    begins(machine, START_US)
    for _ in range(10):
        machine.film(1)
        machine.clocks.true_us += SECOND_US // 10
    machine.stop()
    audit(machine, wrong_us=SECOND_US)
    assert machine.clock_changes() == []


@pytest.mark.parametrize("back_us", [0, 2 * SECOND_US, 3 * HOUR_US])
def test_midnight_parts_two_days_and_a_step_back_over_it_does_not_return(machine: Machine, back_us: int) -> None:
    begins(machine, MIDNIGHT_US - 3 * SECOND_US)
    machine.film(5)
    machine.set(-back_us)
    machine.film(4)
    machine.stop()
    audit(machine, wrong_us=back_us)
    assert machine.periods() == [MONDAY, TUESDAY] + (spares("W02") if back_us > HOUR_US else [])
    before, after = (
        [header.manifest for header in machine.segments() if header.manifest.segment.period == day]  # type: ignore[union-attr]
        for day in (MONDAY, TUESDAY)
    )
    assert before[-1].end_us == after[0].start_us == MIDNIGHT_US


def test_step_ahead_over_midnight_begins_the_next_day(machine: Machine) -> None:
    begins(machine, MIDNIGHT_US - 8 * SECOND_US)
    machine.film(4)
    machine.set(5 * SECOND_US)
    machine.film(4)
    machine.stop()
    audit(machine, wrong_us=5 * SECOND_US)
    assert machine.periods() == [MONDAY, TUESDAY]


@pytest.mark.parametrize(
    ("zone", "begin", "days"),
    [
        ("Europe/Berlin", "2026-03-28T22:59:57Z", ["2026-03-28", "2026-03-29"]),
        ("Europe/Berlin", "2026-03-29T00:59:57Z", ["2026-03-29"]),
        ("Europe/Berlin", "2026-10-25T00:59:57Z", ["2026-10-25"]),
        ("America/Havana", "2026-03-08T04:59:57Z", ["2026-03-07", "2026-03-08"]),
        ("Africa/Cairo", "2026-10-29T20:59:57Z", ["2026-10-29"]),
        ("Africa/Cairo", "2026-10-29T21:59:57Z", ["2026-10-29", "2026-10-30"]),
    ],
)
def test_summer_time_changes_no_clock_and_cuts_at_local_midnight(
    tmp_path: Path, zone: str, begin: str, days: list[str]
) -> None:
    """In Havana there is no 00:00 that night, in Cairo midnight comes twice."""
    begin_us = from_iso(begin)
    first = date.fromisoformat(begin[:10]) - timedelta(days=2)
    listed = tuple((first + timedelta(days=number)).isoformat() for number in range(5))
    machine = Machine(tmp_path / "node", listed, tuple(sorted({week_of(day) for day in listed})), zone, begin_us)
    machine.boot(kernel=SYNC, off_s=0)
    machine.film(8)
    machine.stop()
    audit(machine)
    assert machine.clock_changes() == [] and machine.periods() == days


# --- receipts


def test_receipts_give_the_time_where_no_time_server_does(machine: Machine) -> None:
    machine.boot(machine.clocks.true_us + 61 * SECOND_US)
    machine.film(4)
    machine.receipt()
    machine.film(4)
    machine.stop()
    audit(machine, wrong_us=6 * SECOND_US)
    assert [change.after for change in machine.clock_changes()] == ["receipted"]
    assert machine.periods() == ["2026-W02", MONDAY]


def test_receipt_that_the_clock_contradicts_tells_its_week_alone(machine: Machine) -> None:
    machine.clocks.true_us += 14 * DAY_US
    machine.boot(START_US)
    machine.film(4)
    machine.receipt()
    machine.film(4)
    machine.stop()
    assert machine.clock_changes() == [] and machine.periods() == spares("W02", "W04")


def test_false_time_server_is_found_out_by_the_first_receipt(machine: Machine) -> None:
    """Within the key list's days it is believed until then; nothing is erased, and the day does not run on."""
    begins(machine, START_US)
    machine.film(4)
    machine.cut()
    machine.boot(machine.clocks.true_us + 30 * DAY_US, kernel=SYNC)
    machine.film(4)
    assert not machine.expired()
    machine.receipt()
    machine.film(4)
    machine.stop()
    audit(machine, wrong_us=31 * DAY_US, lied=True)
    assert machine.periods() == [MONDAY, "2026-02-04", "2026-W06"]


# --- many boots


def test_clock_that_is_dead_at_each_boot_goes_on_from_week_to_week(machine: Machine) -> None:
    """Offline for a month: no time server, no receipt; each boot stands in 1970, and lasts some days."""
    begins(machine, START_US)
    machine.film(4)
    machine.stop()
    for _ in range(9):
        machine.boot(0)
        machine.film(3)
        machine.idle(3.5 * 24)
        machine.film(3)
        machine.stop()
    audit(machine)
    assert machine.periods() == [MONDAY, *spares("W02", "W03", "W04", "W05", "W06")]
    assert machine.expired(), "what is older than the retention goes, though nobody ever told the time again"


def test_recorder_that_is_killed_goes_on_on_the_clock_of_its_newest_record(machine: Machine) -> None:
    machine.boot(0)
    machine.film(4)
    machine.cut()
    machine.clocks.run_on(20 * SECOND_US)
    machine.set_right()
    machine.start()
    machine.film(4)
    machine.stop()
    spans = audit(machine)
    assert all(span.believed for span in spans)
    kinds = [header.kind for header in machine.headers()]
    assert kinds[kinds.index(Kind.CLOCK) - 1] is Kind.BOOT


@pytest.mark.parametrize("wall_us", [START_US + YEARS_US, START_US - YEARS_US])
def test_clock_called_kept_outside_of_the_lists_days_is_not_believed(machine: Machine, wall_us: int) -> None:
    machine.boot(wall_us, kernel=SYNC)
    machine.film(4)
    machine.stop()
    audit(machine)
    assert machine.periods() == ["2026-W02"] and not machine.expired()


def test_clock_behind_what_is_known_erases_nothing_that_it_makes_look_old(machine: Machine) -> None:
    """Ten days back and called kept: what it stamps would be older than the retention at once."""
    begins(machine, START_US + 12 * DAY_US)
    machine.film(4)
    machine.receipt()
    machine.film(4)
    machine.stop()
    machine.boot(machine.clocks.true_us - 10 * DAY_US, kernel=SYNC)
    machine.film(8)
    machine.stop()
    audit(machine)
    assert machine.periods() == ["2026-01-17", "2026-W03"] and not machine.expired()


def test_node_that_was_off_for_weeks_erases_once_two_agree(machine: Machine) -> None:
    begins(machine, START_US)
    machine.film(4)
    machine.cut()
    machine.boot(kernel=SYNC, off_s=20 * 86_400)
    machine.film(4)
    assert not machine.expired()
    machine.receipt()
    machine.film(4)
    machine.stop()
    audit(machine)
    assert machine.expired()


# --- controls: each guard taken away, and what it guards against seen


def test_control_without_the_offset_a_clock_record_says_nothing(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WallClock, "set_by", lambda *_: 0)
    with pytest.raises(AssertionError):
        test_clock_that_is_set_after_the_boot_maps_what_came_before(machine, 0)


def test_control_without_its_own_offset_a_waiting_segment_passes_for_trusted(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:

    def judge_now(kernel: ClockQuality, _: int, present_us: int, mono_us: int, witnesses: Witnesses) -> ClockQuality:
        return judge(kernel, present_us, present_us, mono_us, witnesses)

    monkeypatch.setattr(timekeeping, "judge", judge_now)
    with pytest.raises(AssertionError):
        test_segments_of_1970_that_wait_while_the_clock_is_set_stay_untrusted(machine)


@pytest.mark.parametrize("by_us", [YEARS_US, -2 * DAY_US])
def test_control_without_witnesses_a_jump_is_believed(
    machine: Machine, by_us: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timekeeping, "Witnesses", lambda **_: Witnesses())
    with pytest.raises(AssertionError):
        test_clock_that_jumps_while_it_runs_is_not_believed(machine, by_us, SYNC)


def test_control_with_a_witness_that_is_believed_alone_a_false_time_server_erases(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knowntime, "LEAP_US", YEARS_US)
    with pytest.raises(AssertionError):
        test_false_time_server_is_found_out_by_the_first_receipt(machine)


def test_control_without_the_known_time_the_spare_is_destroyed_before_it_is_used(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Journal, "known_us", lambda _: None)
    with pytest.raises(AssertionError):
        test_clock_that_is_dead_at_each_boot_goes_on_from_week_to_week(machine)


# --- any history

STEPS = st.one_of(
    st.tuples(st.just("film"), st.integers(1, 4)),
    st.tuples(st.just("set"), st.integers(-YEARS_US, YEARS_US)),
    st.tuples(st.just("set"), st.sampled_from([-SECOND_US, SECOND_US, 4000, -4000, HOUR_US, -DAY_US])),
    st.tuples(st.just("right"), st.just(0)),
    st.tuples(st.just("receipt"), st.just(0)),
    st.tuples(st.just("idle"), st.integers(1, 80)),
    st.tuples(st.just("kill"), st.just(0)),
    st.tuples(st.just("boot"), st.sampled_from([0, START_US, START_US + YEARS_US])),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=10))
def test_no_history_of_a_clock_that_nobody_lies_about_breaks_anything(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    """Anybody may turn it; whoever calls it kept is right, and so is the center."""
    machine = Machine(tmp_path_factory.mktemp("walk") / "node", DAYS, WEEKS)
    begins(machine, START_US)
    machine.film(2)
    for name, value in steps:
        match name:
            case "film":
                machine.film(value)
            case "set":
                machine.set(max(value, -machine.clocks.now_us()), FREE)
            case "right":
                machine.set_right()
            case "receipt":
                machine.receipt()
            case "idle":
                machine.film(2)
                machine.idle(value)
            case "kill":
                machine.cut()
                machine.start()
            case "boot":
                machine.cut()
                machine.boot(value)
        machine.film(1)
    machine.film(2)
    machine.stop()
    audit(machine, wrong_us=30 * SECOND_US)
