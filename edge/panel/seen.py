"""What the panel reads of the others: the recorder's status, the uplink's word on the line, the visit's report.

Rules:
  1. Each is parsed as hostile and only what the LED shows is taken. No signature is checked: the panel grants nothing,
     the worst that a false file does here is a false light.
  2. A file that did not change for ``STALE_S`` by the panel's own clock counts as missing, whatever time it tells.
  3. The models of these files (``edge.wire``) are not used: their library alone takes more memory than the panel may
     have. A test feeds what the writers' models write.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from edge.base import strictjson
from edge.base.clock import Clock
from edge.base.errors import BadInput, Refused
from edge.base.files import read_bounded
from edge.panel.condition import RecorderSeen
from edge.wire.line import read_line

STALE_S = 30
LINE_UP_S = 120
"""Nobody has acknowledged anything for so long: the line is down. Heartbeats go every 30 s."""
_LIMIT_BYTES = 32 * 1024

Taken = TypeVar("Taken")


class Fresh:
    """Tells how long something has stayed the same."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: object = None
        self._since_ns = 0

    def age_s(self, value: object) -> float:
        """Returns for how long ``value`` has been what it is."""
        now_ns = self._clock.monotonic_ns()
        if value != self._seen:
            self._seen, self._since_ns = value, now_ns
        return (now_ns - self._since_ns) / 1e9


class Seen:
    """Looks at the run directory.

    Attributes:
        recorder, line_up, visiting: as of the last ``look``.
    """

    def __init__(self, run: Path, node: str, clock: Clock) -> None:
        self._run, self._node = run, node
        self._recorder, self._line, self._visit = Fresh(clock), Fresh(clock), Fresh(clock)
        self.recorder: RecorderSeen | None = None
        self.line_up = self.visiting = False

    def look(self) -> None:
        """Reads the files."""
        self.recorder = self._take("recorder.json", self._recorder, _recorder)
        self.visiting = self._take("visit.json", self._visit, _visiting) is True
        self.line_up = self._line_is_up()

    def _take(self, name: str, fresh: Fresh, take: Callable[[dict[str, Any]], Taken | None]) -> Taken | None:
        try:
            tree = strictjson.parse(read_bounded(self._run / name, limit_bytes=_LIMIT_BYTES), limit_bytes=_LIMIT_BYTES)
        except (BadInput, Refused):
            return None
        if not isinstance(tree, dict) or tree.get("node") != self._node or type(tree.get("updated")) is not int:
            return None
        return take(tree) if fresh.age_s(tree["updated"]) < STALE_S else None

    def _line_is_up(self) -> bool:
        """The last acknowledgement is as old as the uplink says, and as its report has grown since."""
        try:
            report = read_line(self._run / "uplink.json")
        except (BadInput, Refused):
            return False
        age_s = self._line.age_s(report.updated)
        return report.node == self._node and report.quiet_s is not None and report.quiet_s + age_s <= LINE_UP_S


def _recorder(tree: dict[str, Any]) -> RecorderSeen | None:
    state, faults, guard = tree.get("state"), tree.get("faults"), tree.get("guard")
    if not isinstance(state, str) or not isinstance(faults, dict) or not isinstance(guard, str | None):
        return None
    night = tree.get("night")
    return RecorderSeen(state, frozenset(faults), guard, night if isinstance(night, bool) else None)


def _visiting(tree: dict[str, Any]) -> bool:
    return tree.get("state") in ("waiting", "open")
