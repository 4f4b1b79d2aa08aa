"""Hands the camera's register entry over to the center, and says so where the page's process deletes it.

It is personal data: nothing of it is logged, kept here, or put anywhere but into the one request over mutual TLS.
"""

from __future__ import annotations

import logging
from pathlib import Path

from edge.base.errors import BadInput, Refused
from edge.base.files import read_bounded, write_durably
from edge.uplink.config import Places
from edge.uplink.server import Request, Server, require
from edge.wire.registerentry import (
    ACKNOWLEDGED_LIMIT_BYTES,
    REGISTER_LIMIT_BYTES,
    Acknowledged,
    dump_acknowledged,
    parse_acknowledged,
    parse_register_entry,
)

_log = logging.getLogger(__name__)
EVERY_S = 60.0


class RegisterEntries:
    """The newest entry of one node, until the center has it."""

    def __init__(self, places: Places, node: str) -> None:
        self._path, self._acknowledged, self._node = places.register, places.register_acknowledged, node
        self._told = ""

    def hand_over(self, server: Server) -> float:
        """Hands over an entry that the center does not have; returns after how many seconds to look again.

        Raises:
            Refused: the center does not take it; it stays.
            TryAgain: the center could not be asked.
            StorageFault: that the center has it could not be kept; it is handed over once more.
        """
        if self._path is None or not _there(self._path):
            return EVERY_S
        try:
            data = read_bounded(self._path, limit_bytes=REGISTER_LIMIT_BYTES)
            entry = parse_register_entry(data)
        except (BadInput, Refused) as error:
            self._tell(str(error))
            return EVERY_S
        word = Acknowledged(node=self._node, at=entry.at)
        if entry.node != self._node:
            self._tell(f"{self._path}: is another node's")
        elif self._said() != word:
            headers = {"Content-Type": "application/json"}
            path = f"/v1/nodes/{self._node}/register-entry"
            require(server.exchange(Request("PUT", path, data, headers)), 204)
            write_durably(self._acknowledged, dump_acknowledged(word))
            _log.info("the center has the register entry")
        return EVERY_S

    def _said(self) -> Acknowledged | None:
        try:
            return parse_acknowledged(read_bounded(self._acknowledged, limit_bytes=ACKNOWLEDGED_LIMIT_BYTES))
        except (BadInput, Refused):
            return None

    def _tell(self, fault: str) -> None:
        """Says once why an entry cannot be handed over."""
        if fault != self._told:
            _log.error("register entry is not handed over: %s", fault)
        self._told = fault


def _there(path: Path) -> bool:
    """Whether there is an entry; a folder that may not be entered is told as a fault by whoever reads."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True
