"""Visit tickets at the desk: the code is shown once and lies nowhere, the ticket is the node's to fetch."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.base.clock import from_iso
from edge.center.visits import find_visit_ticket
from edge.cli import main
from edge.wire.visit import Scope, VisitTicket, normal_code, parse_visit_ticket
from tests.desk.conftest import Town
from tests.desk.scene import NODE
from tests.qr import scanned

HOURS = ("--from", "2026-01-06T09:00:00+09:00", "--to", "2026-01-06T17:00:00+09:00")
WINDOW = ("--window-from", "2026-01-05T10:00:00+09:00", "--window-to", "2026-01-05T10:30:00+09:00")
AT = from_iso("2026-01-06T10:00:00+09:00")


def make(town: Town, out: Path, *more: object, hours: tuple[str, ...] = HOURS, scope: str = "first") -> int:
    who = ("--desk", town.desk, "--passphrase-file", town.secret("desk"), "--clock", town.clock)
    whom = ("--node", NODE, "--installer", "K-07", "--scope", scope)
    return town.run("desk", "visit", "ticket", *who, *whom, *hours, "--out", out, *more)


def ticket_in(town: Town, path: Path) -> VisitTicket:
    authority = town.office().authority.payload
    return parse_visit_ticket(path.read_bytes(), authority, NODE, AT, trusted=True).payload


def test_printed_code_opens_the_ticket_and_lies_nowhere(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    out = tmp_path / "visit.json"
    assert make(town, out, "--json") == 0
    code = json.loads(capsys.readouterr().out)["code"]
    ticket = ticket_in(town, out)
    assert ticket.opens_with(code)
    assert (ticket.installer, ticket.scope) == ("K-07", Scope.FIRST)
    spoken = (code, normal_code(code))
    written = [path for folder in (tmp_path, town.desk) for path in folder.rglob("*") if path.is_file()]
    assert out in written
    for text in spoken:
        assert text not in caplog.text
        assert all(text.encode() not in path.read_bytes() for path in written)
    assert out.stat().st_mode & 0o077 == 0


def test_person_reads_the_code_in_the_text(town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert make(town, tmp_path / "visit.json", scope="inspect") == 0
    code = capsys.readouterr().out.strip().rsplit(" ", 1)[-1]
    assert ticket_in(town, tmp_path / "visit.json").opens_with(code)


def test_ticket_to_collect_names_its_window(town: Town, tmp_path: Path) -> None:
    out = tmp_path / "visit.json"
    assert make(town, out, *WINDOW, scope="collect") == 0
    window = ticket_in(town, out).window
    assert window is not None
    assert (window.start, window.end) == (from_iso(WINDOW[1]), from_iso(WINDOW[3]))


@pytest.mark.parametrize(
    ("scope", "window"),
    [
        ("collect", ()),
        ("collect", WINDOW[:2]),
        ("inspect", WINDOW),
        ("collect", ("--window-from", WINDOW[3], "--window-to", WINDOW[1])),
        ("collect", ("--window-from", "2026-01-04T10:29:59+09:00", *WINDOW[2:])),
    ],
    ids=["none", "half", "of another scope", "backwards", "over a day"],
)
def test_window_that_makes_no_sense_is_refused(town: Town, tmp_path: Path, scope: str, window: tuple[str, ...]) -> None:
    assert make(town, tmp_path / "visit.json", *window, scope=scope) == 64
    assert not (tmp_path / "visit.json").exists()


def test_qr_code_holds_the_whole_ticket(town: Town, tmp_path: Path) -> None:
    out, drawn = tmp_path / "visit.json", tmp_path / "visit.png"
    assert make(town, out, "--qr", drawn) == 0
    picture = cv2.imread(str(drawn))
    assert picture is not None
    assert scanned(np.asarray(picture, dtype=np.uint8)).encode() == out.read_bytes()
    assert make(town, out, "--qr", tmp_path / "visit.svg") == 0
    assert b"<svg" in (tmp_path / "visit.svg").read_bytes()


@pytest.mark.parametrize(
    "hours",
    [
        ("--from", "2026-01-06T17:00:00+09:00", "--to", "2026-01-06T09:00:00+09:00"),
        ("--from", "2026-01-01T09:00:00+09:00", "--to", "2026-01-01T17:00:00+09:00"),
        ("--from", "2026-01-06T09:00:00+09:00", "--to", "2026-02-07T09:00:00+09:00"),
    ],
    ids=["backwards", "over", "too long"],
)
def test_hours_that_make_no_sense_are_refused(town: Town, tmp_path: Path, hours: tuple[str, ...]) -> None:
    assert make(town, tmp_path / "visit.json", hours=hours) == 64
    assert not (tmp_path / "visit.json").exists()


def test_drawing_of_another_kind_is_refused_before_a_code_is_shown(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make(town, tmp_path / "visit.json", "--qr", tmp_path / "visit.gif") == 64
    assert "code" not in capsys.readouterr().out


def test_published_ticket_is_given_to_its_node_alone(town: Town, tmp_path: Path) -> None:
    out = tmp_path / "visit.json"
    assert make(town, out) == 0
    publish = ("desk", "visit", "publish", "--desk", town.desk, "--center", town.served.url)
    assert town.run(*publish, out) == 0
    with town.served.center.database.read() as connection:
        assert find_visit_ticket(connection, NODE) == out.read_bytes()
    out.write_bytes(out.read_bytes().replace(b'"first"', b'"re-aim"'))
    assert town.run(*publish, out) == 65


def test_installer_is_an_id_and_no_name(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["desk", "visit", "ticket", "--desk", "x", "--node", "n", "--installer", "山田 太郎", "--scope", "first"]
    assert main([*words, *HOURS, "--out", "x"]) == 64
    assert "no name" in capsys.readouterr().err
