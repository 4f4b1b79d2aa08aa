"""Notes of the time that a desk brought, laid where the recorder finds them; it checks them again."""

from __future__ import annotations

from pathlib import Path

from edge.base.errors import BadInput, Refused
from edge.base.files import read_bounded, write_durably
from edge.wire.authority import Authority
from edge.wire.timenote import NOTE_LIMIT_BYTES, TimeNote, is_later, parse_time_note


class TimeNotes:
    """The newest note; used by one thread."""

    def __init__(self, path: Path, authority: Authority, node: str) -> None:
        self._path, self._authority, self._node = path, authority, node

    def take(self, data: bytes) -> bool:
        """Stores a note.

        Raises:
            Refused: it is none for this node, or over no later record than the kept one.
            StorageFault: the disk refused; the kept one stands.
        """
        note = parse_time_note(data, self._authority, self._node)
        if not is_later(note.payload, self._kept()):
            raise Refused("old-version", "a note over that record or a later one is here already")
        write_durably(self._path, note.data)
        return True

    def _kept(self) -> TimeNote | None:
        try:
            data = read_bounded(self._path, limit_bytes=NOTE_LIMIT_BYTES)
            return parse_time_note(data, self._authority, self._node).payload
        except (BadInput, Refused):
            return None
