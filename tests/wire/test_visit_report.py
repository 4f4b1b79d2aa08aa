"""What the page's process says of a visit: the report and the events, each read as hostile."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.base import strictjson
from edge.base.errors import BadInput, Refused
from edge.wire.visit import Scope
from edge.wire.visitevents import EVENTS_LIMIT_BYTES, KEPT, VisitEvent, What, dump_events, read_events
from edge.wire.visitreport import VISIT_LIMIT_BYTES, VisitReport, VisitState, dump_visit, read_visit
from tests.seal.samples import NODE, START_US

OPEN: dict[str, object] = {
    "v": 1,
    "node": NODE,
    "updated": START_US,
    "state": "open",
    "since": START_US,
    "ticket": "{}",
    "scope": "first",
    "needs_camera": True,
}
WAITING = OPEN | {"state": "waiting", "ticket": None, "scope": None, "needs_camera": False}


def events(count: int) -> tuple[VisitEvent, ...]:
    return tuple(VisitEvent(number=1 + place, at=START_US, state=What.OPENED, ticket="{}") for place in range(count))


@pytest.mark.parametrize("tree", [OPEN, WAITING, OPEN | {"scope": "collect", "needs_camera": False}])
def test_report_is_read_as_it_was_written(tmp_path: Path, tree: dict[str, object]) -> None:
    path = tmp_path / "visit.json"
    path.write_bytes(strictjson.dump(tree))
    assert dump_visit(read_visit(path)) == path.read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        {"state": "waiting"},
        {"state": "ajar"},
        {"ticket": None},
        {"scope": None},
        {"scope": "watch"},
        {"needs_camera": False},
        {"scope": "collect"},
        {"ticket": "x" * 5000},
        {"more": 1},
    ],
    ids=str,
)
def test_false_report_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "visit.json"
    path.write_bytes(strictjson.dump(OPEN | change))
    with pytest.raises(Refused):
        read_visit(path)


def test_report_that_is_too_long_or_missing_is_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "visit.json"
    with pytest.raises(BadInput):
        read_visit(path)
    path.write_bytes(b" " * (VISIT_LIMIT_BYTES + 1))
    with pytest.raises(BadInput):
        read_visit(path)


@pytest.mark.parametrize(("scope", "needs"), [(scope, scope in ("first", "re-aim", "inspect")) for scope in Scope])
def test_scopes_that_look_need_the_camera(scope: Scope, needs: bool) -> None:
    assert scope.needs_camera is needs
    report = VisitReport(
        node=NODE, updated=1, state=VisitState.OPEN, since=1, ticket="{}", scope=scope, needs_camera=scope.needs_camera
    )
    assert report.needs_camera is needs


def test_events_keep_their_numbers_when_the_oldest_fall_away(tmp_path: Path) -> None:
    path = tmp_path / "visits.jsonl"
    assert read_events(path) == ()
    path.write_bytes(dump_events(events(KEPT + 3)))
    kept = read_events(path)
    assert [event.number for event in kept] == list(range(4, KEPT + 4))


def test_events_with_the_longest_tickets_still_fit(tmp_path: Path) -> None:
    path = tmp_path / "visits.jsonl"
    longest = tuple(event.model_copy(update={"ticket": '"' * 4096}) for event in events(KEPT))
    path.write_bytes(dump_events(longest))
    assert path.stat().st_size <= EVENTS_LIMIT_BYTES
    assert read_events(path) == longest


@pytest.mark.parametrize(
    "data",
    [
        dump_events((*events(2), *events(1))),
        dump_events(events(3)[::2]),
        dump_events(events(2))[:-9],
        b"{}\n",
        b"\n",
        dump_events(events(1)).replace(b"opened", b"forced"),
    ],
    ids=["a number twice", "a number left out", "torn", "empty object", "empty line", "unknown state"],
)
def test_false_events_are_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "visits.jsonl"
    path.write_bytes(data)
    with pytest.raises(Refused):
        read_events(path)
