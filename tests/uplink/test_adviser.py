"""The advice that is published: slow steps, a fresh file, and a restart that goes on from it."""

from __future__ import annotations

import shutil
from pathlib import Path

from edge.uplink.adaptation import Step
from edge.uplink.adviser import DOWN_S, PUBLISH_S, UP_S, Adviser
from edge.wire.advice import ladder, read_advice
from tests.clocks import HandClock
from tests.uplink.town import NODE

NOW = 10**15
RUNGS = ladder(1_500_000, 500_000)


class Desk:
    """An adviser that is asked once a minute."""

    def __init__(self, folder: Path) -> None:
        self.path, self.clock = folder / "advice.json", HandClock(NOW)
        self.adviser = self.begin()

    def begin(self) -> Adviser:
        self.adviser = Adviser(self.path, NODE, RUNGS, self.clock)
        return self.adviser

    def wish(self, step: Step, seconds: float) -> int:
        for _ in range(int(seconds // 60)):
            self.clock.advance(60)
            self.adviser.wish(step)
        return self.adviser.rung

    def published(self) -> int:
        return read_advice(self.path).bitrate_bps


def test_step_down_must_be_called_for_ten_minutes(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.wish(Step.DOWN, DOWN_S) == 0
    assert desk.wish(Step.STAY, 60) == 0
    assert desk.wish(Step.DOWN, DOWN_S) == 0
    assert desk.wish(Step.DOWN, 60) == 1
    assert desk.published() == 1_125_000
    assert desk.wish(Step.DOWN, DOWN_S - 60) == 1
    assert desk.wish(Step.DOWN, 60) == 2


def test_step_up_must_be_called_for_an_hour(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.wish(Step.DOWN, DOWN_S + 60)
    assert desk.wish(Step.UP, UP_S) == 1
    assert desk.wish(Step.STAY, 60) == 1
    assert desk.wish(Step.UP, UP_S) == 1
    assert desk.wish(Step.UP, 60) == 0
    assert desk.published() == 1_500_000


def test_steps_end_at_the_floor_and_at_the_top(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.wish(Step.DOWN, 20 * DOWN_S) == len(RUNGS) - 1
    assert desk.published() == 500_000
    assert desk.wish(Step.UP, 20 * UP_S) == 0


def test_file_is_kept_fresh_and_seldom_written(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.wish(Step.STAY, 60)
    first = read_advice(desk.path).updated
    desk.wish(Step.STAY, PUBLISH_S - 60)
    assert read_advice(desk.path).updated == first
    desk.wish(Step.STAY, 60)
    assert read_advice(desk.path).updated == first + PUBLISH_S * 10**6


def test_restart_goes_on_from_a_fresh_advice_and_forgets_an_old_one(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.wish(Step.DOWN, 2 * DOWN_S + 60)
    assert desk.begin().rung == 2
    desk.clock.advance(3600)
    assert desk.begin().rung == 0


def test_folder_that_takes_nothing_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    desk = Desk(tmp_path / "inbox")
    shutil.rmtree(tmp_path / "inbox")
    assert desk.wish(Step.DOWN, DOWN_S + 60) == 1
    (tmp_path / "inbox").mkdir()
    desk.wish(Step.STAY, 60)
    assert desk.published() == 1_125_000
