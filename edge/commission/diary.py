"""What happened in visits, kept durably for the recorder to sign (``edge.wire.visitevents``)."""

from __future__ import annotations

import logging
from pathlib import Path

from edge.base.errors import BadInput, Refused, StorageFault
from edge.base.files import write_durably
from edge.wire.visitevents import KEPT, VisitEvent, What, dump_events, read_events

_log = logging.getLogger(__name__)
_UNDER_WAY = (What.OPENED, What.COLLECTED)


class Diary:
    """The events; an open visit that a power cut ended is told to have ended.

    A damaged file is begun again with the time in microseconds for a number: above any that was used, for no node has a
    visit each microsecond.

    Args:
        now_us: UTC, for that end.
    """

    def __init__(self, path: Path, now_us: int) -> None:
        self._path = path
        try:
            self._events = read_events(path)
        except (BadInput, Refused) as error:
            _log.error("%s; visits are noted from now on", error)
            self._events = ()
            self._next = now_us
        else:
            self._next = self._events[-1].number + 1 if self._events else 1
        if self._events and self._events[-1].state in _UNDER_WAY:
            self._end(self._events[-1].ticket, now_us)

    def note(self, what: What, ticket: str, at_us: int, left_bytes: int | None = None) -> None:
        """Adds an event.

        Args:
            left_bytes: of a visit's records that were collected, where it ends.

        Raises:
            StorageFault: the disk refused; the event does not count.
        """
        event = VisitEvent(number=self._next, at=at_us, state=what, ticket=ticket, left_bytes=left_bytes)
        events = (*self._events, event)[-KEPT:]
        write_durably(self._path, dump_events(events), mode=0o640)
        self._events, self._next = events, self._next + 1

    def _end(self, ticket: str, at_us: int) -> None:
        try:
            self.note(What.ENDED, ticket, at_us)
        except StorageFault as error:
            _log.error("a visit that was cut off is not noted to have ended: %s", error)

    def signed_off(self, ticket: str) -> bool:
        """Whether a visit by this ticket was signed off: it opens nothing any more."""
        return any(event.state is What.SIGNED_OFF and event.ticket == ticket for event in self._events)
