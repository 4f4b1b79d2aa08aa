"""The whole panel on gpiozero's mock pins: what hands do reaches its report, what the files say reaches the LED."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from edge.panel.condition import Condition
from edge.panel.panel import LOOK_S, REPORT, Panel
from edge.panel.patterns import CONDITIONS, LINK_DOWN, LINK_UP, Pattern
from edge.panel.port import Light
from edge.wire.panel import PanelReport, read_panel
from tests.clocks import HandClock
from tests.panel.fingers import Fingers
from tests.panel.test_seen import Folder
from tests.seal.samples import NODE

RUN = "0a" * 16


class Rig(Folder):
    """A panel over a run directory, its pins under a hand."""

    def __init__(self, run: Path) -> None:
        super().__init__(run)
        self.fingers = Fingers()
        self.panel = Panel(self.fingers.board, run, NODE, self.clock, RUN)

    def play(self, seconds: float) -> list[Light]:
        """Lets the panel look for so long; returns what an eye saw."""
        lights = []
        for _ in range(round(seconds / LOOK_S)):
            self.panel.step()
            lights.append(self.fingers.light)
            self.clock.advance(LOOK_S)
        return lights

    def press(self, seconds: float) -> None:
        self.fingers.press()
        self.play(seconds)
        self.fingers.release()
        self.play(0.1)

    @property
    def report(self) -> PanelReport:
        return read_panel(self.run / REPORT)


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def expected(pattern: Pattern, seconds: float) -> list[Light]:
    return [pattern.at(round(look * LOOK_S * 1000)) for look in range(round(seconds / LOOK_S))]


def test_report_is_what_the_others_read(rig: Rig) -> None:
    rig.play(1)
    assert rig.report == PanelReport(
        node=NODE, updated=rig.report.updated, run=RUN, case_open=False, case_opened=0, stuck=False,
        button_visit=0, button_decommission=0, link_test=0,
    )  # fmt: skip


def test_presses_and_openings_are_reported(rig: Rig) -> None:
    rig.press(0.5)
    rig.press(6)
    assert (rig.report.link_test, rig.report.button_visit, rig.report.case_open) == (1, 1, False)
    rig.fingers.open()
    rig.press(16)
    assert (rig.report.case_open, rig.report.case_opened, rig.report.button_decommission) == (True, 1, 1)
    rig.fingers.shut()
    rig.play(1)
    assert (rig.report.case_open, rig.report.case_opened) == (False, 1)


def test_opening_is_reported_at_once_and_all_else_each_second(rig: Rig) -> None:
    rig.play(0.1)
    begun = rig.report.updated
    rig.play(0.8)
    assert rig.report.updated == begun
    rig.play(0.2)
    assert rig.report.updated > begun
    begun = rig.report.updated
    rig.fingers.open()
    rig.play(0.3)
    assert rig.report.case_open and begun < rig.report.updated < begun + 500_000


def test_stuck_button_is_reported_and_shown_as_a_fault(rig: Rig) -> None:
    rig.clock.advance(100)
    rig.fingers.press()
    rig.play(60)
    rig.status(state="recording", faults={}, guard="in-place")
    rig.line(0)
    rig.play(1.1)
    assert rig.report.stuck
    assert rig.panel.condition is Condition.FAULT
    rig.fingers.release()
    rig.play(0.2)
    assert not rig.report.stuck
    assert rig.panel.condition is not Condition.FAULT
    assert (rig.report.link_test, rig.report.button_visit, rig.report.button_decommission) == (0, 0, 0)


def test_led_follows_the_node(rig: Rig) -> None:
    rig.play(0.1)
    conditions = [rig.panel.condition]
    for quiet_s in (0, 121):
        rig.status(state="recording", faults={}, guard="in-place")
        rig.line(quiet_s)
        rig.play(1.05)
        conditions.append(rig.panel.condition)
    rig.visit("waiting")
    rig.play(1.05)
    conditions.append(rig.panel.condition)
    assert conditions == [Condition.STARTING, Condition.RECORDING, Condition.LINE_DOWN, Condition.VISIT]


def test_rhythm_begins_when_the_condition_does(rig: Rig) -> None:
    rig.status(state="blanked", faults={"masks": "moved"}, guard="moved")
    assert rig.play(4) == expected(CONDITIONS[Condition.MOVED], 4)


@pytest.mark.parametrize(("quiet_s", "pattern"), [(30, LINK_UP), (None, LINK_DOWN)])
def test_short_press_shows_the_line_and_then_the_node_again(rig: Rig, quiet_s: int | None, pattern: Pattern) -> None:
    rig.status(state="recording", faults={}, guard="in-place")
    rig.line(quiet_s)
    rig.play(1)
    rig.fingers.press()
    rig.play(0.3)
    rig.fingers.release()
    assert rig.play(LOOK_S) == [Light.DARK]
    assert rig.play(5.9) == expected(pattern, 5.9)
    rig.play(0.3)
    assert rig.fingers.light in (Light.DARK, CONDITIONS[rig.panel.condition].light)
    assert rig.panel._pattern is CONDITIONS[rig.panel.condition]


def test_led_says_what_letting_go_would_ask(rig: Rig) -> None:
    rig.fingers.open()
    rig.play(1)
    rig.fingers.press()
    assert set(rig.play(4.9)[2:]) == {Light.DARK}
    rig.play(0.3)
    assert set(rig.play(9.5)) == {Light.AMBER}
    rig.play(0.5)
    assert set(rig.play(2)) == {Light.RED, Light.DARK}


def test_run_directory_that_takes_nothing_is_told_once_and_the_led_goes_on(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.panel._path = rig.run / "gone" / REPORT
    with caplog.at_level(logging.ERROR):
        lights = rig.play(5)
    assert len(caplog.records) == 1
    assert Light.GREEN in lights


def test_it_says_that_it_works_each_second_until_told_to_stop(tmp_path: Path) -> None:
    stop, said = threading.Event(), []

    class Stopping(HandClock):
        def sleep(self, seconds: float, stop_event: threading.Event | None = None) -> None:
            self.advance(seconds)
            if self.at_ns >= 10 * 10**9:
                stop.set()

    Panel(Fingers().board, tmp_path, NODE, Stopping(), RUN).run(stop, lambda: said.append(1))
    assert len(said) == 10


class NightRig(Rig):
    """The same with filter and light."""

    def __init__(self, run: Path, ir_filter: str) -> None:
        super().__init__(run)
        self.fingers = Fingers(infrared=True)
        self.panel = Panel(self.fingers.board, run, NODE, self.clock, RUN, ir_filter)

    def driven(self, seconds: float) -> list[tuple[int, int]]:
        """Returns what the coil was driven to, each change once."""
        seen = []
        for _ in range(round(seconds / LOOK_S)):
            self.panel.step()
            seen.append(self.fingers.driven)
            self.clock.advance(LOOK_S)
        return [pair for number, pair in enumerate(seen) if not number or pair != seen[number - 1]]


@pytest.mark.parametrize(("ir_filter", "pulse"), [("in", (1, 0)), ("out", (0, 1))])
def test_filter_is_put_in_its_place_by_one_pulse_at_the_start(
    tmp_path: Path, ir_filter: str, pulse: tuple[int, int]
) -> None:
    rig = NightRig(tmp_path, ir_filter)
    rig.status(night=ir_filter == "in")
    assert rig.driven(20) == [pulse, (0, 0)]
    assert not rig.fingers.shines


def test_filter_and_light_follow_the_night_that_the_recorder_tells(tmp_path: Path) -> None:
    rig = NightRig(tmp_path, "auto")
    assert rig.driven(5) == [(0, 0)]
    rig.status(night=True)
    assert rig.driven(5) == [(0, 0), (0, 1), (0, 0)]
    assert rig.fingers.shines
    rig.status(night=False)
    assert rig.driven(5) == [(0, 0), (1, 0), (0, 0)]
    assert not rig.fingers.shines


def test_recorder_that_says_nothing_any_more_leaves_the_filter_and_darkens_the_light(tmp_path: Path) -> None:
    rig = NightRig(tmp_path, "auto")
    rig.status(night=True)
    rig.driven(5)
    assert rig.fingers.shines
    assert rig.driven(60) == [(0, 0)]
    assert not rig.fingers.shines
