"""The panel's states: one transition table, from which the diagram in ``PANEL.md`` is drawn.

Rules:
  1. What a press asks for is decided when the button is let go, by how long it was held; until then the LED says what
     letting go would ask.
  2. Decommissioning is asked for only while the case is open, from 15 s to letting go.
  3. A button that is held for 60 s is stuck: it asks nothing, not even when it is let go.
  4. What the table does not name changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

VISIT_S, DECOMMISSION_S, STUCK_S = 5.0, 15.0, 60.0
TEST_SHOWN_S = 6.0


class State(StrEnum):
    """What the panel does."""

    SHOWING = "showing"
    """The LED shows how the node is."""
    PRESSED = "pressed"
    VISIT_READY = "visit-ready"
    DECOMMISSION_READY = "decommission-ready"
    TOO_LONG = "too-long"
    """Letting go asks nothing."""
    STUCK = "stuck"
    LINK_TEST = "link-test"
    """The LED shows whether the line is up."""


class Event(StrEnum):
    """What happens to it."""

    PRESS = "press"
    RELEASE = "let go"
    HELD_5 = "held 5 s"
    HELD_15_OPEN = "held 15 s, case open"
    HELD_15_SHUT = "held 15 s, case shut"
    CASE_SHUT = "case shut"
    HELD_60 = "held 60 s"
    SHOWN = "shown 6 s"


class Ask(StrEnum):
    """What a press asks for."""

    LINK_TEST = "link test"
    VISIT = "visit"
    DECOMMISSION = "decommissioning"


@dataclass(frozen=True, slots=True)
class Step:
    """Where a transition leads, and what it asks for."""

    state: State
    ask: Ask | None = None


TABLE: dict[tuple[State, Event], Step] = {
    (State.SHOWING, Event.PRESS): Step(State.PRESSED),
    (State.PRESSED, Event.RELEASE): Step(State.LINK_TEST, Ask.LINK_TEST),
    (State.PRESSED, Event.HELD_5): Step(State.VISIT_READY),
    (State.LINK_TEST, Event.PRESS): Step(State.PRESSED),
    (State.LINK_TEST, Event.SHOWN): Step(State.SHOWING),
    (State.VISIT_READY, Event.RELEASE): Step(State.SHOWING, Ask.VISIT),
    (State.VISIT_READY, Event.HELD_15_OPEN): Step(State.DECOMMISSION_READY),
    (State.VISIT_READY, Event.HELD_15_SHUT): Step(State.TOO_LONG),
    (State.DECOMMISSION_READY, Event.RELEASE): Step(State.SHOWING, Ask.DECOMMISSION),
    (State.DECOMMISSION_READY, Event.CASE_SHUT): Step(State.TOO_LONG),
    (State.DECOMMISSION_READY, Event.HELD_60): Step(State.STUCK),
    (State.TOO_LONG, Event.RELEASE): Step(State.SHOWING),
    (State.TOO_LONG, Event.HELD_60): Step(State.STUCK),
    (State.STUCK, Event.RELEASE): Step(State.SHOWING),
}


def step(state: State, event: Event) -> Step:
    """Returns where ``event`` leads."""
    return TABLE.get((state, event), Step(state))


def diagram() -> str:
    """Returns the table as a Mermaid state diagram."""
    lines = [
        "stateDiagram-v2",
        f"    [*] --> {_name(State.SHOWING)}",
        f"    [*] --> {_name(State.TOO_LONG)}: pressed at the start",
    ]
    for (state, event), to in TABLE.items():
        asks = f" / asks for {to.ask}" if to.ask else ""
        lines.append(f"    {_name(state)} --> {_name(to.state)}: {event}{asks}")
    return "\n".join(lines) + "\n"


def _name(state: State) -> str:
    return state.value.replace("-", "_")
