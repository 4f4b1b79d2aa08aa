"""What the heartbeat tells of the camera's surroundings: whoever visits, and that a hand asked for decommissioning."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edge.base import strictjson
from edge.uplink.onsite import EVERY_NS, OnSite
from edge.wire.authority import Role
from edge.wire.heartbeat import VisitNow
from edge.wire.panel import PanelReport
from edge.wire.visit import Scope
from edge.wire.visitreport import STALE_S, VisitReport, VisitState, dump_visit
from tests.clocks import HandClock
from tests.uplink.town import NODE, Town, visit_ticket

RUN, OTHER_RUN = "a" * 32, "b" * 32


def opened(town: Town) -> OnSite:
    return OnSite(town.places, town.authority, NODE, town.clock)


def visiting(town: Town, **changes: object) -> None:
    """Publishes the page's report, with ``changes``."""
    role, age_s = changes.pop("role", Role.VISIT), changes.pop("age_s", 0)
    assert isinstance(role, Role) and isinstance(age_s, int)
    ticket = visit_ticket(5, role=role)
    values: dict[str, object] = {
        "node": NODE, "updated": town.clock.at_us - age_s * 1_000_000, "state": VisitState.OPEN,
        "ticket": ticket.data.decode(), "scope": Scope.INSPECT, "since": 7, "needs_camera": True,
    }  # fmt: skip
    assert town.places.visit is not None
    town.places.visit.write_bytes(dump_visit(VisitReport(**values | changes)))  # type: ignore[arg-type]


def pressed(path: Path | None, count: int, *, run: str = RUN, node: str = NODE) -> None:
    """Publishes the panel's report."""
    assert path is not None
    report = PanelReport(
        node=node, updated=1, run=run, case_open=True, case_opened=1, stuck=False, button_visit=0,
        button_decommission=count, link_test=0,
    )  # fmt: skip
    path.write_bytes(strictjson.dump(report.model_dump(mode="json")))


def seen(on_site: OnSite, clock: HandClock) -> OnSite:
    clock.advance(EVERY_NS / 1e9)
    on_site.look()
    return on_site


def test_open_visit_is_told_by_the_ticket_that_opened_it(town: Town) -> None:
    visiting(town)
    on_site = seen(opened(town), town.clock)
    assert on_site.visit == VisitNow(ticket=f"{5:032x}", installer="K-07", scope=Scope.INSPECT, since=7)


@pytest.mark.parametrize(
    "changes",
    [
        {"role": Role.COMMAND},
        {"node": "other"},
        {"age_s": STALE_S},
        {"scope": Scope.FIRST},
        {"state": VisitState.WAITING, "ticket": None, "scope": None, "needs_camera": False},
        {"ticket": "{}"},
    ],
    ids=["not the city's", "another's", "old", "not its scope", "nobody in", "no ticket"],
)
def test_report_that_shows_no_visit_is_not_told(town: Town, changes: dict[str, object]) -> None:
    visiting(town, **changes)
    assert seen(opened(town), town.clock).visit is None


def test_visit_that_ended_is_not_told_any_more(town: Town) -> None:
    visiting(town)
    on_site = seen(opened(town), town.clock)
    assert on_site.visit is not None and town.places.visit is not None
    town.places.visit.write_bytes(b"{")
    assert seen(on_site, town.clock).visit is None


def test_press_is_told_once_over_restarts_of_uplink_and_panel(town: Town) -> None:
    on_site, clock = opened(town), town.clock
    assert seen(on_site, clock).asked is None
    pressed(town.places.panel, 1)
    first = seen(on_site, clock).asked
    assert first is not None and first.at == clock.at_us
    again = opened(town)
    assert seen(again, clock).asked == first
    pressed(town.places.panel, 0, run=OTHER_RUN)
    assert seen(again, clock).asked == first
    pressed(town.places.panel, 1, run=OTHER_RUN)
    second = seen(again, clock).asked
    assert second is not None and second.at == clock.at_us > first.at


def test_press_before_the_uplink_began_is_told(town: Town) -> None:
    pressed(town.places.panel, 2)
    assert seen(opened(town), town.clock).asked is not None


@pytest.mark.parametrize("case", ["another's", "rubbish", "none counted"])
def test_what_is_no_press_is_not_told(town: Town, case: str) -> None:
    pressed(town.places.panel, 0 if case == "none counted" else 1, node="other" if case == "another's" else NODE)
    if case == "rubbish":
        assert town.places.panel is not None
        town.places.panel.write_bytes(b"[" * 900)
    assert seen(opened(town), town.clock).asked is None


def test_damaged_count_tells_the_press_again_and_ends_nothing(town: Town) -> None:
    pressed(town.places.panel, 1)
    seen(opened(town), town.clock)
    town.places.asked.write_bytes(b'{"v":1}')
    assert seen(opened(town), town.clock).asked is not None


def test_state_that_takes_nothing_is_no_reason_to_keep_quiet(town: Town) -> None:
    pressed(town.places.panel, 1)
    on_site = opened(town)
    town.places.asked.mkdir()
    assert seen(on_site, town.clock).asked is not None


def test_node_without_visits_and_panel_tells_nothing(town: Town) -> None:
    bare = OnSite(replace(town.places, visit=None, panel=None), town.authority, NODE, town.clock)
    visiting(town)
    pressed(town.places.panel, 1)
    seen(bare, town.clock)
    assert (bare.visit, bare.asked) == (None, None)


def test_uplink_hands_both_to_its_heartbeat(town: Town) -> None:
    uplink = town.uplink()
    visiting(town)
    pressed(town.places.panel, 1)
    uplink.step()
    assert uplink.progress().visit is not None
    assert uplink.progress().decommission_asked is not None
    uplink.close()
