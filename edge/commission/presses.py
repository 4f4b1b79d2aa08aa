"""Hears the button: the panel's counter, read as hostile."""

from __future__ import annotations

from pathlib import Path

from edge.base.errors import BadInput, Refused
from edge.wire.panel import read_panel


class Presses:
    """Tells each look whether the button asked for a visit since the look before, the first of which is the making.

    What was counted before that is past. A run of the panel that began since counts from 0.
    """

    def __init__(self, path: Path, node: str) -> None:
        self._path, self._node = path, node
        self._seen = self._look() or ("", 0)

    def pressed(self) -> bool:
        """Looks; however far the counter rose, it is one press. What cannot be read, or falls, is none."""
        found = self._look()
        if found is None:
            return False
        (before_run, before), self._seen = self._seen, found
        return found[1] > (before if before_run == found[0] else 0)

    def _look(self) -> tuple[str, int] | None:
        """Returns the panel's run and counter."""
        try:
            report = read_panel(self._path)
        except (BadInput, Refused):
            return None
        return (report.run, report.button_visit) if report.node == self._node else None
