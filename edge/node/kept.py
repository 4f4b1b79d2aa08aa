"""A small file of the recorder's state that a faulty disk must not end a recording for.

Rules:
  1. What the disk refuses stays in force in memory, stands in the status (``fault``) and is offered again.
  2. A file that cannot be read holds nothing; that is told until a new one is kept.
"""

from __future__ import annotations

import logging
from pathlib import Path

from edge.base.errors import BadInput, StorageFault
from edge.base.files import read_bounded, write_durably

AGAIN = 150
"""Calls of ``offer_again``, one with each segment, until a refused file is offered again: five minutes."""

_log = logging.getLogger(__name__)


class Kept:
    """One file.

    Attributes:
        fault: why it is not kept, or was not read; empty where all is well.
    """

    def __init__(self, path: Path, *, limit_bytes: int, mode: int = 0o644) -> None:
        self.path = path
        self.fault = ""
        self._limit_bytes, self._mode = limit_bytes, mode
        self._waiting: bytes | None = None
        self._calls = 0

    def read(self) -> bytes | None:
        """Returns what an earlier run kept; None where there is nothing, or nothing that can be read."""
        try:
            return read_bounded(self.path, limit_bytes=self._limit_bytes)
        except BadInput as error:
            if not isinstance(error.__cause__, FileNotFoundError):
                self.spoilt(str(error))
            return None

    def spoilt(self, reason: str) -> None:
        """Takes note that what was read is of no use."""
        self.fault = reason
        _log.error("%s", reason)

    def write(self, data: bytes) -> None:
        """Keeps ``data``, now or later."""
        self._waiting, self._calls = data, 0
        self._offer()

    def offer_again(self) -> None:
        """Offers what was refused once more, every ``AGAIN`` calls: a failing disk is not to be worn out by it."""
        if self._waiting is not None:
            self._calls += 1
            if self._calls % AGAIN == 0:
                self._offer()

    def _offer(self) -> None:
        assert self._waiting is not None
        try:
            write_durably(self.path, self._waiting, mode=self._mode)
        except StorageFault as error:
            self.spoilt(str(error))
        else:
            self._waiting, self.fault = None, ""
