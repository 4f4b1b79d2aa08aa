"""What the installer's steps are told of their node: the line as the uplink reports it, and the masks in force."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.base.config import load
from edge.commission.config import VisitConfig
from edge.commission.register import Register
from edge.commission.steps_camera import LiveCamera
from edge.commission.tickets import Places, Tickets
from edge.commission.visit import Visit
from edge.node.config import NodeConfig
from edge.node.visit.steps import look_at_line, step_rooms
from edge.wire.line import Access, LineReport, Way, dump_line
from tests.clocks import WaitlessClock
from tests.commission.test_process import TOML
from tests.node.town import NODE
from tests.seal.samples import START_US, authority_payload


@pytest.fixture
def config(tmp_path: Path) -> NodeConfig:
    (tmp_path / "run").mkdir()
    path = tmp_path / "node.toml"
    path.write_text(TOML.format(node=NODE))
    return load(path, NodeConfig)


@pytest.mark.parametrize(
    ("report", "connected"),
    [
        (None, None),
        (LineReport(NODE, START_US, 119), True),
        (LineReport(NODE, START_US, 120), False),
        (LineReport(NODE, START_US, None), False),
        (LineReport(NODE, START_US - 60_000_000, 0), None),
        (LineReport("other", START_US, 0), None),
        (LineReport(NODE, START_US, 30, reached=False), False),
        (LineReport(NODE, START_US, 130, reached=True), True),
    ],
    ids=["no report", "answered", "quiet", "never", "old", "another's", "does not answer now", "answers again"],
)
def test_line_is_up_down_or_unknown(config: NodeConfig, report: LineReport | None, connected: bool | None) -> None:
    if report is not None:
        config.line.write_bytes(dump_line(report))
    assert look_at_line(config, WaitlessClock()).connected is connected


def test_figures_of_the_uplink_reach_the_line_step_while_they_are_fresh(config: NodeConfig) -> None:
    access = Access(Way.MODEM, percent=61)
    config.line.write_bytes(dump_line(LineReport(NODE, START_US, 0, True, 84, 4_000_000, access)))
    line = look_at_line(config, WaitlessClock())
    assert (line.access, line.round_trip_ms, line.line_bps) == (access, 84, 4_000_000)
    config.line.write_bytes(dump_line(LineReport(NODE, START_US - 60_000_000, 0, True, 84, 4_000_000, access)))
    line = look_at_line(config, WaitlessClock())
    assert (line.access, line.round_trip_ms, line.line_bps) == (Access(), None, None)


def test_later_visit_begins_with_the_masks_in_force_and_a_damaged_file_with_none(config: NodeConfig) -> None:
    visiting = VisitConfig(state=config.run, address="127.0.0.1")
    places = Places(config.run, config.visit_ticket, config.run / "key-list.json", config.visit_report)
    clock = WaitlessClock()
    visit = Visit(visiting, places, Tickets(places, authority_payload(), NODE, clock), NODE, clock)
    register = Register(visiting.register, config.register_acknowledged, NODE)
    steps = step_rooms(config, visiting, visit, register, LiveCamera(config.aim_socket, clock), clock).steps
    assert steps.draft().masks == ()
    mask = {"id": "w", "kind": "window", "polygon": [[0.1, 0.1], [0.2, 0.1], [0.2, 0.2]]}
    signed_off = {"by": "I-01", "at": "2026-01-05T10:00:00+09:00"}
    config.masks.write_text(json.dumps({"version": 1, "node": NODE, "masks": [mask], "signed_off": signed_off}))
    assert [mask.id for mask in steps.draft().masks] == ["w"]
    config.masks.write_text("{")
    assert steps.draft().masks == ()
