"""The panel's and the visit's reports: they come back, and what is not one is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edge.base import strictjson
from edge.base.errors import BadInput, Refused
from edge.wire.panel import PANEL_LIMIT_BYTES, PanelReport, read_panel
from edge.wire.visit import TICKET_LIMIT_BYTES
from edge.wire.visitreport import VISIT_LIMIT_BYTES, dump_visit, read_visit

PANEL: dict[str, Any] = {
    "v": 1,
    "node": "demo",
    "updated": 10**15,
    "run": "0a" * 16,
    "case_open": False,
    "case_opened": 2,
    "stuck": False,
    "button_visit": 1,
    "button_decommission": 0,
    "link_test": 3,
}
CLOSED: dict[str, Any] = {
    "v": 1,
    "node": "demo",
    "updated": 10**15,
    "state": "closed",
    "ticket": None,
    "scope": None,
    "since": 10**15,
    "needs_camera": False,
}
OPEN = CLOSED | {"state": "open", "ticket": "{}", "scope": "first", "needs_camera": True}


def written(folder: Path, tree: dict[str, Any]) -> Path:
    path = folder / "report.json"
    path.write_bytes(strictjson.dump(tree))
    return path


def test_panel_report_comes_back(tmp_path: Path) -> None:
    assert read_panel(written(tmp_path, PANEL)) == PanelReport.model_validate(PANEL)


@pytest.mark.parametrize("tree", [CLOSED, OPEN, CLOSED | {"state": "waiting"}, CLOSED | {"state": "ended"}])
def test_visit_report_comes_back(tmp_path: Path, tree: dict[str, Any]) -> None:
    report = read_visit(written(tmp_path, tree))
    assert dump_visit(report) == strictjson.dump(tree)


@pytest.mark.parametrize(
    "changes",
    [
        {"case_open": 1},
        {"case_open": "false"},
        {"link_test": -1},
        {"link_test": 2**31},
        {"button_visit": True},
        {"run": "0a"},
        {"node": "evil\nhost"},
        {"updated": -1},
        {"v": 2},
        {"more": 1},
    ],
)
def test_other_panel_report_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(Refused, match=f"{next(iter(changes))}: "):
        read_panel(written(tmp_path, PANEL | changes))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"state": "ajar"}, "state: "),
        ({"state": "open"}, "an open visit has a ticket"),
        ({"state": "open", "ticket": "{}"}, "an open visit has a ticket"),
        ({"needs_camera": True}, "only an open visit needs the camera"),
        ({"scope": "party"}, "scope: "),
        ({"ticket": "x" * (TICKET_LIMIT_BYTES + 1)}, "ticket: "),
    ],
)
def test_other_visit_report_is_refused_with_its_fault(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused, match=says):
        read_visit(written(tmp_path, CLOSED | changes))


@pytest.mark.parametrize("letter", ['"', "\U0001f4f7"])
def test_longest_ticket_fits_whatever_its_letters(tmp_path: Path, letter: str) -> None:
    tree = OPEN | {"ticket": letter * TICKET_LIMIT_BYTES}
    assert read_visit(written(tmp_path, tree)).ticket == tree["ticket"]


@pytest.mark.parametrize("read", [read_panel, read_visit])
def test_missing_long_or_broken_file_is_no_report(tmp_path: Path, read: Any) -> None:
    path = tmp_path / "report.json"
    with pytest.raises(BadInput):
        read(path)
    path.write_bytes(b" " * (max(VISIT_LIMIT_BYTES, PANEL_LIMIT_BYTES) + 1))
    with pytest.raises(BadInput):
        read(path)
    path.write_bytes(b'{"v":1')
    with pytest.raises(Refused):
        read(path)
