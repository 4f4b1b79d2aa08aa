"""VISIT records: what the page's process says of visits, signed once each.

Rules:
  1. An event counts by its ticket: the visit role's, for this node. The hours are not looked at, for it may be told
     late. A record names the ticket's id, never who came.
  2. The highest number dealt with is kept. Where a power cut came between a record and that, the newest record tells.
  3. At most ``EVENTS_AT_MOST`` in an hour: who writes events must not fill the spool. The others wait.
"""

from __future__ import annotations

import logging
import re
from collections import deque
from pathlib import Path

from edge.base.clock import SECOND_US
from edge.base.errors import BadInput, Refused
from edge.node.config import NodeConfig
from edge.node.kept import Kept
from edge.node.matters import Instant
from edge.node.records.journal import Journal
from edge.node.statefiles import VISITS
from edge.seal.manifest import Kind, Manifest, Notice
from edge.wire.authority import Authority
from edge.wire.visit import VisitTicket, parse_visit_ticket
from edge.wire.visitevents import Noted, VisitEvent, What, note_of, read_events, read_note

EVENTS_AT_MOST = 64
_HOUR_US = 3600 * SECOND_US

_log = logging.getLogger(__name__)


class VisitRecords:
    """Signs the events of one node's visits.

    Args:
        events: the page's file.
        kept: holds the highest number dealt with, decimal and a line feed.
        newest: the newest record of the run before.
    """

    def __init__(self, events: Path, kept: Path, authority: Authority, node: str, newest: Manifest | None) -> None:
        self._events, self._authority, self._node = events, authority, node
        self.kept = Kept(kept, limit_bytes=32, mode=0o600)
        self._last = max(_number(self.kept.read()), _signed(newest))
        self._seen: tuple[int, int, int] | None = None
        self._written_us: deque[int] = deque()

    def poll(self, journal: Journal, at: Instant) -> None:
        """Signs what is new.

        Raises:
            StorageFault: neither card nor memory takes a record; it is tried again.
        """
        mark = self._mark()
        if mark is None or mark == self._seen:
            return
        try:
            new = [event for event in read_events(self._events) if event.number > self._last]
        except (BadInput, Refused) as error:
            _log.error("what happened in visits is not signed: %s", error)
            self._seen = mark
            return
        while new and self._has_room(at):
            self._sign(new.pop(0), journal, at)
        self._seen = mark if not new else None

    def _sign(self, event: VisitEvent, journal: Journal, at: Instant) -> None:
        try:
            document = parse_visit_ticket(event.ticket.encode(), self._authority, self._node, 0, trusted=False)
        except Refused as error:
            _log.error("event %d of a visit is not signed: %s", event.number, error)
        else:
            self._written_us.append(at.mono_us)
            journal.notice(Kind.VISIT, _notice(event, document.payload), at)
        self._last = event.number
        self.kept.write(b"%d\n" % event.number)

    def _has_room(self, at: Instant) -> bool:
        while self._written_us and at.mono_us - self._written_us[0] >= _HOUR_US:
            self._written_us.popleft()
        return len(self._written_us) < EVENTS_AT_MOST

    def _mark(self) -> tuple[int, int, int] | None:
        try:
            status = self._events.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size


def visit_records(config: NodeConfig, authority: Authority, newest: Manifest | None) -> VisitRecords | None:
    """Returns what signs a node's visits; None for one that takes none."""
    if config.visit is None:
        return None
    return VisitRecords(config.visit.events, config.state / VISITS, authority, config.node, newest)


def _notice(event: VisitEvent, ticket: VisitTicket) -> Notice:
    window = ticket.window if event.state is What.COLLECTED else None
    window_us = None if window is None else (window.start, window.end)
    note = note_of(Noted(event.number, ticket.scope, event.at, event.left_bytes, window_us))
    return Notice(state=event.state.value, reference=ticket.ticket, note=note)


def _signed(newest: Manifest | None) -> int:
    """Returns the number that the newest record tells, where that is a VISIT; only VISIT has such a note."""
    if newest is None or not isinstance(newest.detail, Notice) or newest.detail.reference is None:
        return 0
    noted = read_note(newest.detail.note)
    return 0 if noted is None else noted.number


def _number(data: bytes | None) -> int:
    text = (data or b"").decode("ascii", "replace").strip()
    return int(text) if re.fullmatch(r"\d{1,16}", text) else 0
