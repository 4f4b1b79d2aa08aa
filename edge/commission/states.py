"""How a visit goes: one transition table, from which the diagram in ``VISIT.md`` is drawn.

Rules:
  1. Nothing listens while ``closed``; only the button leads out of it.
  2. Only a right code for a valid ticket leads to ``open``, and only from ``waiting``.
  3. What the table does not name changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from edge.wire.visitreport import VisitState


class Event(StrEnum):
    """What happens to a visit."""

    BUTTON = "button held 5 s"
    RIGHT_CODE = "right code, valid ticket"
    SIGNED_OFF = "signed off"
    LEAVE = "leave"
    IDLE = "idle too long"
    LONGEST = "open too long"
    TICKET_OVER = "ticket's hours over"
    SHUT = "process ends"


TABLE: Mapping[tuple[VisitState, Event], VisitState] = {
    (VisitState.CLOSED, Event.BUTTON): VisitState.WAITING,
    (VisitState.WAITING, Event.BUTTON): VisitState.CLOSED,
    (VisitState.WAITING, Event.IDLE): VisitState.CLOSED,
    (VisitState.WAITING, Event.LONGEST): VisitState.CLOSED,
    (VisitState.WAITING, Event.RIGHT_CODE): VisitState.OPEN,
    (VisitState.OPEN, Event.SIGNED_OFF): VisitState.ENDED,
    (VisitState.OPEN, Event.LEAVE): VisitState.ENDED,
    (VisitState.OPEN, Event.BUTTON): VisitState.ENDED,
    (VisitState.OPEN, Event.IDLE): VisitState.ENDED,
    (VisitState.OPEN, Event.LONGEST): VisitState.ENDED,
    (VisitState.OPEN, Event.TICKET_OVER): VisitState.ENDED,
    (VisitState.OPEN, Event.SHUT): VisitState.CLOSED,
    (VisitState.WAITING, Event.SHUT): VisitState.CLOSED,
    (VisitState.ENDED, Event.SHUT): VisitState.CLOSED,
    (VisitState.ENDED, Event.BUTTON): VisitState.WAITING,
    (VisitState.ENDED, Event.IDLE): VisitState.CLOSED,
    (VisitState.ENDED, Event.LONGEST): VisitState.CLOSED,
}


def step(state: VisitState, event: Event) -> VisitState:
    """Returns the state after ``event``."""
    return TABLE.get((state, event), state)


def diagram() -> str:
    """Returns the table as a Mermaid state diagram; events that lead the same way share an arrow."""
    arrows: dict[tuple[VisitState, VisitState], list[str]] = {}
    for (before, event), after in TABLE.items():
        arrows.setdefault((before, after), []).append(event.value)
    lines = [f"    {before} --> {after} : {' / '.join(events)}" for (before, after), events in arrows.items()]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {VisitState.CLOSED}", *lines])
