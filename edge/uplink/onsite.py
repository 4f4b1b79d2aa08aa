"""What happens at the camera, for the heartbeat: the visit that is going on, and that a hand asked for decommissioning.

Rules:
  1. Both files are parsed as hostile. A visit counts by its ticket, whose signature and node are checked here; its
     hours are for those who grant something for it.
  2. The panel counts presses within one of its runs. What was counted last is kept over restarts, so that a press is
     told once, and also when nobody could be told for days.
  3. A press grants nothing: it is told to the city, and a ticket decides.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from edge.base.clock import Clock
from edge.base.errors import BadInput, Refused, StorageFault
from edge.base.files import write_durably
from edge.base.model import Hex16, Strict, Utc, read_json, to_json
from edge.uplink.config import Places
from edge.wire.authority import Authority
from edge.wire.heartbeat import VisitNow
from edge.wire.panel import read_panel
from edge.wire.visit import parse_visit_ticket
from edge.wire.visitreport import read_visit

EVERY_NS = 1_000_000_000
_LIMIT_BYTES = 256

_log = logging.getLogger(__name__)


class Asked(Strict):
    """What is kept of the panel's count.

    Attributes:
        run, presses: of the panel, as of the last press that was noticed.
        at: when that was noticed, UTC.
    """

    v: Literal[1] = 1
    run: Hex16
    presses: Annotated[int, Field(ge=0, lt=2**31)]
    at: Utc


class OnSite:
    """Looks at the camera's surroundings about once a second.

    Attributes:
        visit: as of the last look.
        asked: the newest request for decommissioning.
    """

    def __init__(self, places: Places, authority: Authority, node: str, clock: Clock) -> None:
        self._report, self._panel, self._kept = places.visit, places.panel, places.asked
        self._authority, self._node, self._clock = authority, node, clock
        self._due_ns: int | None = None
        self.visit: VisitNow | None = None
        self.asked = _read(self._kept)

    def look(self) -> None:
        """Looks, where it is time."""
        now_ns = self._clock.monotonic_ns()
        if self._due_ns is not None and now_ns < self._due_ns:
            return
        self._due_ns = now_ns + EVERY_NS
        self.visit = None if self._report is None else self._visit(self._report)
        if self._panel is not None:
            self._count(self._panel)

    def _visit(self, path: Path) -> VisitNow | None:
        try:
            report = read_visit(path)
            document = report.open_ticket(self._clock.now_us())
            if report.node != self._node or document is None:
                return None
            ticket = parse_visit_ticket(document.encode(), self._authority, self._node, 0, trusted=False).payload
        except (BadInput, Refused):
            return None
        if ticket.scope is not report.scope:
            return None
        return VisitNow(ticket=ticket.ticket, installer=ticket.installer, scope=ticket.scope, since=report.since)

    def _count(self, path: Path) -> None:
        try:
            report = read_panel(path)
        except (BadInput, Refused):
            return
        before = self.asked.presses if self.asked is not None and self.asked.run == report.run else 0
        if report.node != self._node or report.button_decommission <= before:
            return
        self.asked = Asked(run=report.run, presses=report.button_decommission, at=self._clock.now_us())
        _log.warning("decommissioning was asked for at the open case; the city is told, and a ticket decides")
        try:
            write_durably(self._kept, to_json(self.asked), mode=0o600)
        except StorageFault as error:
            _log.warning("it may be told again after a restart: %s", error)


def _read(path: Path) -> Asked | None:
    if not path.exists():
        return None
    try:
        return read_json(Asked, path, limit_bytes=_LIMIT_BYTES)
    except (BadInput, Refused) as error:
        _log.warning("%s; what was asked for before is not known", error)
        return None
