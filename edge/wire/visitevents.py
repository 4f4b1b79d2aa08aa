"""What happened in visits, for the recorder to sign: one line an event, the newest ``KEPT`` of them.

Rules:
  1. Each line is strict JSON, with a number one above the line before; numbers never start again.
  2. The file is replaced as a whole and durably. Its reader remembers the highest number that it has dealt with.
  3. Each event carries the signed ticket, so that its reader checks it; nothing else in a line is proven.
  4. What a VISIT record says of an event is its state, the ticket's id as reference, and a note that ``note_of`` makes
     and ``read_note`` reads: number, scope, time; never who came.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Annotated

from pydantic import Field

from edge.base.errors import Refused
from edge.base.files import read_bounded
from edge.base.model import Strict, Utc, from_json, to_json
from edge.wire.visit import TICKET_LIMIT_BYTES, Scope

KEPT = 64
EVENTS_LIMIT_BYTES = KEPT * (2 * TICKET_LIMIT_BYTES + 256)
"""A ticket stands in a line as JSON text: each of its quotation marks takes two bytes there."""

_NUMBER = "([0-9]{1,16})"
_NOTE = re.compile(
    f"event {_NUMBER}, ({'|'.join(Scope)}), at {_NUMBER}(?:, {_NUMBER} bytes left|, window {_NUMBER} to {_NUMBER})?"
)


class What(StrEnum):
    """What happened."""

    OPENED = "opened"
    REFUSED = "refused"
    """Wrong codes, as many as one may try: the lock-out began."""
    SIGNED_OFF = "signed-off"
    COLLECTED = "collected"
    """Records of the ticket's window begin to leave."""
    ENDED = "ended"


class VisitEvent(Strict):
    """One line.

    Attributes:
        ticket: the signed document.
        left_bytes: where a visit ends in which records were collected, how much of them left.
    """

    number: Annotated[int, Field(ge=1, lt=2**53)]
    at: Utc
    state: Annotated[What, Field(strict=False)]
    ticket: Annotated[str, Field(max_length=TICKET_LIMIT_BYTES)]
    left_bytes: Annotated[int, Field(ge=0, lt=2**53)] | None = None


def dump_events(events: tuple[VisitEvent, ...]) -> bytes:
    """Returns the file's bytes; the oldest events fall away."""
    return b"".join(to_json(event) + b"\n" for event in events[-KEPT:])


def read_events(path: Path) -> tuple[VisitEvent, ...]:
    """Returns the events, oldest first; none where there is no file yet.

    Raises:
        BadInput: unreadable.
        Refused: ``bad-document`` or strict JSON's failures.
    """
    if not path.exists():
        return ()
    lines = read_bounded(path, limit_bytes=EVENTS_LIMIT_BYTES).splitlines()
    events = tuple(from_json(VisitEvent, line, str(path), limit_bytes=EVENTS_LIMIT_BYTES) for line in lines)
    if any(later.number != earlier.number + 1 for earlier, later in pairwise(events)):
        raise Refused("bad-document", f"{path}: the numbers of its events do not rise by one")
    return events


@dataclass(frozen=True, slots=True)
class Noted:
    """What a VISIT record's note tells: the event's number, the ticket's scope, and when it happened, UTC us.

    Attributes:
        left_bytes: of the records that were collected in a visit which ended; None where none were.
        window_us: of the ticket, where records of it began to leave; else None.
    """

    number: int
    scope: Scope
    at_us: int
    left_bytes: int | None = None
    window_us: tuple[int, int] | None = None


def note_of(noted: Noted) -> str:
    """Returns a VISIT record's note."""
    left = "" if noted.left_bytes is None else f", {noted.left_bytes} bytes left"
    window = "" if noted.window_us is None else f", window {noted.window_us[0]} to {noted.window_us[1]}"
    return f"event {noted.number}, {noted.scope.value}, at {noted.at_us}{left}{window}"


def read_note(text: str) -> Noted | None:
    """Returns what a note tells; None where it is none."""
    told = _NOTE.fullmatch(text)
    if told is None or max(int(told[number] or 0) for number in (1, 3, 4, 5, 6)) >= 2**53:
        return None
    left_bytes = None if told[4] is None else int(told[4])
    window_us = None if told[5] is None else (int(told[5]), int(told[6]))
    return Noted(int(told[1]), Scope(told[2]), int(told[3]), left_bytes, window_us)
