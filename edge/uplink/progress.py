"""Where the uplink stands, as heartbeat, panel and terminal show it."""

from __future__ import annotations

from dataclasses import dataclass, field

from edge.uplink.prospects import Figures
from edge.wire.heartbeat import VisitNow


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the uplink stands.

    Attributes:
        backlog_records, backlog_bytes: left to send under the mode, as far as the spool was looked through.
        connected: the last exchange of records succeeded.
        last_error: of the newest failure; empty once all goes well.
        certificate_expires: UTC microseconds.
        certificates: how many were obtained since the start.
        frozen: chains that the center holds for forked.
        figures: of line and data budget.
        visit: that is going on.
        decommission_asked: when a hand last asked for it, UTC microseconds.
    """

    backlog_records: int = 0
    backlog_bytes: int = 0
    receipted: int = 0
    refused: int = 0
    damaged: int = 0
    false_receipts: int = 0
    connected: bool = False
    last_error: str = ""
    certificate_expires: int | None = None
    certificates: int = 0
    frozen: tuple[str, ...] = ()
    figures: Figures = field(default_factory=Figures)
    visit: VisitNow | None = None
    decommission_asked: int | None = None
