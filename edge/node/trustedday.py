"""The newest local day that a trusted clock or a receipt told: kept, because the day never runs behind it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from edge.base.files import read_bounded, write_durably


class TrustedDay:
    """One day in a small file; written once a day."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.day: str | None = None
        if path.exists():
            text = read_bounded(path, limit_bytes=64).decode("ascii", "replace").strip()
            self.day = text if _is_day(text) else None

    def used(self, day: str) -> None:
        """Notes that it is ``day`` or later."""
        if self.day is None or day > self.day:
            write_durably(self._path, day.encode() + b"\n")
            self.day = day


def _is_day(text: str) -> bool:
    """Whether ``text`` is a day as it was written: a damaged one must not stop the recorder later."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
