"""What a hand asks for at the button and does at the case, look by look of an injected clock."""

from __future__ import annotations

import pytest

from edge.panel import hand as hand_module
from edge.panel import states
from edge.panel.hand import Hand
from edge.panel.panel import LOOK_S
from edge.panel.port import Levels
from edge.panel.states import TABLE, Ask, Event, State, Step

LOOK_NS = round(LOOK_S * 1e9)


class Played:
    """A hand's deeds, look by look."""

    def __init__(self, *, pressed: bool = False, case_open: bool = False) -> None:
        self.now_ns, self.case_open = 0, case_open
        self.hand = Hand(Levels(pressed, case_open), 0)

    def hold(self, seconds: float, *, pressed: bool) -> Played:
        for _ in range(round(seconds * 1e9 / LOOK_NS)):
            self.now_ns += LOOK_NS
            self.hand.take(Levels(pressed, self.case_open), self.now_ns)
        return self

    def press(self, seconds: float) -> Played:
        return self.hold(seconds, pressed=True).hold(0.2, pressed=False)

    @property
    def asked(self) -> dict[Ask, int]:
        return {ask: count for ask, count in self.hand.asked.items() if count}


@pytest.mark.parametrize(
    ("seconds", "case_open", "asked"),
    [
        (2 * LOOK_S, False, {Ask.LINK_TEST: 1}),
        (0.2, False, {Ask.LINK_TEST: 1}),
        (4.8, False, {Ask.LINK_TEST: 1}),
        (5.2, False, {Ask.VISIT: 1}),
        (5.2, True, {Ask.VISIT: 1}),
        (14.8, True, {Ask.VISIT: 1}),
        (15.2, False, {}),
        (15.2, True, {Ask.DECOMMISSION: 1}),
        (59.8, True, {Ask.DECOMMISSION: 1}),
        (60.2, True, {}),
        (60.2, False, {}),
        (600, True, {}),
    ],
)
def test_press_asks_by_its_length(seconds: float, case_open: bool, asked: dict[Ask, int]) -> None:
    assert Played(case_open=case_open).press(seconds).asked == asked


def test_presses_are_counted() -> None:
    played = Played()
    for _ in range(3):
        played.press(0.3).press(6)
    assert played.asked == {Ask.LINK_TEST: 3, Ask.VISIT: 3}


def test_case_that_is_shut_before_letting_go_asks_for_no_decommissioning() -> None:
    played = Played(case_open=True).hold(16, pressed=True)
    assert played.hand.state is State.DECOMMISSION_READY
    played.case_open = False
    assert played.press(1).asked == {}


def test_case_that_is_opened_only_after_15_s_asks_for_no_decommissioning() -> None:
    played = Played().hold(16, pressed=True)
    played.case_open = True
    assert played.press(5).asked == {}


def test_decommissioning_without_the_open_case_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: a table that does not care for the case."""
    careless = {
        (State.VISIT_READY, Event.HELD_15_SHUT): Step(State.DECOMMISSION_READY),
        (State.DECOMMISSION_READY, Event.CASE_SHUT): Step(State.DECOMMISSION_READY),
    }
    monkeypatch.setattr(states, "TABLE", TABLE | careless)
    assert Played().press(16).asked == {Ask.DECOMMISSION: 1}


def test_stuck_button_is_told_and_counts_again_once_it_was_let_go() -> None:
    played = Played().hold(61, pressed=True)
    assert played.hand.state is State.STUCK
    assert played.hold(0.5, pressed=False).hand.state is State.SHOWING
    assert played.press(6).asked == {Ask.VISIT: 1}


def test_stuck_button_that_counted_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: nothing takes the press away at 60 s."""
    careless = {(State.DECOMMISSION_READY, Event.HELD_60): Step(State.DECOMMISSION_READY)}
    monkeypatch.setattr(states, "TABLE", TABLE | careless)
    assert Played(case_open=True).press(600).asked == {Ask.DECOMMISSION: 1}


def test_button_that_is_down_at_the_start_asks_nothing() -> None:
    played = Played(pressed=True, case_open=True)
    assert played.press(20).asked == {}
    assert played.press(6).asked == {Ask.VISIT: 1}


def bounce(played: Played) -> Played:
    """A contact that chatters for a second, never for longer than a look, while nobody presses for longer."""
    for _ in range(10):
        played.hold(LOOK_S, pressed=True).hold(LOOK_S, pressed=False)
    return played.hold(1, pressed=False)


def test_bounces_are_no_presses() -> None:
    assert bounce(Played()).asked == {}


def test_bounces_within_a_long_press_do_not_cut_it() -> None:
    played = Played().hold(3, pressed=True)
    played.hold(LOOK_S, pressed=False)
    assert played.press(3).asked == {Ask.VISIT: 1}


def test_bounces_would_be_presses_without_debouncing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control of both tests above."""
    monkeypatch.setattr(hand_module, "BUTTON_SETTLES_S", 0.0)
    assert bounce(Played()).asked == {Ask.LINK_TEST: 10}


def test_case_counts_each_opening_but_no_shaking() -> None:
    played = Played()
    for seconds in (1.0, 0.1, 1.0, 0.15):
        played.case_open = True
        played.hold(seconds, pressed=False)
        played.case_open = False
        played.hold(1, pressed=False)
    assert (played.hand.case_opened, played.hand.case_open) == (2, False)


def test_case_that_shakes_would_be_opened_without_debouncing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control of the test above."""
    monkeypatch.setattr(hand_module, "CASE_SETTLES_S", 0.0)
    played = Played()
    played.case_open = True
    played.hold(LOOK_S, pressed=False)
    assert played.hand.case_opened == 1


def test_case_that_is_open_at_the_start_counts_as_opened() -> None:
    assert Played(case_open=True).hand.case_opened == 1
