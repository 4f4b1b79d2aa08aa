"""Which tickets' sign-offs the recorder took: each counts once, over restarts and power cuts.

Rules:
  1. A sign-off is remembered before its masks count, and marked as done once its record is signed. One that a power cut
     ended in between is taken again, the same bytes and no others.
  2. A file that is damaged or cannot be read lets no sign-off in.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from edge.base.errors import BadInput, Refused
from edge.base.files import write_durably
from edge.base.model import Hex16, Hex32, Strict, read_json, to_json

KEPT = 256
_LIMIT_BYTES = 64 * 1024


class Used(Strict):
    """A ticket whose sign-off was taken; ``sha256`` is the sign-off's."""

    ticket: Hex16
    sha256: Hex32
    done: bool


class _Document(Strict):
    version: Literal[1] = 1
    used: Annotated[tuple[Used, ...], Field(strict=False, max_length=KEPT)]


class UsedTickets:
    """The file, read at each look."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def of(self, ticket: str) -> Used | None:
        """Returns what is remembered of a ticket.

        Raises:
            Refused: ``damaged``: the file cannot be read.
        """
        return next((used for used in self._read() if used.ticket == ticket), None)

    def remember(self, used: Used) -> None:
        """Makes it durable; the oldest of more than ``KEPT`` falls away.

        Raises:
            StorageFault: the disk refused.
            Refused: ``damaged``.
        """
        others = tuple(other for other in self._read() if other.ticket != used.ticket)
        document = _Document(used=(*others, used)[-KEPT:])
        write_durably(self._path, to_json(document), mode=0o640)

    def _read(self) -> tuple[Used, ...]:
        try:
            return read_json(_Document, self._path, limit_bytes=_LIMIT_BYTES).used
        except (BadInput, Refused) as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return ()
            raise Refused("damaged", f"{self._path}: the used tickets cannot be read; no sign-off is taken") from error
