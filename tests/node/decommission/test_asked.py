"""What a visit asks to have destroyed: nothing is, but for a ticket that root has checked itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edge.base.clock import SimulatedClock
from edge.base.model import to_json
from edge.cli import main
from edge.node.credentials import SIGNING_KEY
from edge.node.decommission.asked import Asked
from edge.wire.authority import Role
from edge.wire.decommissioned import parse_decommissioned
from edge.wire.decommissioning import (
    ANSWER,
    Destruction,
    DestructionAnswer,
    DestructionRequest,
    read_answer,
)
from edge.wire.receipts import append_receipt
from edge.wire.signed import Signed
from edge.wire.visit import Scope, VisitTicket
from edge.wire.visitreport import STALE_S
from tests.node.rig import play
from tests.node.stored import stored
from tests.node.town import NODE, ROLES, SECOND_US, SIGNER, Town, make_receipt, seed
from tests.node.visits import HOUR_US, make_ticket, receive_visits, report


@dataclass
class Camera:
    """A node that recorded, and its page's process."""

    town: Town

    @property
    def at(self) -> int:
        return self.town.clock.now_us()

    def asks(self, ticket: Signed[VisitTicket], *, reported: Signed[VisitTicket] | None = None, **changes: Any) -> None:
        """Opens a visit by ``reported``, or the same, and asks by ``ticket``; changes are of the request."""
        report(self.town, reported or ticket)
        fields = {"node": NODE, "at": self.at, "ticket": ticket.data.decode(), "unreceipted": True} | changes
        receive_visits(self.town)
        self.request.write_bytes(to_json(DestructionRequest.model_validate(fields)))

    @property
    def request(self) -> Path:
        assert self.town.config.visit is not None
        return self.town.config.visit.decommission

    def decommission(self, *more: str) -> int:
        words = ["node", "decommission", "--config", self.town.config_path, "--state", self.town.folder / "last"]
        return main([*map(str, words), "--visit", *more])

    @property
    def answer(self) -> DestructionAnswer:
        return read_answer(self.town.run / ANSWER)

    @property
    def untouched(self) -> bool:
        return (self.town.state / SIGNING_KEY).exists() and any(self.town.spool.glob("reel-*"))


@pytest.fixture
def camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Camera:
    """Its visit ends when somebody waits for that."""
    town = Town(tmp_path / "node")
    receive_visits(town)
    play(town, 45)
    monkeypatch.setattr(SimulatedClock, "sleep", lambda *_: report(town, None))
    return Camera(town)


def leaving(**changes: Any) -> Signed[VisitTicket]:
    return make_ticket(Scope.DECOMMISSION, **changes)


def test_confirmed_request_of_an_open_visit_destroys_and_is_answered_with_the_certificate(
    camera: Camera, capsys: pytest.CaptureFixture[str]
) -> None:
    ticket = leaving()
    camera.asks(ticket)
    assert camera.decommission("--only", "permit") == 0
    assert camera.untouched
    assert camera.decommission("--only", "begin") == 0
    assert camera.untouched
    assert camera.decommission() == 0
    assert not camera.untouched
    said = camera.answer
    assert said.state is Destruction.DONE and said.certificate is not None
    word = parse_decommissioned(said.certificate.encode(), SIGNER.public_key).payload
    assert word.reference == ticket.payload.ticket
    assert json.loads(capsys.readouterr().out.strip()) == json.loads(said.certificate)
    assert not camera.request.exists()


