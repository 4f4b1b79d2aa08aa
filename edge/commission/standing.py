"""How a visit stands."""

from __future__ import annotations

from dataclasses import dataclass

from edge.wire.visit import Scope
from edge.wire.visitreport import VisitState


@dataclass(frozen=True, slots=True)
class Standing:
    """How the visit stands, for the page.

    Attributes:
        scope, ticket: of an open visit.
        left_s: until it ends if nobody touches it.
        locked_s: of a lock-out in force.
        has_ticket: a code may be entered.
    """

    state: VisitState
    scope: Scope | None
    ticket: str
    left_s: int
    locked_s: int
    tries_left: int
    has_ticket: bool
