"""Publishes the synced position in the run directory."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from edge.base.errors import Refused, StorageFault
from edge.seal.reel import POSITION_BYTES, Position, dump_position, read_position


class PositionFile:
    """One block, written in place by one call, so that a reader sees the old, the new or a torn one that it refuses.

    It lives on tmpfs: a restart of the process finds it, a power cut does not.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def publish(self, position: Position) -> None:
        """Writes the block.

        Raises:
            OSError: the run directory refused.
        """
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        try:
            if os.pwrite(descriptor, dump_position(position), 0) != POSITION_BYTES:
                raise OSError(errno.ENOSPC, "short write")
        finally:
            os.close(descriptor)

    def last(self) -> Position | None:
        """Returns what an earlier run of the process published; None where that cannot be read."""
        try:
            return read_position(self._path)
        except (Refused, StorageFault):
            return None
