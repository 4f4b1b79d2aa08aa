"""Commands from the desk: checked, and made durable before anything is done about them.

Rules:
  1. The counter only rises; it is on the disk before the command counts, so a replay is refused after a restart too.
  2. A window that was asked for is kept until it expires.
  3. Where the file is damaged, only commands issued from then on are taken: the old counter is not known any more.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from edge.base.errors import BadInput, Refused
from edge.base.files import write_durably
from edge.base.model import Strict, Utc, read_json, to_json
from edge.uplink.plan import Window
from edge.wire.authority import Authority
from edge.wire.command import parse_command

_log = logging.getLogger(__name__)
WINDOWS_LIMIT = 64
_FILE_LIMIT_BYTES = 64 * 1024


class AskedFor(Strict):
    """One command that still holds."""

    start_us: Utc
    end_us: Utc
    expires: Utc


class Taken(Strict):
    """What ``commands.json`` holds.

    Attributes:
        issued_from: commands issued earlier are refused.
    """

    v: Literal[1] = 1
    counter: Annotated[int, Field(ge=0, lt=2**53)] = 0
    issued_from: Utc = 0
    windows: Annotated[tuple[AskedFor, ...], Field(strict=False, max_length=WINDOWS_LIMIT)] = ()


class Commands:
    """The commands taken so far.

    Args:
        now_us: UTC, for the case that the file is damaged.
    """

    def __init__(self, path: Path, authority: Authority, node: str, now_us: int) -> None:
        self._path, self._authority, self._node = path, authority, node
        self._taken = self._read(now_us)

    def take(self, data: bytes, now_us: int) -> None:
        """Checks a command and makes it durable.

        Raises:
            Refused: not signed by the command role, for another node, expired, replayed, or too many are open.
            StorageFault: the disk refused; the command does not count.
        """
        command = parse_command(data, self._authority, self._node, now_us, self._taken.counter).payload
        if command.issued < self._taken.issued_from:
            raise Refused("replayed", f"command {command.counter} is older than this node's memory of commands")
        open_now = tuple(window for window in self._taken.windows if window.expires >= now_us)
        if len(open_now) >= WINDOWS_LIMIT:
            raise Refused("too-many", f"{len(open_now)} windows are open already, which is the limit; let some expire")
        window = AskedFor(start_us=command.start_us, end_us=command.end_us, expires=command.expires)
        taken = self._taken.model_copy(update={"counter": command.counter, "windows": (*open_now, window)})
        write_durably(self._path, to_json(taken))
        self._taken = taken

    def windows(self, now_us: int) -> tuple[Window, ...]:
        """Returns the windows that have not expired."""
        return tuple(Window(asked.start_us, asked.end_us) for asked in self._taken.windows if asked.expires >= now_us)

    def _read(self, now_us: int) -> Taken:
        if not self._path.exists():
            return Taken()
        try:
            return read_json(Taken, self._path, limit_bytes=_FILE_LIMIT_BYTES)
        except (BadInput, Refused) as error:
            _log.error("%s; the file counts as damaged, and what was asked for must be asked for again", error)
            return Taken(issued_from=now_us)
