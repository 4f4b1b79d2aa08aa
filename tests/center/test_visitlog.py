"""Visits on the fleet page: from VISIT records alone, whatever order they arrive in."""

from __future__ import annotations

import pytest

from edge.center.advice import advise
from edge.center.center import Center
from edge.center.fleet import view_fleet
from edge.center.gather import report_fleet
from edge.center.metrics import scrape
from edge.center.pages import render_page
from edge.center.visitlog import OF_EACH, PastVisit, Seen, Told, in_visits
from edge.center.visitmatters import CODES_REFUSED, DAY_US, INSPECTION, MATTERS, inspection_due_us, visit_kinds
from edge.center.visitpage import LONGEST_US, SCOPE, SHOWN, last_visit_words, outcome_words
from edge.center.visits import publish_visit_ticket
from edge.seal.manifest import Kind, Notice
from edge.wire.visit import Scope
from edge.wire.visitevents import What
from tests.center.city import NOW, TOKYO, City
from tests.center.showcase import enrolled, upload
from tests.center.test_visits import ticket

A, B = "a" * 32, "b" * 32
SECOND = 1_000_000


def told(ticket: str, *events: tuple[What, int], scope: Scope = Scope.INSPECT) -> list[Told]:
    return [Told(ticket, number, what, scope, at) for number, (what, at) in enumerate(events, 1)]


def visit(began: int, **changes: object) -> PastVisit:
    values: dict[str, object] = {"ticket": A, "scope": Scope.INSPECT, "began_us": began, "opened": True}
    return PastVisit(**values | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("events", "visits"),
    [
        ([], ()),
        (told(A, (What.OPENED, 1), (What.ENDED, 9)), (visit(1, ended_us=9),)),
        (told(A, (What.OPENED, 1)), (visit(1),)),
        (told(A, (What.OPENED, 1), (What.SIGNED_OFF, 9)), (visit(1, ended_us=9, signed_off=True),)),
        (
            told(A, (What.OPENED, 1), (What.COLLECTED, 2), (What.COLLECTED, 3), (What.ENDED, 4)),
            (visit(1, ended_us=4, collected=2),),
        ),
        (told(A, (What.REFUSED, 1), (What.OPENED, 5), (What.ENDED, 9)), (visit(5, ended_us=9, refused=1),)),
        (told(A, (What.REFUSED, 1), (What.REFUSED, 2)), (visit(1, opened=False, refused=2),)),
        (
            told(A, (What.OPENED, 1), (What.ENDED, 2), (What.OPENED, 3), (What.ENDED, 4)),
            (visit(3, ended_us=4), visit(1, ended_us=2)),
        ),
        (told(A, (What.OPENED, 1), (What.OPENED, 3), (What.ENDED, 4)), (visit(3, ended_us=4), visit(1))),
        (told(A, (What.ENDED, 4)), (visit(4, ended_us=4),)),
        (
            [*told(A, (What.OPENED, 1), (What.ENDED, 5)), *told(B, (What.OPENED, 2), (What.ENDED, 9))],
            (visit(2, ended_us=9, ticket=B), visit(1, ended_us=5)),
        ),
    ],
    ids=[
        "none", "whole", "no end yet", "signed off", "collected", "refused, then opened", "refused alone", "twice",
        "an end is missing", "a beginning is missing", "two tickets",
    ],
)  # fmt: skip
def test_events_come_to_visits_in_whatever_order_they_arrive(events: list[Told], visits: tuple[PastVisit, ...]) -> None:
    assert in_visits(events, {}) == visits
    assert in_visits(events[::-1], {}) == visits


