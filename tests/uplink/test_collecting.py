"""A visit to collect, as the uplink answers it: the ticket's window and nothing else, and only while it is open."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from edge.base import strictjson
from edge.base.clock import ClockQuality
from edge.base.errors import Refused, TryAgain
from edge.base.files import publish
from edge.base.workers import Worker
from edge.seal.chain import Stamp
from edge.seal.record import parse_headers, parse_records
from edge.seal.reel import Located
from edge.uplink import window
from edge.uplink.batch import Identity
from edge.uplink.collecting import Collecting
from edge.uplink.collectserver import CollectServer
from edge.uplink.newest import NewestHeader
from edge.uplink.openvisit import OpenVisit
from edge.uplink.timenotes import TimeNotes
from edge.uplink.uplink import Uplink
from edge.uplink.window import FAR_US, Card, Reel
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.collection import Ask, Brought, What, receive_answer, send_frame, send_model
from edge.wire.receipts import append_receipt
from edge.wire.signed import Signed
from edge.wire.timenote import TimeNote
from edge.wire.visit import Scope, VisitTicket, Window
from edge.wire.visitreport import VisitReport, VisitState, dump_visit
from tests.uplink.town import DAY_START_US, NODE, ROLES, SECOND_US, Spool, Town, key_list, mask_order, receipt_for, work

HOUR_US = 3600 * SECOND_US
OTHER = "d1" * 16


class Site:
    """An uplink with 40 segments on its card, and the socket that the page's process asks at.

    The segments are 2 s each; ``window`` covers those of sequence 11 to 15.
    """

    def __init__(self, town: Town) -> None:
        self.town, self.spool = town, town.spool
        self.report, self.path = town.folder / "visit.json", town.folder / "collect.sock"
        self.spool.boot()
        self.spool.segments(20)
        self.spool.enter(1)
        self.spool.segments(20)
        self.spool.publish()
        self.window = Window(start=DAY_START_US + 20 * SECOND_US, end=DAY_START_US + 30 * SECOND_US)
        self.uplink: Uplink = town.uplink(upload="none")
        self.collecting = self.make(Identity(NODE, self.spool.key.public_key))
        self.server = CollectServer(self.path, self.collecting)
        self.worker = Worker("collect", self.server.run)
        self.worker.start()

    def make(self, identity: Identity) -> Collecting:
        places, (lists, tickets, orders) = self.town.places, self.uplink.documents
        visit = OpenVisit(self.report, places.key_list, self.town.authority, NODE, self.town.clock)
        takers = {
            Brought.KEY_LIST: lists.take,
            Brought.VISIT_TICKET: tickets.take,
            Brought.MASK_ORDER: orders.take,
            Brought.RECEIPTS: self.uplink.carried.take,
            Brought.TIME_NOTE: TimeNotes(places.time_note, self.town.authority, NODE).take,
        }
        newest = NewestHeader(places.spool, places.position)
        card = Card(places.spool, places.position, identity)
        return Collecting(visit, card, places.receipts, places.key_list, newest.read, takers)

    def ticket(self, scope: Scope = Scope.COLLECT, role: Role = Role.VISIT, **changes: object) -> Signed[VisitTicket]:
        now_us = self.town.clock.now_us()
        fields = {
            "ticket": "70" * 16, "node": NODE, "installer": "K-07", "scope": scope, "issued": now_us,
            "begins": now_us - HOUR_US, "ends": now_us + HOUR_US, "code_salt": "0" * 32, "code_hash": "0" * 64,
            "window": self.window if scope is Scope.COLLECT else None, **changes,
        }  # fmt: skip
        return signed.sign("visit-ticket", VisitTicket.model_validate(fields), ROLES[role])

    def open(self, ticket: Signed[VisitTicket] | None = None, *, updated: int | None = None) -> None:
        self.say(VisitState.OPEN, ticket or self.ticket(), updated)

    def say(self, state: VisitState, ticket: Signed[VisitTicket] | None = None, updated: int | None = None) -> None:
        now_us = self.town.clock.now_us()
        report = VisitReport(
            node=NODE,
            updated=now_us if updated is None else updated,
            state=state,
            ticket=None if ticket is None else ticket.data.decode(),
            scope=None if ticket is None else ticket.payload.scope,
            since=now_us,
            needs_camera=ticket is not None and ticket.payload.scope.needs_camera,
        )
        publish(self.report, dump_visit(report))

    def ask(self, what: What, chain: str | None = None, first: int = 0, last: int = 0) -> bytes:
        return self.put(Ask(what=what, chain=chain, first=first, last=last))

    def bring(self, brought: Brought, document: bytes) -> bytes:
        return self.put(Ask(what=What.DELIVER, brought=brought), document)

    def put(self, ask: Ask, document: bytes | None = None) -> bytes:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(60)
            connection.connect(str(self.path))
            send_model(connection, ask)
            if document is not None:
                send_frame(connection, document)
            head, pieces = receive_answer(connection)
            if head.failure:
                raise Refused(head.failure, head.message)
            return b"".join(pieces)

    def runs(self) -> list[tuple[str, int, int]]:
        tree = strictjson.parse_loose(self.ask(What.RUNS), limit_bytes=2**20)
        return [(run["chain"], run["first"], run["last"]) for run in tree["runs"]]

    def headers(self, first: int = 0, last: int = 4095, chain: str = "") -> list[int]:
        data = self.ask(What.HEADERS, chain or self.spool.chain.chain, first, last)
        return [header.sequence for header in parse_headers(data)]

    def records(self, first: int, last: int, chain: str = "") -> list[int]:
        data = self.ask(What.RECORDS, chain or self.spool.chain.chain, first, last)
        return [record.header.sequence for record in parse_records(data)]

    def close(self) -> None:
        self.worker.stop()
        self.worker.join(60)


class Drifting(Spool):
    """Its wall clock may stand elsewhere than the monotonic one says."""

    off_us, kept = 0, ClockQuality.SYNCHRONISED

    def stamp(self, seconds: int = 2) -> Stamp:
        true = super().stamp(seconds)
        mono = true.start_us - DAY_START_US
        return Stamp(
            true.start_us + self.off_us, true.end_us + self.off_us, mono, mono + seconds * SECOND_US, self.kept
        )


@pytest.fixture
def site(town: Town) -> Iterator[Site]:
    site = Site(town)
    yield site
    site.close()


def test_window_leaves_with_a_header_on_either_side_and_nothing_else(site: Site) -> None:
    site.open()
    assert site.runs() == [(site.spool.chain.chain, 11, 15)]
    assert site.headers() == [10, 11, 12, 13, 14, 15, 16]
    assert site.records(0, 63) == [11, 12, 13, 14, 15]
    data = site.ask(What.RECORDS, site.spool.chain.chain, 11, 12)
    assert data == b"".join(site.spool.records[sequence].dump() for sequence in (11, 12))


def test_control_the_card_holds_more_than_leaves(site: Site) -> None:
    site.open(site.ticket(window=Window(start=DAY_START_US, end=DAY_START_US + HOUR_US)))
    assert site.runs() == [(site.spool.chain.chain, 0, 40)]
    assert site.records(0, 63) == list(range(41))


def test_receipts_of_the_window_leave_with_it(site: Site, town: Town) -> None:
    chain = site.spool.chain.chain
    for first in (5, 12, 30):
        hashes = (site.spool.records[first].header.sha256,)
        append_receipt(town.places.receipts, receipt_for(town.center, NODE, chain, first, hashes))
    site.open()
    site.runs()
    lines = site.ask(What.RECEIPTS, chain, 0, 4095).splitlines()
    assert [strictjson.parse_loose(line, limit_bytes=2**20)["payload"]["first"] for line in lines] == [12]


def test_window_without_records_is_empty(site: Site) -> None:
    site.open(site.ticket(window=Window(start=DAY_START_US - 9 * HOUR_US, end=DAY_START_US - 8 * HOUR_US)))
    assert site.runs() == []
    with pytest.raises(Refused, match="nothing in the ticket's window"):
        site.records(0, 1)


def test_window_that_was_forgotten_is_found_again(site: Site) -> None:
    site.open()
    assert site.records(11, 11) == [11]
    site.collecting.forget()
    assert site.records(11, 11) == [11]


def test_what_was_found_is_forgotten_once_nobody_asks(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.uplink.collectserver.FORGET_S", 0.5)
    site, forgotten = Site(town), threading.Event()
    monkeypatch.setattr(site.collecting, "forget", forgotten.set)
    assert forgotten.wait(60)
    site.close()


REFUSED: dict[str, tuple[Callable[[Site], None], str]] = {
    "no visit": (lambda site: None, "nobody visits"),
    "visit over": (lambda site: site.say(VisitState.ENDED), "no visit is open"),
    "report not renewed": (lambda site: site.open(updated=site.town.clock.now_us() - 61 * SECOND_US), "no visit"),
    "another scope": (lambda site: site.open(site.ticket(Scope.INSPECT)), "not to collect"),
    "ticket over": (lambda site: site.open(site.ticket(ends=site.town.clock.now_us() - 1)), "not valid at this hour"),
    "ticket not begun": (
        lambda site: site.open(site.ticket(begins=site.town.clock.now_us() + 1)),
        "not valid at this hour",
    ),
    "another role's ticket": (lambda site: site.open(site.ticket(role=Role.COMMAND)), "no valid signature"),
    "another node's ticket": (lambda site: site.open(site.ticket(node="demo-2")), "for node"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_nothing_leaves_without_an_open_visit_to_collect(site: Site, case: str) -> None:
    site.open()
    site.runs()
    site.report.unlink()
    spoil, reason = REFUSED[case]
    spoil(site)
    for ask in (What.RUNS, What.KEY_LIST):
        with pytest.raises(Refused, match=reason):
            site.ask(ask)
    with pytest.raises(Refused, match=reason):
        site.records(11, 11)
    with pytest.raises(Refused, match=reason):
        site.bring(Brought.KEY_LIST, key_list().data)


def test_another_visits_ticket_does_not_open_what_was_found_before(site: Site) -> None:
    site.open(site.ticket(window=Window(start=DAY_START_US, end=DAY_START_US + HOUR_US)))
    site.runs()
    site.open(site.ticket(ticket="71" * 16))
    assert site.records(30, 30) == []
    assert site.records(11, 11) == [11]


def test_node_that_cannot_tell_the_time_takes_a_ticket_unless_its_end_has_passed(site: Site, town: Town) -> None:
    town.clock.kept = ClockQuality.UNTRUSTED
    town.clock.at_us -= 365 * 24 * HOUR_US
    ends = DAY_START_US + HOUR_US
    site.open(site.ticket(begins=DAY_START_US, ends=ends))
    assert site.runs()
    late = key_list().payload.model_copy(update={"issued": ends + 1})
    late_list = signed.sign("key-list", late, ROLES[Role.MANAGER], ROLES[Role.OPERATOR])
    town.places.key_list.write_bytes(late_list.data)
    with pytest.raises(Refused, match="not valid at this hour"):
        site.runs()


def test_damaged_record_stays_and_its_neighbours_leave(site: Site) -> None:
    site.spool.write(b"\xff", 4096 * 2 * 12 + 4096 + 2000, reel=0)
    site.open()
    site.runs()
    left = site.records(11, 15)
    assert len(left) == 4 and set(left) < {11, 12, 13, 14, 15}


def test_records_of_another_signer_do_not_leave(site: Site, town: Town) -> None:
    """A card that was swapped holds another node's records."""
    site.open()
    foreign = site.make(Identity(NODE, ROLES[Role.MASK].public_key))
    list(foreign.answer(Ask(what=What.RUNS), b""))
    asked = Ask(what=What.RECORDS, chain=site.spool.chain.chain, first=11, last=15)
    assert b"".join(foreign.answer(asked, b"")) == b""
    assert site.runs() and site.records(11, 15) == [11, 12, 13, 14, 15]


