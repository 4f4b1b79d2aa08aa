"""The time that has passed at least: it goes on by itself, and nobody alone pushes it far."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.base.clock import SECOND_US
from edge.node.time.knowntime import HOLD_US, LEAP_US, SAVE_EVERY_US, KnownTime
from edge.node.time.trust import DISAGREE_US

NOW_US = 1_767_574_800 * SECOND_US
HOUR_US = 3600 * SECOND_US
MONO_US = 7 * SECOND_US
"""The monotonic clock at the start."""
YEARS_US = 3650 * 86_400 * SECOND_US


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "known-time"
    path.write_text(f"{NOW_US}\n")
    return path


def started(path: Path) -> KnownTime:
    return KnownTime(path, MONO_US)


def at(moment_us: int) -> int:
    """The offset of a clock that shows so much at the start."""
    return moment_us - MONO_US


def test_what_was_kept_goes_on_with_the_monotonic_clock(path: Path) -> None:
    assert started(path).at(MONO_US) == NOW_US
    assert started(path).at(MONO_US + HOUR_US) == NOW_US + HOUR_US


def test_run_after_run_it_counts_what_each_ran(path: Path) -> None:
    for _ in range(5):
        known = started(path)
        known.keep(MONO_US + HOUR_US)
    assert started(path).at(MONO_US) == NOW_US + 5 * HOUR_US


def test_it_is_written_every_ten_minutes_at_most(path: Path) -> None:
    known = started(path)
    known.keep(MONO_US + SAVE_EVERY_US - 1)
    assert path.read_text() == f"{NOW_US}\n"
    known.keep(MONO_US + SAVE_EVERY_US)
    assert path.read_text() == f"{NOW_US + SAVE_EVERY_US}\n"


def test_nothing_is_known_at_first_and_nothing_is_kept(tmp_path: Path) -> None:
    known = KnownTime(tmp_path / "known-time", MONO_US)
    known.keep(MONO_US + HOUR_US)
    assert (known.at(MONO_US), known.offset_us, (tmp_path / "known-time").exists()) == (None, None, False)


@pytest.mark.parametrize("damaged", ["", "-5", "1e9", "9" * 17, "soon", "12\n13", "x" * 5000])
def test_damaged_time_counts_as_none(path: Path, damaged: str) -> None:
    path.write_text(damaged)
    assert started(path).at(MONO_US) is None


def test_disk_that_refuses_does_not_stop_anybody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    known = KnownTime(tmp_path / "nowhere" / "known-time", MONO_US)
    known.agreed(at(NOW_US))
    known.keep(MONO_US)
    assert known.at(MONO_US) == NOW_US and "the known time is not kept" in caplog.text


def test_two_that_agree_say_what_it_is_ahead_and_back(path: Path) -> None:
    for moment_us in (NOW_US + YEARS_US, NOW_US - YEARS_US):
        known = started(path)
        known.agreed(at(moment_us))
        assert known.at(MONO_US) == moment_us


@pytest.mark.parametrize(
    ("ahead_us", "taken"), [(1, True), (LEAP_US, True), (LEAP_US + 1, False), (YEARS_US, False), (-1, False)]
)
def test_one_alone_leads_it_by_a_day(path: Path, ahead_us: int, taken: bool) -> None:
    known = started(path)
    known.told("kernel", at(NOW_US + ahead_us), MONO_US)
    assert known.at(MONO_US) == (NOW_US + ahead_us if taken else NOW_US)


def test_many_small_steps_are_no_way_round(path: Path) -> None:
    known = started(path)
    for step in range(1, 100):
        known.told("receipt", at(NOW_US + step * LEAP_US // 2), MONO_US)
    assert known.at(MONO_US) == NOW_US + LEAP_US


def test_what_holds_for_a_day_is_taken(path: Path) -> None:
    """A node that was switched off for weeks, and that hears of nobody but its time server."""
    known = started(path)
    for hour in range(25):
        assert (known.offset_us == at(NOW_US + YEARS_US)) is False
        known.told("kernel", at(NOW_US + YEARS_US), MONO_US + hour * HOUR_US)
    assert known.at(MONO_US + HOLD_US) == NOW_US + YEARS_US + HOLD_US


def test_word_that_changes_does_not_hold(path: Path) -> None:
    """The control of the test before: the same day, but the server cannot make up its mind."""
    known = started(path)
    for hour in range(48):
        known.told("kernel", at(NOW_US + YEARS_US + hour * (DISAGREE_US + 1)), MONO_US + hour * HOUR_US)
    assert known.at(MONO_US) == NOW_US


def test_each_witness_holds_its_own_word(path: Path) -> None:
    known = started(path)
    known.told("kernel", at(NOW_US + YEARS_US), MONO_US)
    known.told("receipt", at(NOW_US + YEARS_US), MONO_US + HOLD_US)
    assert known.at(MONO_US) == NOW_US


def test_key_list_tells_what_is_past(path: Path, tmp_path: Path) -> None:
    """So that the first time server of a new node is believed, and a kept time that is newer stays."""
    known = KnownTime(tmp_path / "none", MONO_US)
    known.at_least(NOW_US, MONO_US)
    known.told("kernel", at(NOW_US + HOUR_US), MONO_US)
    assert known.at(MONO_US) == NOW_US + HOUR_US
    kept = started(path)
    kept.at_least(NOW_US - HOUR_US, MONO_US)
    assert kept.at(MONO_US) == NOW_US


def test_nothing_kept_means_that_nobody_is_believed_at_once(tmp_path: Path) -> None:
    known = KnownTime(tmp_path / "known-time", MONO_US)
    known.told("kernel", at(NOW_US), MONO_US)
    assert known.at(MONO_US) is None
    known.told("kernel", at(NOW_US), MONO_US + HOLD_US)
    assert known.at(MONO_US) == NOW_US