def test_page_and_network_last_until_the_visit_is_over(camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
    camera.asks(leaving())
    (camera.town.run / "onsite").touch()
    seen = list[set[str]]()

    def visit_ends(asked: Asked) -> None:
        seen.append({path.name for path in camera.town.run.iterdir()})
        (camera.request.with_name("visits.jsonl")).write_bytes(b"noted while everything was destroyed")
        report(camera.town, None)

    monkeypatch.setattr(Asked, "await_end", visit_ends)
    assert camera.decommission() == 0
    assert seen == [{"visit.json", "onsite", ANSWER}]
    assert not list(camera.request.parent.iterdir()), "what was noted meanwhile went, too"


def ask_and_end(camera: Camera) -> None:
    camera.asks(leaving())
    report(camera.town, None)


def ask_and_fall_silent(camera: Camera) -> None:
    ticket = leaving()
    camera.asks(ticket)
    report(camera.town, ticket, updated=camera.at - (STALE_S + 1) * SECOND_US)


def ask_in_a_broken_file(camera: Camera) -> None:
    camera.asks(leaving())
    camera.request.write_bytes(b"{")


REFUSED: dict[str, Callable[[Camera], None]] = {
    "no request": lambda camera: report(camera.town, leaving()),
    "no visit open": ask_and_end,
    "visit not renewed": ask_and_fall_silent,
    "ticket without the scope": lambda camera: camera.asks(make_ticket(Scope.RE_AIM)),
    "ticket of another node": lambda camera: camera.asks(leaving(node="demo-2")),
    "expired ticket": lambda camera: camera.asks(leaving(ends=camera.at - 1)),
    "ticket of tomorrow": lambda camera: camera.asks(leaving(begins=camera.at + HOUR_US)),
    "ticket that nobody of the city signed": lambda camera: camera.asks(leaving(signer=seed(99))),
    "ticket of another role": lambda camera: camera.asks(leaving(signer=ROLES[Role.COMMAND])),
    "another ticket than the open visit's": lambda camera: camera.asks(leaving(), reported=leaving()),
    "request of an earlier visit": lambda camera: camera.asks(leaving(), at=camera.at - HOUR_US),
    "request of another node": lambda camera: camera.asks(leaving(), node="demo-2"),
    "damaged request": ask_in_a_broken_file,
}


@pytest.mark.parametrize("ask", REFUSED)
def test_request_that_does_not_count_destroys_nothing_and_is_taken_away(camera: Camera, ask: str) -> None:
    REFUSED[ask](camera)
    assert camera.decommission() == 77
    assert camera.untouched
    assert camera.answer.state is Destruction.REFUSED
    assert not camera.request.exists()


@pytest.mark.parametrize("step", ["permit", "begin"])
def test_each_step_looks_anew_whether_the_request_counts(camera: Camera, step: str) -> None:
    REFUSED["expired ticket"](camera)
    assert camera.decommission("--only", step) == 77
    assert not camera.request.exists()


@pytest.mark.parametrize("ask", ["ticket without the scope", "expired ticket", "another ticket than the open visit's"])
def test_control_without_its_check_the_request_would_destroy(
    camera: Camera, monkeypatch: pytest.MonkeyPatch, ask: str
) -> None:
    monkeypatch.setattr(Asked, "require", lambda _: ("0" * 32, True))
    REFUSED[ask](camera)
    assert camera.decommission() == 0
    assert not camera.untouched


def test_records_without_a_receipt_hold_it_up_unless_the_installer_let_them_go(camera: Camera) -> None:
    camera.asks(leaving(), unreceipted=False)
    assert camera.decommission() == 77
    assert camera.untouched
    assert (camera.answer.state, camera.answer.unreceipted > 0) == (Destruction.REFUSED, True)
    camera.asks(leaving(), unreceipted=True)
    assert camera.decommission() == 0


def test_receipt_that_comes_while_it_waits_lets_it_go_on(camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
    records = stored(camera.town.spool).records
    first, hashes = records[0].header, tuple(record.header.sha256 for record in records)

    def arrives(*_: object) -> None:
        receipt = make_receipt(first.manifest.chain, first.sequence, hashes, 2**50)
        append_receipt(camera.town.uplink / "receipts", receipt)

    monkeypatch.setattr(SimulatedClock, "sleep", arrives)
    camera.asks(leaving(), unreceipted=False)
    assert camera.decommission("--only", "begin", "--wait", "600") == 0


def test_what_was_begun_goes_on_after_a_power_cut_without_a_visit(camera: Camera) -> None:
    camera.asks(leaving())
    assert camera.decommission("--only", "begin") == 0
    report(camera.town, None)
    camera.request.unlink()
    for step in (("--only", "permit"), ("--only", "begin"), ()):
        assert camera.decommission(*step) == 0
    assert not camera.untouched
