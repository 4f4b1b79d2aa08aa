"""What the panel takes of the others' files: what their own models write, nothing else, and nothing old."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edge.base import strictjson
from edge.panel import seen as seen_module
from edge.panel.condition import RecorderSeen
from edge.panel.seen import LINE_UP_S, STALE_S, Seen
from edge.wire.heartbeat import parse_heartbeat
from edge.wire.line import LineReport, dump_line
from edge.wire.status import RecorderState, RecorderStatus, dump_status
from edge.wire.visitreport import VisitReport, dump_visit
from tests.clocks import HandClock
from tests.seal.samples import NODE
from tests.vectors.vector import load


class Folder:
    """A run directory and who looks at it."""

    def __init__(self, run: Path) -> None:
        self.run, self.clock = run, HandClock()
        self.seen = Seen(run, NODE, self.clock)

    def status(self, **changes: Any) -> None:
        heartbeat = parse_heartbeat(load("heartbeat/ok").data, NODE).recorder
        assert heartbeat is not None
        fields = heartbeat.model_dump() | {"updated": self.clock.now_us()} | changes
        self.write("recorder.json", dump_status(RecorderStatus.model_validate(fields)))

    def line(self, quiet_s: int | None, node: str = NODE) -> None:
        self.write("uplink.json", dump_line(LineReport(node, self.clock.now_us(), quiet_s)))

    def visit(self, state: str, **changes: Any) -> None:
        now_us = self.clock.now_us()
        ticket = {"ticket": "{}", "scope": "inspect"} if state == "open" else {"ticket": None, "scope": None}
        camera = {"needs_camera": state == "open"}
        fields = {"node": NODE, "updated": now_us, "state": state, "since": now_us, **camera, **ticket}
        self.write("visit.json", dump_visit(VisitReport.model_validate(fields | changes)))

    def write(self, name: str, data: bytes) -> None:
        (self.run / name).write_bytes(data)

    def look(self) -> Seen:
        self.seen.look()
        return self.seen


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_nothing_there_is_nothing_seen(folder: Folder) -> None:
    seen = folder.look()
    assert (seen.recorder, seen.line_up, seen.visiting) == (None, False, False)


@pytest.mark.parametrize("state", RecorderState)
def test_status_is_taken_as_the_recorder_writes_it(folder: Folder, state: RecorderState) -> None:
    folder.status(state=state, faults={"card": "worn"}, guard="moved")
    assert folder.look().recorder == RecorderSeen(state.value, frozenset({"card"}), "moved")


@pytest.mark.parametrize(
    ("state", "visiting"), [("closed", False), ("waiting", True), ("open", True), ("ended", False)]
)
def test_visit_is_taken_as_the_page_writes_it(folder: Folder, state: str, visiting: bool) -> None:
    folder.visit(state)
    assert folder.look().visiting is visiting


@pytest.mark.parametrize(("quiet_s", "up"), [(None, False), (0, True), (LINE_UP_S, True), (LINE_UP_S + 1, False)])
def test_line_is_up_as_long_as_somebody_acknowledged(folder: Folder, quiet_s: int | None, up: bool) -> None:
    folder.line(quiet_s)
    assert folder.look().line_up is up


def test_word_of_an_uplink_that_ended_grows_old(folder: Folder) -> None:
    folder.line(100)
    assert folder.look().line_up
    folder.clock.advance(20)
    assert folder.look().line_up
    folder.clock.advance(1)
    assert not folder.look().line_up


@pytest.mark.parametrize("offset_us", [-(10**12), 10**12])
def test_file_that_stays_the_same_is_forgotten_whatever_time_it_tells(folder: Folder, offset_us: int) -> None:
    folder.clock.at_us += offset_us
    folder.status()
    folder.visit("waiting")
    folder.clock.at_us -= offset_us
    assert folder.look().recorder is not None
    folder.clock.advance(STALE_S - 1)
    assert folder.look().recorder is not None and folder.seen.visiting
    folder.clock.advance(1)
    assert folder.look().recorder is None and not folder.seen.visiting
    folder.status()
    assert folder.look().recorder is not None


def test_old_file_would_be_believed_if_its_age_were_not_asked(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control of the test above."""
    monkeypatch.setattr(seen_module.Fresh, "age_s", lambda *_: 0.0)
    folder.status()
    folder.look()
    folder.clock.advance(3600)
    assert folder.look().recorder is not None


GOOD: dict[str, Any] = {"node": NODE, "updated": 1, "state": "recording", "faults": {}, "guard": None}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff" * 100,
        b"[" * 10_000,
        b"[]",
        b'"open"',
        strictjson.dump(GOOD) + b" " * 40_000,
        strictjson.dump(GOOD | {"node": "other"}),
        strictjson.dump(GOOD | {"node": [NODE]}),
        strictjson.dump(GOOD | {"updated": None}),
        strictjson.dump(GOOD | {"updated": True}),
        strictjson.dump(GOOD | {"state": 1}),
        strictjson.dump(GOOD | {"faults": ["tampered"]}),
        strictjson.dump(GOOD | {"guard": {}}),
        strictjson.dump(GOOD).replace(b'"updated":1', b'"updated":1.5'),
    ],
)
def test_anything_else_is_nothing(folder: Folder, data: bytes) -> None:
    for name in ("recorder.json", "uplink.json", "visit.json"):
        folder.write(name, data)
    seen = folder.look()
    assert (seen.recorder, seen.line_up, seen.visiting) == (None, False, False)


def test_line_of_another_node_is_nothing(folder: Folder) -> None:
    folder.line(0, node="other")
    assert not folder.look().line_up
