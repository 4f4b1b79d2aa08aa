"""The heartbeat's parts: the recorder's own status is passed on only when it is this node's and can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.base.clock import ClockQuality
from edge.uplink.heartbeat import Heart, Vitals
from edge.uplink.newest import NewestHeader
from edge.uplink.progress import Progress
from edge.uplink.prospects import Figures
from edge.wire.heartbeat import CardHealth, parse_heartbeat
from edge.wire.status import RecorderState, RecorderStatus, dump_status
from tests.clocks import HandClock
from tests.uplink.town import NODE

CARD = CardHealth(device="mmcblk0p3", read_only=False, written_bytes=7)


FIGURES = Figures(8, 9, 30, 10, 40)


def status(node: str) -> bytes:
    return dump_status(
        RecorderStatus(
            node=node, updated=1, boot="b0" * 16, state=RecorderState.RECORDING, message="", faults={},
            bitrate_bps=1_500_000, slow_syncs_24h=0, slowest_sync_24h_ms=0, frames_seen=9, frames_encoded=8,
            frames_missed=1, frames_waiting=0, segments=2, accounted_until=None, gaps_24h={},
            evicted_24h=0, masks=None, floor=None,
            guard="in-place",
            view="clear",
            mask_order=0,
            mask_order_refused="",
            clock=ClockQuality.SYNCHRONISED, self_check=None, key_list_version=1, key_list_expires=None,
            spool_bytes=5, firmware="0.1.0",
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("data", "known"), [(status(NODE), True), (status("demo-2"), False), (b"", False), (b"{}", False), (None, False)]
)
def test_recorder_status_is_passed_on_when_it_is_sound(tmp_path: Path, data: bytes | None, known: bool) -> None:
    path = tmp_path / "recorder.json"
    if data is not None:
        path.write_bytes(data)
    heart = Heart(
        node=NODE, upload="on_request", firmware="0.1.0", newest=NewestHeader((tmp_path,), tmp_path / "position"),
        status=path, progress=lambda: Progress(backlog_bytes=7, certificate_expires=99, figures=FIGURES),
        vitals=lambda: Vitals(temperature_mc=41_000, card_bytes=10, card=CARD), clock=HandClock(123),
    )  # fmt: skip
    heartbeat = parse_heartbeat(heart.beat(), NODE)
    assert (heartbeat.recorder is not None) is known
    assert heartbeat.header is None
    assert (heartbeat.sent, heartbeat.backlog_bytes, heartbeat.certificate_expires) == (123, 7, 99)
    assert (heartbeat.line_bps, heartbeat.drained_us) == (8, 9)
    assert heartbeat.budget_limit_bytes == 30
    assert (heartbeat.budget_sent_bytes, heartbeat.budget_forecast_bytes) == (10, 40)
    assert (heartbeat.temperature_mc, heartbeat.card_bytes, heartbeat.signal_dbm) == (41_000, 10, None)
    assert heartbeat.card == CARD
