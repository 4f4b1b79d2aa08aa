"""How a machine takes new passwords: one transition table; its diagram in ``ROTATION.md`` is drawn from it.

Rules:
  1. New passwords are in effect at first for ``REVERT_S`` only; unless they are confirmed until then, the machine goes
     back to the old ones by itself.
  2. A machine that starts with passwords that nobody confirmed goes back before anybody can sign in.
  3. Only the turn that was staged can be confirmed or withdrawn; a confirmation that comes late is refused.
  4. What the table does not name is refused and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

REVERT_S = 300


class Place(StrEnum):
    """Where the machine stands."""

    RESTING = "resting"
    STAGED = "staged"
    """The new passwords are in effect, and nobody has confirmed them."""


class Event(StrEnum):
    """What happens to it."""

    STAGE = "stage"
    CONFIRM = "confirm in time"
    CONFIRM_LATE = "confirm too late"
    WITHDRAW = "withdraw"
    TIME_UP = "300 s passed"
    START = "machine starts"


class Effect(StrEnum):
    """What the machine does on the way."""

    TAKE = "takes the new passwords"
    KEEP = "keeps them"
    GO_BACK = "goes back to the old ones"


@dataclass(frozen=True, slots=True)
class Step:
    """Where a transition leads, and what is done."""

    place: Place
    effect: Effect


TABLE: dict[tuple[Place, Event], Step] = {
    (Place.RESTING, Event.STAGE): Step(Place.STAGED, Effect.TAKE),
    (Place.STAGED, Event.CONFIRM): Step(Place.RESTING, Effect.KEEP),
    (Place.STAGED, Event.CONFIRM_LATE): Step(Place.RESTING, Effect.GO_BACK),
    (Place.STAGED, Event.WITHDRAW): Step(Place.RESTING, Effect.GO_BACK),
    (Place.STAGED, Event.TIME_UP): Step(Place.RESTING, Effect.GO_BACK),
    (Place.STAGED, Event.START): Step(Place.RESTING, Effect.GO_BACK),
}


def step(place: Place, event: Event) -> Step | None:
    """Returns where ``event`` leads, or None where it does not belong."""
    return TABLE.get((place, event))


def diagram() -> str:
    """Returns the table as a Mermaid state diagram."""
    lines = [f"    {place} --> {to.place}: {event} / {to.effect}" for (place, event), to in TABLE.items()]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {Place.RESTING}", *lines]) + "\n"
