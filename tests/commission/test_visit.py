"""Visits, from the button to their end, with clock and power in the test's hand."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.base.clock import ClockQuality
from edge.base.errors import Refused, StorageFault
from edge.commission.diary import Diary
from edge.commission.states import Event
from edge.wire.authority import Role
from edge.wire.visit import Scope, VisitTicket, normal_code
from edge.wire.visitevents import What, read_events
from edge.wire.visitreport import EVERY_S, VisitState
from tests.commission.site import HOUR_US, WRONG, Site, code, make_ticket
from tests.seal.samples import START_US


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def refusal(work: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        work()
    return caught.value.failure


def test_button_ticket_and_code_open_a_visit_and_all_hear_of_it(site: Site) -> None:
    key = site.opened(Scope.RE_AIM)
    report = site.report()
    assert (report.state, report.scope, report.needs_camera) == (VisitState.OPEN, Scope.RE_AIM, True)
    assert report.ticket is not None
    assert report.ticket.encode() == site.places.inbox_ticket.read_bytes()
    assert site.events() == [What.OPENED]
    assert site.visit.admits(key, touch=True)
    for other in ("", key[:-1], key + "x", "日本"):
        assert not site.visit.admits(other, touch=True)


@pytest.mark.parametrize("scope", Scope)
def test_camera_is_asked_for_where_the_scope_needs_it(site: Site, scope: Scope) -> None:
    site.opened(scope)
    assert site.report().needs_camera is (scope in (Scope.FIRST, Scope.RE_AIM, Scope.INSPECT))


def test_without_the_button_no_code_opens(site: Site) -> None:
    site.bring(make_ticket())
    assert refusal(lambda: site.visit.open_with(code().text)) == "not-waiting"
    assert refusal(lambda: site.visit.take_ticket(make_ticket().data)) == "not-waiting"
    assert site.report().state is VisitState.CLOSED


def test_without_a_ticket_no_code_is_even_counted(site: Site) -> None:
    site.visit.press()
    assert not site.visit.standing().has_ticket
    assert refusal(lambda: site.visit.open_with(code().text)) == "no-ticket"
    assert site.visit.standing().tries_left == 5


FALSE_TICKETS = {
    "another node's": (make_ticket(node="other"), "wrong-node"),
    "another role's": (make_ticket(role=Role.MASK), "bad-signature"),
    "over": (make_ticket(ends=START_US - 1), "expired"),
    "not begun": (make_ticket(begins=START_US + HOUR_US), "expired"),
}


@pytest.mark.parametrize("case", FALSE_TICKETS)
def test_false_ticket_opens_nothing_wherever_it_comes_from(site: Site, case: str) -> None:
    ticket, failure = FALSE_TICKETS[case]
    data = site.bring(ticket).data
    site.visit.press()
    assert refusal(lambda: site.visit.take_ticket(data)) == failure
    assert refusal(lambda: site.visit.open_with(code().text)) == "no-ticket"
    assert not site.places.own_ticket.exists()


def test_newest_of_both_tickets_counts(site: Site) -> None:
    site.bring(make_ticket(Scope.COLLECT, issued=START_US - 2))
    site.visit.press()
    site.visit.take_ticket(make_ticket(Scope.INSPECT, issued=START_US - 1).data + b"\n")
    site.visit.open_with(code().text)
    assert site.report().scope is Scope.INSPECT


def test_where_the_time_is_not_known_the_key_list_tells_what_is_over(site: Site) -> None:
    site.clock.kept = ClockQuality.UNTRUSTED
    site.clock.at_us -= 900 * HOUR_US
    site.bring(make_ticket(ends=START_US + HOUR_US))
    site.visit.press()
    assert site.visit.standing().has_ticket
    site.key_list(START_US)
    assert site.visit.standing().has_ticket
    site.key_list(START_US + 2 * HOUR_US)
    assert not site.visit.standing().has_ticket


def test_wrong_codes_lock_and_the_recorder_hears_of_the_lockout_once(site: Site) -> None:
    site.bring(make_ticket())
    site.visit.press()
    assert [refusal(lambda: site.visit.open_with(WRONG)) for _ in range(6)] == ["wrong-code"] * 5 + ["locked"]
    assert site.events() == [What.REFUSED]
    assert refusal(lambda: site.visit.open_with(code().text)) == "locked"
    site.clock.advance(60)
    site.visit.open_with(code().text)
    assert site.visit.standing().tries_left == 5


def test_power_cut_gives_no_try_back(site: Site) -> None:
    site.bring(make_ticket())
    for _ in range(5):
        site.visit.press()
        assert refusal(lambda: site.visit.open_with(WRONG)) == "wrong-code"
        site.start()
    site.visit.press()
    assert refusal(lambda: site.visit.open_with(code().text)) == "locked"


class Cut(BaseException):
    """The power is gone."""


def test_power_cut_while_the_code_is_looked_at_gives_no_try_back(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*_: object) -> bool:
        raise Cut

    site.bring(make_ticket())
    with monkeypatch.context() as patched:
        patched.setattr(VisitTicket, "opens_with", cut)
        for _ in range(5):
            site.visit.press()
            with pytest.raises(Cut):
                site.visit.open_with(WRONG)
            site.start()
    site.visit.press()
    assert refusal(lambda: site.visit.open_with(code().text)) == "locked"


def test_try_that_the_card_cannot_count_is_none(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.bring(make_ticket())
    site.visit.press()
    site.places.lockout.mkdir()  # what no file can replace
    with pytest.raises(StorageFault):
        site.visit.open_with(code().text)
    assert site.visit.state is VisitState.WAITING


ENDINGS: dict[str, Callable[[Site], object]] = {
    "leave": lambda site: site.visit.end(Event.LEAVE),
    "button": lambda site: site.visit.press(),
    "idle": lambda site: site.clock.advance(900),
    "ticket over": lambda site: setattr(site.clock, "at_us", START_US + 9 * HOUR_US),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_visit_ends_and_its_key_with_it(site: Site, ending: str) -> None:
    key = site.opened()
    ENDINGS[ending](site)
    assert not site.visit.admits(key, touch=True)
    site.visit.tick()
    assert site.report().state is VisitState.ENDED
    assert site.report().ticket is None
    assert site.events() == [What.OPENED, What.ENDED]
    site.clock.advance(900)
    site.visit.tick()
    assert site.report().state is VisitState.CLOSED


def test_visitors_hand_keeps_a_visit_open_to_45_minutes_and_no_longer(site: Site) -> None:
    key = site.opened()
    for _ in range(4):
        site.clock.advance(11 * 60)
        assert site.visit.admits(key, touch=True)
    site.clock.advance(61)
    assert not site.visit.admits(key, touch=True)
    assert site.report().state is VisitState.ENDED


def test_page_that_asks_by_itself_keeps_nothing_open(site: Site) -> None:
    key = site.opened()
    for _ in range(3):
        site.clock.advance(290)
        assert site.visit.admits(key, touch=False)
    site.clock.advance(31)
    assert not site.visit.admits(key, touch=False)


def test_waiting_page_closes_by_itself(site: Site) -> None:
    site.visit.press()
    site.clock.advance(900)
    site.visit.tick()
    assert site.report().state is VisitState.CLOSED


def test_visit_by_a_ticket_resumes_until_it_is_signed_off(site: Site) -> None:
    site.opened()
    site.start()  # a power cut
    assert site.events() == [What.OPENED, What.ENDED]
    site.visit.press()
    site.visit.open_with(code().text)
    site.visit.end(Event.SIGNED_OFF)
    assert site.events()[2:] == [What.OPENED, What.SIGNED_OFF]
    site.visit.press()
    assert refusal(lambda: site.visit.open_with(code().text)) == "no-ticket"
    site.start()
    site.visit.press()
    assert refusal(lambda: site.visit.open_with(code().text)) == "no-ticket"


def test_control_without_the_diary_a_signed_off_ticket_would_open_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Diary, "signed_off", lambda *_: False)
    site.opened()
    site.visit.end(Event.SIGNED_OFF)
    site.visit.press()
    assert site.visit.open_with(code().text)


def test_report_is_published_every_ten_seconds(site: Site) -> None:
    before = site.report().updated
    site.clock.advance(EVERY_S - 1)
    site.visit.tick()
    assert site.report().updated == before
    site.clock.advance(1)
    site.visit.tick()
    assert site.report().updated == site.clock.now_us()


def test_opening_that_cannot_be_noted_does_not_happen(site: Site) -> None:
    site.bring(make_ticket())
    site.visit.press()
    site.places.visits.mkdir()
    with pytest.raises(StorageFault):
        site.visit.open_with(code().text)
    assert site.report().state is VisitState.WAITING


def test_end_is_an_end_also_where_it_cannot_be_noted(site: Site) -> None:
    key = site.opened()
    site.places.visits.unlink()
    site.places.visits.mkdir()
    site.visit.end(Event.LEAVE)
    assert not site.visit.admits(key, touch=True)
    assert site.report().state is VisitState.ENDED


def test_damaged_events_begin_again_with_numbers_that_nobody_used(site: Site) -> None:
    site.opened()
    site.places.visits.write_bytes(b"rubbish\n")
    site.start()
    site.visit.press()
    site.visit.open_with(code().text)
    assert site.events() == [What.OPENED]
    assert read_events(site.places.visits)[0].number >= START_US


def test_code_is_in_no_file_log_or_error(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    site.bring(make_ticket())
    site.visit.press()
    with pytest.raises(Refused) as caught:
        site.visit.open_with(WRONG)
    site.visit.open_with(code().text)
    files = [Path(folder) / name for folder, _, names in os.walk(site.folder) for name in names]
    assert site.places.lockout in files
    kept = b"".join(path.read_bytes() for path in files) + caplog.text.encode() + str(caught.value).encode()
    for text in (code().text, normal_code(code().text), WRONG, normal_code(WRONG)):
        assert text.encode() not in kept
