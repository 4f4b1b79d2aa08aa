"""What happened in visits, for the recorder to sign: one line an event, the newest ``KEPT`` of them.

Rules:
  1. Each line is strict JSON, with a number one above the line before; numbers never start again.
  2. The file is replaced as a whole and durably. Its reader remembers the highest number that it has dealt with.
  3. Each event carries the signed ticket, so that its reader checks it; nothing else in a line is proven.
"""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from edge.base import strictjson
from edge.base.errors import Refused
from edge.base.files import read_bounded
from edge.base.model import Strict, Utc, faults
from edge.wire.visit import TICKET_LIMIT_BYTES

KEPT = 64
EVENTS_LIMIT_BYTES = KEPT * (2 * TICKET_LIMIT_BYTES + 256)
"""A ticket stands in a line as JSON text: each of its quotation marks takes two bytes there."""


class What(StrEnum):
    """What happened."""

    OPENED = "opened"
    REFUSED = "refused"
    """Wrong codes, as many as one may try: the lock-out began."""
    SIGNED_OFF = "signed-off"
    COLLECTED = "collected"
    ENDED = "ended"


class VisitEvent(Strict):
    """One line.

    Attributes:
        ticket: the signed document.
    """

    number: Annotated[int, Field(ge=1, lt=2**53)]
    at: Utc
    state: Annotated[What, Field(strict=False)]
    ticket: Annotated[str, Field(max_length=TICKET_LIMIT_BYTES)]


def dump_events(events: tuple[VisitEvent, ...]) -> bytes:
    """Returns the file's bytes; the oldest events fall away."""
    return b"".join(strictjson.dump(event.model_dump(mode="json")) + b"\n" for event in events[-KEPT:])


def read_events(path: Path) -> tuple[VisitEvent, ...]:
    """Returns the events, oldest first; none where there is no file yet.

    Raises:
        BadInput: unreadable.
        Refused: ``bad-document`` or strict JSON's failures.
    """
    if not path.exists():
        return ()
    lines = read_bounded(path, limit_bytes=EVENTS_LIMIT_BYTES).splitlines()
    try:
        events = tuple(
            VisitEvent.model_validate(strictjson.parse(line, limit_bytes=EVENTS_LIMIT_BYTES)) for line in lines
        )
    except ValidationError as error:
        raise Refused("bad-document", f"{path}: " + "; ".join(faults(error)[:5])) from error
    if any(later.number != earlier.number + 1 for earlier, later in pairwise(events)):
        raise Refused("bad-document", f"{path}: the numbers of its events do not rise by one")
    return events
