"""Hears the button: the panel's counter, read as hostile."""

from __future__ import annotations

from pathlib import Path

from edge.base.errors import BadInput, Refused
from edge.wire.panel import read_panel


class Presses:
    """Tells each look whether the button asked for a visit since the look before.

    What was counted before the first look is past. A run of the panel that began since counts from 0.
    """

    def __init__(self, path: Path, node: str) -> None:
        self._path, self._node = path, node
        self._seen: tuple[str, int] | None = None

    def pressed(self) -> bool:
        """Looks; however far the counter rose, it is one press. What cannot be read, or falls, is none."""
        try:
            report = read_panel(self._path)
        except (BadInput, Refused):
            return False
        if report.node != self._node:
            return False
        before, self._seen = self._seen, (report.run, report.button_visit)
        if before is None:
            return False
        return report.button_visit > (before[1] if before[0] == report.run else 0)
