"""Composes heartbeats: what the recorder says, what is left to send, and the proof."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge.base.clock import Clock
from edge.base.errors import BadInput, Refused
from edge.uplink.newest import NewestHeader
from edge.uplink.plan import Mode
from edge.uplink.progress import Progress
from edge.wire.heartbeat import CardHealth, Heartbeat, dump_heartbeat
from edge.wire.status import RecorderStatus, read_status


@dataclass(frozen=True, slots=True)
class Vitals:
    """What the node's board says of itself; ``None`` where it cannot tell.

    Attributes:
        temperature_mc: thousandths of a degree Celsius.
        signal_dbm: of the radio line.
    """

    card_bytes: int = 0
    card_free_bytes: int = 0
    card: CardHealth | None = None
    temperature_mc: int | None = None
    signal_dbm: int | None = None
    password_age_days: int | None = None


@dataclass(frozen=True, slots=True)
class Heart:
    """Everything that a heartbeat is made of.

    Attributes:
        status: the recorder's status file.
        progress, vitals: asked at each beat.
    """

    node: str
    upload: Mode
    firmware: str
    newest: NewestHeader
    status: Path
    progress: Callable[[], Progress]
    vitals: Callable[[], Vitals]
    clock: Clock

    def beat(self) -> bytes:
        """Returns the MQTT payload of this moment."""
        header, progress, vitals = self.newest.read(), self.progress(), self.vitals()
        heartbeat = Heartbeat(
            node=self.node,
            sent=self.clock.now_us(),
            header=None if header is None else base64.b64encode(header.data).decode(),
            recorder=self._recorder(),
            upload=self.upload,
            backlog_records=progress.backlog_records,
            backlog_bytes=progress.backlog_bytes,
            card_bytes=vitals.card_bytes,
            card_free_bytes=vitals.card_free_bytes,
            card=vitals.card,
            temperature_mc=vitals.temperature_mc,
            signal_dbm=vitals.signal_dbm,
            line_bps=progress.figures.line_bps,
            drained_us=progress.figures.drained_us,
            budget_limit_bytes=progress.figures.budget_limit_bytes,
            budget_sent_bytes=progress.figures.budget_sent_bytes,
            budget_forecast_bytes=progress.figures.budget_forecast_bytes,
            visit=progress.visit,
            decommission_asked=progress.decommission_asked,
            certificate_expires=progress.certificate_expires,
            password_age_days=vitals.password_age_days,
            firmware=self.firmware,
        )
        return dump_heartbeat(heartbeat)

    def _recorder(self) -> RecorderStatus | None:
        try:
            status = read_status(self.status)
        except (BadInput, Refused):
            return None
        return status if status.node == self.node else None
