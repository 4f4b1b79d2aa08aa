"""What a node tells of hands at its case: who visits now, and that decommissioning was asked for."""

from __future__ import annotations

import pytest

from edge.center.advice import advise
from edge.center.center import Center
from edge.center.fleet import view_fleet
from edge.center.gather import report_fleet
from edge.center.metrics import scrape
from edge.center.pages import render_page
from edge.center.state import VISIT_US, State
from edge.center.visitmatters import DECOMMISSION_ASKED, DECOMMISSION_VISITED, MATTERS
from edge.center.visits import CLAIMS_AT_MOST, publish_visit_ticket
from edge.cli import main
from edge.wire.heartbeat import VisitNow
from edge.wire.status import RecorderState
from edge.wire.visit import Scope
from tests.center.city import NOW, TOKYO, City
from tests.center.showcase import beat, enrolled, upload
from tests.center.test_visits import ticket

A = "a" * 32


def visit_now(scope: Scope, since: int, *, installer: str = "K-08", ticket: str = A) -> VisitNow:
    return VisitNow(ticket=ticket, installer=installer, scope=scope, since=since)


def matters(center: Center) -> list[str]:
    """What staff see to, in English."""
    now = center.clock.now_us()
    return [item.matter.en for item in advise(report_fleet(center, now)[0], now, TOKYO)]


def test_visit_that_is_going_on_shows_with_who_came(center: Center, city: City) -> None:
    node, now = enrolled(center, city, "cam-1", NOW), center.clock.now_us()
    beat(center, node, None, now, state=RecorderState.STOPPED, visit=visit_now(Scope.RE_AIM, now))
    view = view_fleet(center)
    assert view.nodes[0].state == State.VISITED
    assert view.nodes[0].visit_now is not None and "K-08" in view.nodes[0].visit_now.ja
    page = render_page("fleet.html", refresh=True, view=view)
    assert -1 < page.index("作業中：向きの調整") < page.index("visit: Aim again, K-08")
    assert view.advice == ()
    assert 'mimamori_node_visit_open{node="cam-1"} 1.0' in scrape(center).decode()


@pytest.mark.parametrize("case", ["over", "of a scope that leaves the camera alone", "too long"])
def test_camera_that_stands_still_without_a_visit_that_has_it_is_told(center: Center, city: City, case: str) -> None:
    node, now = enrolled(center, city, "cam-1", NOW), center.clock.now_us()
    since = now - VISIT_US - 1_000_000 if case == "too long" else now
    visit = None if case == "over" else visit_now(Scope.COLLECT if case.startswith("of") else Scope.RE_AIM, since)
    beat(center, node, None, now, state=RecorderState.STOPPED, visit=visit)
    view = view_fleet(center)
    assert view.nodes[0].state == State.NOT_RECORDING
    assert (view.nodes[0].visit_now is not None) is case.startswith("of")


def test_installer_of_a_ticket_that_came_by_another_way_is_known_by_the_heartbeat(center: Center, city: City) -> None:
    node, now = enrolled(center, city, "cam-1", NOW), center.clock.now_us()
    beat(center, node, None, now, visit=visit_now(Scope.FIRST, now))
    upload(center, node, [node.boot(), node.visit(1, "opened", Scope.FIRST, A, NOW)])
    assert report_fleet(center, now)[0].visits[0].installer == "K-08"


def test_node_cannot_rename_who_came_nor_fill_the_index(center: Center, city: City) -> None:
    node, now = enrolled(center, city, "cam-1", NOW), center.clock.now_us()
    publish_visit_ticket(center, "cam-1", ticket(city))
    own = f"{NOW:032x}"
    beat(center, node, None, now, visit=visit_now(Scope.FIRST, now, installer="X-00", ticket=own))
    for number in range(CLAIMS_AT_MOST + 3):
        beat(center, node, None, now, visit=visit_now(Scope.FIRST, now, ticket=f"{number:032x}"))
    boot = node.boot()
    visits = [
        node.visit(1, "ended", Scope.FIRST, own, NOW),
        node.visit(2, "ended", Scope.FIRST, f"{CLAIMS_AT_MOST + 2:032x}", NOW + 1),
        node.visit(3, "ended", Scope.FIRST, f"{0:032x}", NOW + 2),
    ]
    upload(center, node, [boot, *visits])
    assert [visit.installer for visit in report_fleet(center, now)[0].visits] == ["K-08", None, "K-07"]


def test_asking_for_decommissioning_stands_until_a_person_settles_it_and_comes_back_for_another_press(
    center: Center, city: City
) -> None:
    node, now = enrolled(center, city, "cam-1", NOW), center.clock.now_us()
    asked = MATTERS[DECOMMISSION_ASKED].en
    beat(center, node, None, now)
    assert asked not in matters(center)
    beat(center, node, None, now, decommission_asked=5)
    beat(center, node, None, now)  # a node that forgot it changes nothing
    assert asked in matters(center)
    page = render_page("fleet.html", refresh=True, view=view_fleet(center))
    assert -1 < page.index("撤去の依頼") < page.index("make a ticket of scope decommission")
    assert main(["center", "settle", "--config", str(city.config_path), "--node", "cam-1"]) == 0
    beat(center, node, None, now, decommission_asked=5)
    assert asked not in matters(center)
    beat(center, node, None, now, decommission_asked=6)
    assert asked in matters(center)
    beat(center, node, None, now, decommission_asked=7)
    assert len(report_fleet(center, now)[0].alarms) == 1


def test_visit_to_decommission_answers_the_request_and_asks_for_the_end_of_service(center: Center, city: City) -> None:
    node, now = enrolled(center, city, "cam-1", NOW), center.clock.now_us()
    beat(center, node, None, now, decommission_asked=5)
    later = center.clock.now_us() + 1_000_000
    upload(center, node, [node.boot(), node.visit(1, "opened", Scope.DECOMMISSION, A, later)])
    told = matters(center)
    assert MATTERS[DECOMMISSION_ASKED].en not in told and MATTERS[DECOMMISSION_VISITED].en in told
    upload(center, node, [node.visit(2, "opened", Scope.INSPECT, "b" * 32, later + 1)])  # it stays in use
    assert MATTERS[DECOMMISSION_VISITED].en not in matters(center)
    assert main(["center", "revoke", "--config", str(city.config_path), "--node", "cam-1"]) == 0
    assert matters(center) == []