def test_page_shows_each_visit_with_who_came_and_what_came_of_it(center: Center, city: City) -> None:
    node = enrolled(center, city, "cam-1", NOW)
    publish_visit_ticket(center, "cam-1", ticket(city))
    own = f"{NOW:032x}"
    first = [
        node.boot(),
        node.visit(1, "refused", Scope.FIRST, own, NOW),
        node.visit(2, "opened", Scope.FIRST, own, NOW + 60 * SECOND),
        node.visit(3, "signed-off", Scope.FIRST, own, NOW + 660 * SECOND),
    ]
    later = [
        node.visit(4, "opened", Scope.COLLECT, B, NOW + DAY_US),
        node.visit(5, "collected", Scope.COLLECT, B, NOW + DAY_US + SECOND),
        node.visit(6, "ended", Scope.COLLECT, B, NOW + DAY_US + 61 * SECOND),
    ]
    upload(center, node, first)
    upload(center, node, later)
    lines = view_fleet(center, "cam-1").nodes[0].visits
    assert [(line.scope.ja, line.installer.ja, line.length.en, line.warn) for line in lines] == [
        ("記録の回収", "不明", "1 min 1 s", False),
        ("初回設置", "K-07", "10 min", True),
    ]
    assert [line.outcome.en for line in lines] == ["records collected", "signed off, locked once after wrong codes"]
    page = render_page("node.html", refresh=False, view=(view := view_fleet(center, "cam-1")), node=view.nodes[0])
    assert -1 < page.index("記録の回収") < page.index("Collect records") < page.index("First installation")
    facts = {fact.name.en: fact.value for fact in view.nodes[0].facts}
    assert facts["Last visit"].en == "Collect records, records collected"
    assert facts["Last inspection"].en == "none"


def test_event_that_was_signed_twice_is_one(center: Center, city: City) -> None:
    node = enrolled(center, city, "cam-1", NOW)
    upload(center, node, [node.boot(), node.visit(1, "opened", Scope.INSPECT, A, NOW)])
    node.begin_chain()
    upload(center, node, [node.boot(), node.visit(1, "opened", Scope.INSPECT, A, NOW)])
    (report,) = report_fleet(center, NOW)
    assert report.visits == (visit(NOW),)


@pytest.mark.parametrize(
    "detail",
    [
        Notice(state="opened", reference=A, note="event 1, inspect, at " + "9" * 16),
        Notice(state="opened", reference=A, note="event 1, burglary, at 5"),
        Notice(state="opened", reference=A, note=f"event 1, inspect, at {NOW}\nevent 2, inspect, at 5"),
        Notice(state="opened", reference=A, note=""),
        Notice(state="opened", reference=None, note=f"event 1, inspect, at {NOW}"),
        Notice(state="opened", reference="K-07", note=f"event 1, inspect, at {NOW}"),
        Notice(state="inspected", reference=A, note=f"event 1, inspect, at {NOW}"),
    ],
    ids=["late", "scope", "lines", "empty", "no ticket", "no ticket's id", "state"],
)
def test_record_that_tells_nothing_sound_is_stored_and_shows_no_visit(
    center: Center, city: City, detail: Notice
) -> None:
    node = enrolled(center, city, "cam-1", NOW)
    assert upload(center, node, [node.boot(), node.notice(Kind.VISIT, detail)])
    assert report_fleet(center, NOW)[0].visits == ()
    upload(center, node, [node.notice(Kind.TAMPER, Notice(state="opened", reference=A, note="event 1, inspect, at 5"))])
    assert report_fleet(center, NOW)[0].visits == ()
    upload(center, node, [node.visit(1, "opened", Scope.INSPECT, A, NOW)])  # the control
    assert report_fleet(center, NOW)[0].visits == (visit(NOW),)


def test_only_a_visit_that_opened_to_inspect_counts_as_inspection(center: Center, city: City) -> None:
    node = enrolled(center, city, "cam-1", NOW)
    boot = node.boot()
    others = [
        node.visit(number, "opened", scope, A, NOW + number)
        for number, scope in enumerate(scope for scope in Scope if scope is not Scope.INSPECT)
    ]
    tried = [node.visit(8, "refused", Scope.INSPECT, A, NOW + 8), node.visit(9, "ended", Scope.INSPECT, A, NOW + 9)]
    upload(center, node, [boot, *others, *tried])
    assert report_fleet(center, NOW)[0].inspected_us is None
    upload(center, node, [node.visit(n, "opened", Scope.INSPECT, A, NOW + n) for n in (12, 11)])
    assert report_fleet(center, NOW)[0].inspected_us == NOW + 12