def test_nothing_beyond_the_synced_position_leaves(site: Site) -> None:
    site.spool.segments(3)
    site.open(site.ticket(window=Window(start=DAY_START_US, end=DAY_START_US + HOUR_US)))
    assert site.runs() == [(site.spool.chain.chain, 0, 40)]
    site.spool.publish()
    assert site.runs() == [(site.spool.chain.chain, 0, 43)]


def test_each_chain_with_records_in_the_window_is_a_run(site: Site) -> None:
    first = site.spool.chain.chain
    site.spool.new_chain(OTHER, 2)
    site.spool.segments(3)
    site.spool.publish()
    site.open(site.ticket(window=Window(start=DAY_START_US + 76 * SECOND_US, end=DAY_START_US + HOUR_US)))
    assert site.runs() == [(first, 39, 40), (OTHER, 0, 2)]
    assert site.headers(chain=OTHER) == [0, 1, 2]


@pytest.mark.parametrize("hour", [0, 2, 5])
def test_window_in_any_reel_of_a_long_card_is_found(town: Town, hour: int) -> None:
    spool = town.spool
    for number in range(6):
        if number:
            spool.enter(number)
        spool.now_us = DAY_START_US + number * (FAR_US + HOUR_US)
        spool.segments(5)
    spool.publish()
    start = DAY_START_US + hour * (FAR_US + HOUR_US)
    card = Card((spool.folder,), spool.position_file, Identity(NODE, spool.key.public_key))
    (part,) = card.find((start + 2 * SECOND_US, start + 4 * SECOND_US))
    assert list(part.records) == [5 * hour + 1]
    assert list(part.headers) == [5 * hour, 5 * hour + 1, 5 * hour + 2]


