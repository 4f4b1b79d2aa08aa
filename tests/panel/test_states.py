"""The table of the panel's states: whole, and drawn as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.panel import states
from edge.panel.states import TABLE, Ask, Event, State, diagram, step

PAGE = Path(states.__file__).with_name("PANEL.md")


def reachable() -> set[State]:
    """Every state that the panel comes to from where it starts."""
    found, new = set(), {State.SHOWING, State.TOO_LONG}
    while new:
        found |= new
        new = {to.state for (state, _), to in TABLE.items() if state in found} - found
    return found


def test_every_state_is_reached_and_left_by_letting_go_or_waiting() -> None:
    assert reachable() == set(State)
    for state in State:
        assert step(step(state, Event.RELEASE).state, Event.SHOWN).state is State.SHOWING


def test_only_letting_go_asks_for_anything() -> None:
    assert {event for (_, event), to in TABLE.items() if to.ask} == {Event.RELEASE}
    assert {to.ask for to in TABLE.values() if to.ask} == set(Ask)


def test_stuck_button_asks_nothing() -> None:
    assert all(to.ask is None for (state, _), to in TABLE.items() if state in (State.STUCK, State.TOO_LONG))


def test_decommissioning_needs_the_open_case_until_the_button_is_let_go() -> None:
    asking = [state for (state, _), to in TABLE.items() if to.ask is Ask.DECOMMISSION]
    assert asking == [State.DECOMMISSION_READY]
    assert {event for (_, event), to in TABLE.items() if to.state is State.DECOMMISSION_READY} == {Event.HELD_15_OPEN}
    assert step(State.DECOMMISSION_READY, Event.CASE_SHUT).state is State.TOO_LONG


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_what_the_table_does_not_name_changes_nothing(state: State, event: Event) -> None:
    if (state, event) not in TABLE:
        assert step(state, event) == states.Step(state)


def test_page_has_the_diagram_that_the_table_draws() -> None:
    assert f"```mermaid\n{diagram()}```" in PAGE.read_text(encoding="utf-8")


def test_page_that_was_not_drawn_anew_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control of the test above."""
    monkeypatch.setattr(states, "TABLE", TABLE | {(State.SHOWING, Event.HELD_60): states.Step(State.STUCK)})
    assert f"```mermaid\n{diagram()}```" not in PAGE.read_text(encoding="utf-8")