@pytest.mark.parametrize(
    ("seen", "enrolled_us", "due_us"),
    [
        (Seen(), None, None),
        (Seen(), 5, 5 + 30 * DAY_US),
        (Seen(inspected_us=9), 5, 9 + 30 * DAY_US),
        (Seen(signed_off_us=9), 5, 9 + 30 * DAY_US),
        (Seen(inspected_us=7, signed_off_us=9), None, 9 + 30 * DAY_US),
        (Seen(inspected_us=9), 11, 11 + 30 * DAY_US),
    ],
    ids=["nobody", "enrolled", "inspected", "signed off", "both", "exchanged since"],
)
def test_inspection_is_due_so_long_after_somebody_looked(
    seen: Seen, enrolled_us: int | None, due_us: int | None
) -> None:
    assert inspection_due_us(seen, enrolled_us, 30) == due_us


def test_inspection_that_lies_behind_many_visits_is_still_known(center: Center, city: City) -> None:
    node = enrolled(center, city, "cam-1", NOW)
    records = [node.boot(), node.visit(1, "opened", Scope.INSPECT, A, NOW)]
    records += [node.visit(n, "ended", Scope.COLLECT, B, NOW + n) for n in range(2, 2 * OF_EACH)]
    upload(center, node, records)
    (report,) = report_fleet(center, NOW)
    assert report.inspected_us == NOW and len(report.visits) == OF_EACH
    (report,) = report_fleet(center, NOW, "cam-1")
    assert len(report.visits) == 2 * OF_EACH - 1


def test_staff_are_told_of_wrong_codes_for_a_day_and_of_an_inspection_from_its_day_on() -> None:
    tried = (visit(DAY_US, opened=False, refused=1),)
    assert visit_kinds(tried, None, None, DAY_US + 1) == [CODES_REFUSED]
    assert visit_kinds(tried, None, None, 2 * DAY_US) == []
    assert visit_kinds((), DAY_US, None, DAY_US - 1) == []
    assert visit_kinds((), DAY_US, None, DAY_US) == [INSPECTION]


def test_inspection_that_is_due_stands_among_what_to_see_to(center: Center, city: City) -> None:
    enrolled(center, city, "cam-1", NOW)
    years = NOW + 366 * DAY_US
    assert MATTERS[INSPECTION] in [item.matter for item in advise(report_fleet(center, years)[0], years, TOKYO)]
    soon = NOW + 364 * DAY_US
    assert MATTERS[INSPECTION] not in [item.matter for item in advise(report_fleet(center, soon)[0], soon, TOKYO)]


def test_metrics_tell_when_a_camera_was_inspected_and_when_it_is_due(center: Center, city: City) -> None:
    node = enrolled(center, city, "cam-1", NOW)
    assert b"mimamori_node_inspected_timestamp_seconds{" not in scrape(center)
    upload(center, node, [node.boot(), node.visit(1, "opened", Scope.INSPECT, A, NOW)])
    text = scrape(center).decode()
    line = next(line for line in text.splitlines() if line.startswith("mimamori_node_inspected_timestamp_seconds{"))
    assert line.startswith('mimamori_node_inspected_timestamp_seconds{node="cam-1"}')
    assert float(line.split()[1]) == NOW / 1e6
    assert 'mimamori_node_inspection_due_timestamp_seconds{node="cam-1"}' in text


def test_visit_without_an_end_is_under_way_no_longer_than_one_may_last() -> None:
    assert outcome_words(visit(0), LONGEST_US).en == "under way"
    assert outcome_words(visit(0), LONGEST_US + 1).en == "its end has not been told yet"
    assert outcome_words(visit(0, opened=False, refused=2), 0).en == "not opened, locked 2 times after wrong codes"


def test_node_with_many_visits_shows_the_newest(center: Center, city: City) -> None:
    node = enrolled(center, city, "cam-1", NOW)
    boot = node.boot()
    upload(center, node, [boot, *(node.visit(n, "ended", Scope.INSPECT, A, NOW + n) for n in range(1, SHOWN + 4))])
    view = view_fleet(center, "cam-1")
    assert (len(view.nodes[0].visits), view.nodes[0].more_visits) == (SHOWN, 3)
    assert "3 more" in render_page("node.html", refresh=False, view=view, node=view.nodes[0])


def test_every_scope_has_words() -> None:
    assert set(SCOPE) == set(Scope)
    assert last_visit_words((), 0, TOKYO).en == "none"
