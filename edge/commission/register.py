"""Hands the camera's register entry over to the uplink, and deletes it once the center has it.

Rules:
  1. The entry is the host's name, number and address: it lies in a folder of its own, which nobody but this process and
     the uplink may enter. Where a unit does not make that folder for both, it is this process's alone.
  2. Only this process writes and deletes there. The uplink says in its own inbox which entry the center has; a newer
     one that was written meanwhile stays.
"""

from __future__ import annotations

import logging
from pathlib import Path

from edge.base.errors import BadInput, Refused, StorageFault
from edge.base.files import private_directory, read_bounded, sync_directory, write_durably
from edge.wire.registerentry import (
    ACKNOWLEDGED_LIMIT_BYTES,
    REGISTER_LIMIT_BYTES,
    RegisterEntry,
    dump_register_entry,
    parse_acknowledged,
    parse_register_entry,
)

_log = logging.getLogger(__name__)
_MODE = 0o640
"""The group is the folder's, which is the uplink's where a unit made it."""


class Register:
    """One node's entry on its way to the city.

    Args:
        path: of the entry, in its folder.
        acknowledged: what the uplink says of it.
    """

    def __init__(self, path: Path, acknowledged: Path, node: str) -> None:
        self._path, self._acknowledged, self._node = path, acknowledged, node
        self._told = ""

    def put(self, entry: RegisterEntry) -> None:
        """Makes the entry durable, in place of one that was not handed over yet.

        Raises:
            StorageFault: the disk refused; the older one stands.
        """
        private_directory(self._path.parent)
        write_durably(self._path, dump_register_entry(entry), mode=_MODE)

    def clear(self) -> None:
        """Deletes the entry where the center has it; what cannot be deleted is told once and tried again."""
        if not self._path.exists() or not self._acknowledged.exists():
            return
        try:
            if self._waits():
                return
            self._path.unlink()
            sync_directory(self._path.parent)
            self._told = ""
            _log.info("the center has the register entry; it is deleted here")
        except (BadInput, Refused, StorageFault, OSError) as error:
            said = f"{self._path}: is still here ({type(error).__name__})"
            if said != self._told:
                _log.warning("%s", said)
            self._told = said

    def _waits(self) -> bool:
        said = parse_acknowledged(read_bounded(self._acknowledged, limit_bytes=ACKNOWLEDGED_LIMIT_BYTES))
        entry = parse_register_entry(read_bounded(self._path, limit_bytes=REGISTER_LIMIT_BYTES))
        return (said.node, said.at) != (entry.node, entry.at)
