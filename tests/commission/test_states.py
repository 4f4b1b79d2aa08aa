"""The visit's table: what leads where, and that nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import edge.commission
from edge.commission.states import TABLE, Event, diagram, step
from edge.wire.visitreport import VisitState

PAGE = Path(edge.commission.__file__).with_name("VISIT.md")
ENDS = (Event.SIGNED_OFF, Event.LEAVE, Event.BUTTON, Event.IDLE, Event.LONGEST, Event.TICKET_OVER)


def test_page_shows_the_tables_own_diagram() -> None:
    assert diagram() in PAGE.read_text(encoding="utf-8")


def test_only_the_right_code_opens_and_only_where_the_button_was_held() -> None:
    ways = [way for way, after in TABLE.items() if after is VisitState.OPEN]
    assert ways == [(VisitState.WAITING, Event.RIGHT_CODE)]


def test_only_the_button_leads_out_of_closed() -> None:
    assert [event for state, event in TABLE if state is VisitState.CLOSED] == [Event.BUTTON]


@pytest.mark.parametrize("event", ENDS)
def test_everything_that_may_end_an_open_visit_does(event: Event) -> None:
    assert step(VisitState.OPEN, event) is VisitState.ENDED


@pytest.mark.parametrize("state", VisitState)
@pytest.mark.parametrize("event", Event)
def test_what_the_table_does_not_name_changes_nothing(state: VisitState, event: Event) -> None:
    assert step(state, event) is TABLE.get((state, event), state)


@given(st.lists(st.sampled_from(Event)))
def test_no_history_opens_without_button_and_code_since_the_last_end(events: list[Event]) -> None:
    state, since = VisitState.CLOSED, list[Event]()
    for event in events:
        before, state = state, step(state, event)
        since = [] if state in (VisitState.CLOSED, VisitState.ENDED) else [*since, event]
        if state is VisitState.OPEN and before is not VisitState.OPEN:
            assert since[0] is Event.BUTTON
            assert since[-1] is Event.RIGHT_CODE


@given(st.sampled_from(VisitState), st.lists(st.sampled_from(Event)))
def test_from_everywhere_time_alone_leads_to_closed(state: VisitState, events: list[Event]) -> None:
    for event in (*events, Event.IDLE, Event.IDLE):
        state = step(state, event)
    assert state is VisitState.CLOSED
