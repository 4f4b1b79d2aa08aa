"""Follows the panel for the sealing thread: TAMPER records, and what the city is told of case, button and panel.

Rules:
  1. The panel's report is parsed as hostile; what cannot be read, or does not change, is a silent panel.
  2. A configured panel that says nothing for ``SILENT_S`` is a fault: nobody would notice that the case is opened.
  3. A record is signed before what it says is kept: a restart in between signs it once more, never not at all.
  4. Only what was signed, and which visit is open, is kept at once: a contact that chatters must not wear out the card.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from edge.base.clock import Clock
from edge.base.errors import BadInput, Refused
from edge.base.model import from_json, to_json
from edge.node.kept import Kept
from edge.node.matters import Instant
from edge.node.recording.casestate import Case, follow, tampered
from edge.node.records.journal import Journal
from edge.node.records.tally import Tally
from edge.seal.manifest import Kind
from edge.wire.panel import PanelReport, read_panel
from edge.wire.visit import VisitTicket

SILENT_S = 30
_LIMIT_BYTES = 1024
_SILENT = "the panel has said nothing for 30 s: nobody notices that the case is opened; restart it, look at its log"
_STUCK = "the panel's button has been held for a minute and is ignored until it is let go; look at it"


class CaseWatch:
    """One node's case.

    Args:
        report: the panel's file; None where the node has no panel, and nothing is watched.
        state: where what is known of the case is kept.
        ticket: returns the open visit's.
    """

    def __init__(
        self,
        report: Path | None,
        state: Path,
        node: str,
        tally: Tally,
        clock: Clock,
        ticket: Callable[[], VisitTicket | None],
    ) -> None:
        self._report, self._node, self._tally, self._clock, self._ticket = report, node, tally, clock, ticket
        self._kept = Kept(state, limit_bytes=_LIMIT_BYTES)
        self._case = None if report is None else self._read_kept()
        self._heard: tuple[str, int] | None = None
        self._heard_ns = clock.monotonic_ns()
        self._shut_ns: int | None = None
        self._seen_open = False

    def look(self, journal: Journal, at: Instant) -> None:
        """Signs what the panel reports, at ``at``, and tells what is wrong.

        Raises:
            StorageFault: nothing takes the record; the next look signs it.
        """
        if self._report is None:
            return
        now_ns = self._clock.monotonic_ns()
        report = self._read(self._report)
        if report is not None:
            if (report.run, report.updated) != self._heard:
                self._heard, self._heard_ns = (report.run, report.updated), now_ns
            self._tally.tell("button", _STUCK if report.stuck else "")
            self._follow(report, journal, at, now_ns)
        self._tally.tell("panel", _SILENT if now_ns - self._heard_ns >= SILENT_S * 1e9 else "")
        self._tally.tell("tampered", tampered(self._case, at.wall_us, seen_open=self._seen_open))
        self._kept.offer_again()
        self._tally.tell("case", self._kept.fault)

    def _follow(self, report: PanelReport, journal: Journal, at: Instant, now_ns: int) -> None:
        moved = self._case is not None and (report.run, report.case_opened) != (self._case.run, self._case.opened)
        if report.case_open or moved:
            self._shut_ns = None
        elif self._shut_ns is None:
            self._shut_ns = now_ns
        shut_for_s = 0.0 if self._shut_ns is None else (now_ns - self._shut_ns) / 1e9
        self._seen_open = report.case_open
        ticket = self._ticket()
        to = follow(self._case, report, ticket.ticket if ticket else None, shut_for_s, at.wall_us)
        if to.notice is not None:
            journal.notice(Kind.TAMPER, to.notice, at)
        before, self._case = self._case, to.case
        if to.notice is not None or before is None or before.visit != to.case.visit:
            self._kept.write(to_json(to.case))

    def _read(self, path: Path) -> PanelReport | None:
        try:
            report = read_panel(path)
        except (BadInput, Refused):
            return None
        return report if report.node == self._node else None

    def _read_kept(self) -> Case | None:
        data = self._kept.read()
        if data is None:
            return None
        try:
            return from_json(Case, data, str(self._kept.path), limit_bytes=_LIMIT_BYTES)
        except Refused:
            self._kept.spoilt(f"{self._kept.path}: damaged; what was opened before this run may go untold")
            return None
