"""The newest local day that a trusted clock or a receipt told: kept, because the day never runs behind it."""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path

from edge.base.errors import BadInput, StorageFault
from edge.base.files import read_bounded, write_durably

_log = logging.getLogger(__name__)


class TrustedDay:
    """One day in a small file; written once a day."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.day = _read(path)

    def used(self, day: str) -> None:
        """Notes that it is ``day`` or later; a disk that refuses is logged and does not stop the recorder."""
        if self.day is not None and day <= self.day:
            return
        self.day = day
        try:
            write_durably(self._path, day.encode() + b"\n")
        except StorageFault as error:
            _log.error("the day is not kept: %s", error)


def _read(path: Path) -> str | None:
    """Returns what was kept; a damaged file counts as none, for it must not stop the recorder."""
    try:
        text = read_bounded(path, limit_bytes=64).decode("ascii", "replace").strip()
    except BadInput:
        return None
    return text if _is_day(text) else None


def _is_day(text: str) -> bool:
    """Whether ``text`` is a day as it was written."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