def test_reels_far_from_the_window_are_not_read(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = town.spool
    for number in range(9):
        if number:
            spool.enter(number)
        spool.now_us = DAY_START_US + number * (FAR_US + HOUR_US)
        spool.segments(2)
    spool.publish()
    read, located = list[str](), window._located

    def noted(reel: Reel) -> Iterator[Located]:
        read.append(reel.path.name)
        return located(reel)

    monkeypatch.setattr(window, "_located", noted)
    card = Card((spool.folder,), spool.position_file, Identity(NODE, spool.key.public_key))
    start = DAY_START_US + 4 * (FAR_US + HOUR_US)
    (part,) = card.find((start, start + 4 * SECOND_US))
    assert list(part.records) == [8, 9]
    assert read[9:] == ["reel-00002", "reel-00003", "reel-00004", "reel-00005"], "beside the first record of each"


def test_reel_whose_clock_stood_years_away_is_read_all_the_same(tmp_path: Path) -> None:
    spool = Drifting(tmp_path)
    spool.off_us, spool.kept = -87_600 * HOUR_US, ClockQuality.UNTRUSTED
    spool.segments(5)
    for number in (1, 2):
        spool.enter(number)
        spool.segments(5)
    spool.off_us, spool.kept = 0, ClockQuality.SYNCHRONISED
    spool.enter(3)
    spool.segments(5)
    spool.publish()
    card = Card((spool.folder,), spool.position_file, Identity(NODE, spool.key.public_key))
    (part,) = card.find((DAY_START_US + 4 * SECOND_US, DAY_START_US + 6 * SECOND_US))
    assert list(part.records) == [2]
    assert list(part.headers) == [1, 2, 3, 15], "15 is the record that tells when the others were"


def test_brought_documents_are_laid_where_their_readers_look(site: Site, town: Town) -> None:
    site.open()
    assert site.bring(Brought.KEY_LIST, key_list().data) == b"taken"
    assert site.bring(Brought.KEY_LIST, key_list().data) == b"known"
    assert town.places.key_list.read_bytes() == key_list().data == site.ask(What.KEY_LIST)
    assert site.bring(Brought.MASK_ORDER, mask_order(3).data) == b"taken"
    assert town.places.mask_order.read_bytes() == mask_order(3).data
    ticket = site.ticket(Scope.INSPECT)
    assert site.bring(Brought.VISIT_TICKET, ticket.data) == b"taken"
    assert town.places.visit_ticket.read_bytes() == ticket.data


@pytest.mark.parametrize(
    ("brought", "document", "failure"),
    [
        (Brought.KEY_LIST, key_list(1).data, "old-version"),
        (Brought.KEY_LIST, key_list(3, node="demo-2").data, "wrong-node"),
        (Brought.MASK_ORDER, mask_order(2).data, "replayed"),
        (Brought.MASK_ORDER, mask_order(9, role=Role.COMMAND).data, "bad-signature"),
        (Brought.RECEIPTS, b"rubbish", "bad-json"),
    ],
)
def test_brought_documents_never_make_anything_older(
    site: Site, town: Town, brought: Brought, document: bytes, failure: str
) -> None:
    site.open()
    site.bring(Brought.KEY_LIST, key_list(2, key_list().sha256).data)
    site.bring(Brought.MASK_ORDER, mask_order(3).data)
    kept = town.places.key_list.read_bytes(), town.places.mask_order.read_bytes()
    with pytest.raises(Refused) as caught:
        site.bring(brought, document)
    assert caught.value.failure == failure
    assert kept == (town.places.key_list.read_bytes(), town.places.mask_order.read_bytes())


def time_note(sequence: int, *, node: str = NODE, role: Role = Role.COMMAND, time_us: int = DAY_START_US) -> bytes:
    note = TimeNote(node=node, chain=OTHER, sequence=sequence, sha256="ab" * 32, time=time_us)
    return signed.sign("time-note", note, ROLES[role]).data


def test_newest_header_is_shown_and_a_note_of_the_time_laid_down(site: Site, town: Town) -> None:
    site.open()
    (header,) = parse_headers(site.ask(What.NEWEST))
    assert header.sha256 == site.spool.records[-1].header.sha256
    assert site.bring(Brought.TIME_NOTE, time_note(40)) == b"taken"
    assert town.places.time_note.read_bytes() == time_note(40)
    for older in (time_note(40, time_us=DAY_START_US + 1), time_note(39)):
        with pytest.raises(Refused, match="later one"):
            site.bring(Brought.TIME_NOTE, older)
    for false in (time_note(41, node="demo-2"), time_note(41, role=Role.VISIT), b"{}"):
        with pytest.raises(Refused):
            site.bring(Brought.TIME_NOTE, false)
    assert town.places.time_note.read_bytes() == time_note(40)
    assert site.bring(Brought.TIME_NOTE, time_note(41, time_us=1)) == b"taken"


def test_carried_receipts_are_filed_where_they_match_the_card(site: Site, town: Town) -> None:
    chain = site.spool.chain.chain
    hashes = tuple(record.header.sha256 for record in site.spool.records[3:7])
    good = receipt_for(town.center, NODE, chain, 3, hashes)
    other_hash = receipt_for(town.center, NODE, chain, 20, ("0" * 64,))
    unknown = receipt_for(town.center, NODE, OTHER, 0, hashes)
    site.open()
    lines = b"".join(receipt.data + b"\n" for receipt in (good, other_hash, unknown))
    assert site.bring(Brought.RECEIPTS, lines) == b"taken"
    work(site.uplink, town.clock, town.tls_clock)
    filed = [line for path in town.places.receipts.iterdir() for line in path.read_bytes().splitlines()]
    assert filed == [good.data]


def test_a_desk_signs_no_receipt(site: Site, town: Town) -> None:
    word = receipt_for(town.center, NODE, site.spool.chain.chain, 3, (site.spool.records[3].header.sha256,)).payload
    site.open()
    with pytest.raises(Refused, match="receipt key"):
        site.bring(Brought.RECEIPTS, signed.sign("receipt", word, ROLES[Role.COMMAND]).data + b"\n")
    work(site.uplink, town.clock, town.tls_clock)
    assert list(town.places.receipts.iterdir()) == []


def test_rubbish_ends_a_question_and_not_the_server(site: Site) -> None:
    site.open()
    for rubbish in (b"\xff\xff\xff\xff", b"\x00\x00\x00\x02{}", b"\x00\x00\x00\x05nonse", b""):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(60)
            connection.connect(str(site.path))
            connection.sendall(rubbish)
            connection.shutdown(socket.SHUT_WR)
            with suppress(TryAgain):
                assert receive_answer(connection)[0].failure
    assert site.runs()


def test_socket_is_for_owner_and_group_and_goes_with_the_server(site: Site) -> None:
    assert site.path.stat().st_mode & 0o777 == 0o660
    site.close()
    assert not site.path.exists()
