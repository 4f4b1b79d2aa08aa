"""The visit's report: a small file in the run directory in which the commissioning page says how the visit stands.

Rules:
  1. It carries the signed ticket as it came, so that whoever lets a visit change anything checks the ticket itself
     (``edge.wire.visit``), for the process that wrote the report speaks to strangers; what stands beside it is for
     show.
  2. It is published at least every ``EVERY_S``; one older than ``STALE_S`` speaks for nobody, and its visit is over.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from edge.base.clock import SECOND_US
from edge.base.model import NodeId, Strict, Utc, read_json, to_json
from edge.wire.visit import TICKET_LIMIT_BYTES, Scope

VISIT_LIMIT_BYTES = 32 * 1024
EVERY_S, STALE_S = 10, 60


class VisitState(StrEnum):
    """How the visit stands."""

    CLOSED = "closed"
    """Nobody has pressed the button."""
    WAITING = "waiting"
    """The page is there, without a picture, and waits for the code."""
    OPEN = "open"
    """A right code and a valid ticket opened it."""
    ENDED = "ended"


class VisitReport(Strict):
    """What the commissioning page says.

    Attributes:
        ticket: the signed document's text; none where no visit is open.
        scope: the ticket's.
        since: when this state began.
        needs_camera: the recorder has to give the camera away.
    """

    v: Literal[1] = 1
    node: NodeId
    updated: Utc
    state: Annotated[VisitState, Field(strict=False)]
    ticket: Annotated[str, Field(max_length=TICKET_LIMIT_BYTES)] | None
    scope: Annotated[Scope, Field(strict=False)] | None
    since: Utc
    needs_camera: bool

    @model_validator(mode="after")
    def _names_its_ticket(self) -> VisitReport:
        visiting = self.state is VisitState.OPEN
        if visiting and (self.ticket is None or self.scope is None):
            raise ValueError("an open visit has a ticket and its scope")
        if self.needs_camera and not visiting:
            raise ValueError("only an open visit needs the camera")
        if not visiting and (self.ticket is not None or self.scope is not None):
            raise ValueError("only an open visit has a ticket and scope")
        if self.needs_camera != (self.scope is not None and self.scope.needs_camera):
            raise ValueError("needs_camera does not follow from the scope")
        return self

    def open_ticket(self, now_us: int) -> str | None:
        """Returns the ticket that the report points to; None where no visit is open, or the report is too old."""
        stale = abs(now_us - self.updated) > STALE_S * SECOND_US
        return None if self.state is not VisitState.OPEN or stale else self.ticket


def dump_visit(report: VisitReport) -> bytes:
    """Returns the file's bytes."""
    return to_json(report)


def read_visit(path: Path) -> VisitReport:
    """Reads the file.

    Raises:
        BadInput: missing or unreadable.
        Refused: ``bad-document`` or strict JSON's failures.
    """
    return read_json(VisitReport, path, limit_bytes=VISIT_LIMIT_BYTES)
