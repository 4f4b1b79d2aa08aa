"""Who has a demonstration's camera, visit by visit."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from edge.base.files import publish
from edge.demo.turns import AGAIN_S, Turns
from edge.wire.visit import Scope
from edge.wire.visitreport import VisitReport, VisitState, dump_visit
from tests.clocks import HandClock
from tests.node.visits import make_ticket


@dataclass
class Troupe:
    """Stands for the demonstration's processes: they run until a test ends them."""

    running: set[str] = field(default_factory=set)
    started: list[str] = field(default_factory=list)

    def runs(self, name: str) -> bool:
        return name in self.running

    def stop(self, name: str) -> None:
        self.running.discard(name)

    def start_aim(self, config: Path) -> None:
        self._start("aim")

    def start_recorder(self, config: Path, seconds: float | None) -> None:
        self._start("recorder" if seconds is None else f"recorder for {seconds:g} s")

    def _start(self, name: str) -> None:
        assert not self.running & {"aim", "recorder"} or name == "aim", "the recorder never starts beside another"
        self.running.add(name.split(maxsplit=1)[0])
        self.started.append(name)


@dataclass
class Node:
    """A demonstration's node: its report of visits and whose turn it is."""

    folder: Path
    troupe: Troupe = field(default_factory=Troupe)
    clock: HandClock = field(default_factory=HandClock)

    def __post_init__(self) -> None:
        self.turns = Turns(self.troupe, self.folder / "node.toml", self.folder / "visit.json", self.clock)  # type: ignore[arg-type]

    def visit(self, scope: Scope | None) -> None:
        """Opens a visit of that scope, or ends it."""
        report = VisitReport(
            node="demo",
            updated=0,
            state=VisitState.ENDED if scope is None else VisitState.OPEN,
            ticket=None if scope is None else make_ticket(scope).data.decode(),
            scope=scope,
            since=0,
            needs_camera=scope is not None and scope.needs_camera,
        )
        publish(self.folder / "visit.json", dump_visit(report))

    def goes_on(self) -> bool:
        return self.turns.go_on()


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


def test_recorder_that_ends_by_itself_ends_the_run(node: Node) -> None:
    node.turns.begin(10)
    assert node.goes_on()
    node.troupe.stop("recorder")
    assert not node.goes_on()
    assert node.troupe.started == ["recorder for 10 s"]


def test_visit_has_the_camera_and_gives_it_back(node: Node) -> None:
    node.turns.begin(None)
    node.visit(Scope.RE_AIM)
    assert node.goes_on()
    node.troupe.stop("recorder")
    assert node.goes_on() and node.troupe.running == {"aim"}
    node.visit(None)
    assert node.goes_on() and node.troupe.running == {"recorder"}
    assert node.troupe.started == ["recorder", "aim", "recorder"]
    node.troupe.stop("recorder")
    assert not node.goes_on(), "that was no visit's doing"


def test_visit_that_was_over_before_the_recorder_had_left_still_brings_it_back(node: Node) -> None:
    node.turns.begin(None)
    node.visit(Scope.RE_AIM)
    assert node.goes_on()
    node.visit(None)
    node.troupe.stop("recorder")
    assert node.goes_on() and node.troupe.running == {"recorder"}


def test_aim_that_ended_too_soon_is_started_again_but_not_at_once(node: Node) -> None:
    node.visit(Scope.INSPECT)
    assert node.goes_on()
    node.troupe.stop("aim")
    assert node.goes_on() and node.troupe.running == set()
    node.clock.sleep(AGAIN_S)
    assert node.goes_on() and node.troupe.running == {"aim"}


def test_visit_that_needs_no_camera_and_a_damaged_report_leave_the_recorder_alone(node: Node) -> None:
    node.turns.begin(None)
    node.visit(Scope.COLLECT)
    assert node.goes_on() and node.troupe.running == {"recorder"}
    (node.folder / "visit.json").write_text("{")
    assert node.goes_on()
    node.troupe.stop("recorder")
    assert not node.goes_on()
