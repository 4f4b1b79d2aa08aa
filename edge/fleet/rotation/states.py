"""How the controller brings one machine to its new passwords: one table; ``ROTATION.md`` has its diagram.

Rules:
  1. New passwords are in the store, durably, before the machine is asked anything.
  2. What is not known is asked: a run that was killed anywhere begins with the machine's own word on where it stands.
  3. Nothing is confirmed that was not signed in with over a new connection.
  4. The store drops no password before the machine has confirmed another; the old one stays until the next round.
  5. A machine that does not answer before it was touched is away, and no failure; from then on silence is a failure.
"""

from __future__ import annotations

from enum import StrEnum


class Stand(StrEnum):
    """Where the controller has one machine."""

    PENDING = "pending"
    """New passwords are in the store; the machine was not asked yet."""
    OLD = "old"
    """The machine has the old ones."""
    FOREIGN = "foreign"
    """It has others on trial, which this store does not know."""
    STAGED = "staged"
    DOUBTED = "doubted"
    """The new ones do not sign in."""
    PROVEN = "proven"
    CONFIRMED = "confirmed"
    SETTLED = "settled"
    """The store knows the new ones as the machine's."""
    AWAY = "away"
    FAILED = "failed"


class Event(StrEnum):
    """What came of it."""

    IS_OLD = "says: at rest"
    IS_FOREIGN = "says: others on trial"
    IS_STAGED = "says: on trial"
    IS_CONFIRMED = "says: confirmed"
    TAKEN = "taken on trial"
    SIGNED_IN = "signed in"
    NOT_SIGNED_IN = "not let in"
    KEPT = "kept"
    WITHDRAWN = "withdrawn"
    STORED = "stored"
    REFUSED = "refused"
    SILENT = "no answer"


_S, _E = Stand, Event
TABLE: dict[tuple[Stand, Event], Stand] = {
    (_S.PENDING, _E.IS_OLD): _S.OLD,
    (_S.PENDING, _E.IS_FOREIGN): _S.FOREIGN,
    (_S.PENDING, _E.IS_STAGED): _S.STAGED,
    (_S.PENDING, _E.IS_CONFIRMED): _S.CONFIRMED,
    (_S.PENDING, _E.REFUSED): _S.FAILED,
    (_S.PENDING, _E.SILENT): _S.AWAY,
    (_S.OLD, _E.TAKEN): _S.STAGED,
    (_S.OLD, _E.REFUSED): _S.FAILED,
    (_S.OLD, _E.SILENT): _S.FAILED,
    (_S.FOREIGN, _E.WITHDRAWN): _S.OLD,
    (_S.FOREIGN, _E.REFUSED): _S.FAILED,
    (_S.FOREIGN, _E.SILENT): _S.FAILED,
    (_S.STAGED, _E.SIGNED_IN): _S.PROVEN,
    (_S.STAGED, _E.NOT_SIGNED_IN): _S.DOUBTED,
    (_S.STAGED, _E.REFUSED): _S.DOUBTED,
    (_S.STAGED, _E.SILENT): _S.FAILED,
    (_S.DOUBTED, _E.WITHDRAWN): _S.FAILED,
    (_S.DOUBTED, _E.REFUSED): _S.FAILED,
    (_S.DOUBTED, _E.SILENT): _S.FAILED,
    (_S.PROVEN, _E.KEPT): _S.CONFIRMED,
    (_S.PROVEN, _E.REFUSED): _S.FAILED,
    (_S.PROVEN, _E.SILENT): _S.FAILED,
    (_S.CONFIRMED, _E.STORED): _S.SETTLED,
}
ENDS = frozenset({Stand.SETTLED, Stand.AWAY, Stand.FAILED})


def step(stand: Stand, event: Event) -> Stand:
    """Returns where ``event`` leads; what the table does not name cannot happen.

    Raises:
        KeyError: it happened.
    """
    return TABLE[stand, event]


def diagram() -> str:
    """Returns the table as a Mermaid state diagram."""
    lines = [f"    {stand} --> {to}: {event}" for (stand, event), to in TABLE.items()]
    ends = [f"    {end} --> [*]" for end in Stand if end in ENDS]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {Stand.PENDING}", *lines, *ends]) + "\n"
