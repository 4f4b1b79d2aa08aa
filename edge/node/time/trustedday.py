"""The newest local day that a trusted clock or a receipt told: kept, because the day never runs behind it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from edge.node.kept import Kept


class TrustedDay:
    """One day in a small file; written once a day. Where it cannot be kept it holds for this run."""

    def __init__(self, path: Path) -> None:
        self.kept = Kept(path, limit_bytes=64)
        text = (self.kept.read() or b"").decode("ascii", "replace").strip()
        self.day: str | None = text if _is_day(text) else None

    def used(self, day: str) -> None:
        """Notes that it is ``day`` or later; a disk that refuses is told and does not stop the recorder."""
        if self.day is None or day > self.day:
            self.day = day
            self.kept.write(day.encode() + b"\n")


def _is_day(text: str) -> bool:
    """Whether ``text`` is a day as it was written."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
