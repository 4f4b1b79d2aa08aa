"""Notes of the time that a desk brought, as the recorder takes them: once each, checked here."""

from __future__ import annotations

import logging
from pathlib import Path

from edge.base.errors import BadInput, Refused
from edge.base.files import Version, read_bounded, version_of
from edge.wire.authority import Authority
from edge.wire.timenote import NOTE_LIMIT_BYTES, TimeNote, is_later, parse_time_note

_log = logging.getLogger(__name__)


class TimeNoteInbox:
    """Looks at the uplink's file."""

    def __init__(self, path: Path, authority: Authority, node: str) -> None:
        self._path, self._authority, self._node = path, authority, node
        self._seen: Version | None = None
        self._newest: TimeNote | None = None

    def new(self) -> TimeNote | None:
        """Returns a note that came since the last look; None for none, one that does not hold, or one not later."""
        version = version_of(self._path)
        if version is None or version == self._seen:
            return None
        self._seen = version
        try:
            data = read_bounded(self._path, limit_bytes=NOTE_LIMIT_BYTES)
            note = parse_time_note(data, self._authority, self._node).payload
        except (BadInput, Refused) as error:
            _log.warning("a note of the time is not taken: %s", error)
            return None
        if not is_later(note, self._newest):
            return None
        self._newest = note
        return note
