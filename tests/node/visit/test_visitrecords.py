"""VISIT records: each event once, whatever is cut, and never more than the spool can bear."""

from __future__ import annotations

import pytest

from edge.node.kept import Kept
from edge.node.visit.visitrecords import EVENTS_AT_MOST
from edge.seal.manifest import Kind
from edge.wire.visit import Scope
from edge.wire.visitevents import What, read_note
from tests.node.rig import Rig, ScriptedCamera
from tests.node.town import Town, seed
from tests.node.visit.test_signedoff import again
from tests.node.visits import happened, make_ticket


def told(town: Town) -> list[tuple[str, str]]:
    return [(notice.state, notice.note.partition(",")[0]) for notice in town.details(Kind.VISIT)]


OPENED, ENDED = ("opened", "event 1"), ("ended", "event 2")


def test_each_event_is_signed_once_over_restarts(town: Town) -> None:
    ticket = make_ticket(Scope.INSPECT)
    happened(town, (What.OPENED, ticket))
    again(town)
    happened(town, (What.OPENED, ticket), (What.ENDED, ticket))
    again(town)
    again(town)
    assert told(town) == [OPENED, ENDED]
    notice = town.details(Kind.VISIT)[0]
    assert notice.reference == ticket.payload.ticket
    assert notice.note.startswith("event 1, inspect, at 17675")
    assert not any(b"K-07" in reel.read_bytes() for reel in town.spool.glob("reel-*"))
    town.require_chained()


def test_end_of_a_visit_tells_how_much_was_collected(town: Town) -> None:
    ticket = make_ticket(Scope.COLLECT)
    happened(town, (What.OPENED, ticket), (What.COLLECTED, ticket), (What.ENDED, ticket), left_bytes=20_480_000)
    again(town)
    opened, collected, ended = town.details(Kind.VISIT)
    assert [notice.state for notice in (opened, collected, ended)] == ["opened", "collected", "ended"]
    began, window, noted = read_note(collected.note), ticket.payload.window, read_note(ended.note)
    assert began is not None and window is not None
    assert (began.number, began.left_bytes, began.window_us) == (2, None, (window.start, window.end))
    assert noted is not None and (noted.number, noted.scope, noted.left_bytes) == (3, Scope.COLLECT, 20_480_000)
    again(town)
    assert len(town.details(Kind.VISIT)) == 3


def test_event_whose_number_was_not_kept_is_known_by_its_record(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    class Cut(Exception):
        """The power."""

    def cut(*_: object) -> None:
        raise Cut

    happened(town, (What.OPENED, make_ticket()))
    rig = Rig(town)
    with monkeypatch.context() as patch, pytest.raises(Cut):
        patch.setattr(Kept, "write", cut)
        rig.record(ScriptedCamera(town, 20))
    assert town.kinds()[-1] == "VISIT"
    again(town)
    assert told(town) == [OPENED]


def test_visit_to_decommission_leaves_its_records_and_changes_nothing_else(town: Town) -> None:
    ticket = make_ticket(Scope.DECOMMISSION)
    happened(town, (What.OPENED, ticket), (What.ENDED, ticket))
    again(town)
    assert told(town) == [OPENED, ENDED]
    assert town.details(Kind.VISIT)[0].note.startswith("event 1, decommission, at ")
    assert town.kinds().count("SEGMENT") > 0


def test_event_with_a_false_ticket_is_left_out_and_the_next_is_signed(town: Town) -> None:
    happened(town, (What.OPENED, make_ticket(signer=seed(99))), (What.ENDED, make_ticket()))
    again(town)
    assert told(town) == [ENDED]


def test_late_event_counts_though_its_ticket_is_over(town: Town) -> None:
    happened(town, (What.OPENED, make_ticket(begins=0, ends=1)))
    again(town)
    assert told(town) == [OPENED]


def test_events_wait_once_there_were_too_many_in_an_hour(town: Town) -> None:
    refused = [(What.REFUSED, make_ticket())] * EVENTS_AT_MOST
    happened(town, *refused)
    more = {30: lambda: happened(town, *refused, first=EVENTS_AT_MOST + 1)}
    Rig(town).record(ScriptedCamera(town, 60, steps=more))
    assert len(told(town)) == EVENTS_AT_MOST
    again(town)
    assert len(told(town)) == 2 * EVENTS_AT_MOST


def test_damaged_events_end_nothing(town: Town) -> None:
    happened(town, (What.OPENED, make_ticket()))
    (town.folder / "visit" / "visits.jsonl").write_bytes(b"{")
    again(town)
    assert told(town) == [] and town.kinds()[-1] == "SHUTDOWN"
