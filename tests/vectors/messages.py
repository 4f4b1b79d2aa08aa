"""Vectors of receipts, enrolments, commands, visit tickets, mask orders and heartbeats."""

from __future__ import annotations

from collections.abc import Iterator

from edge.base.clock import ClockQuality
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.command import Command
from edge.wire.heartbeat import CardHealth, Heartbeat, dump_heartbeat
from edge.wire.maskorder import MaskOrder
from edge.wire.receipt import Receipt
from edge.wire.registration import Enrolment, EnrolmentTicket, Registration
from edge.wire.status import RecorderState, RecorderStatus
from edge.wire.timenote import TimeNote
from edge.wire.visit import Scope, VisitTicket, Window
from tests.seal.samples import (
    BOOT,
    CHAIN,
    NODE,
    NODE_KEY,
    OTHER_NODE_KEY,
    ROLES,
    START_US,
    YEAR_US,
)
from tests.vectors.documents import GIVEN, altered, changed, forged
from tests.vectors.vector import Vector

HOUR_US = 3_600_000_000


def receipts() -> Iterator[Vector]:
    hashes = ("aa" * 32, "bb" * 32)
    sent = {"node": NODE, "chain": CHAIN, "first": 7, "hashes": list(hashes)}

    def vector(name: str, data: bytes, expect: str, comment: str, **given: object) -> Vector:
        return Vector("receipt", name, comment, data, expect, {**GIVEN, **sent, **given})

    payload = Receipt(node=NODE, chain=CHAIN, first=7, last=8, hashes=hashes, time=START_US)
    good = signed.sign("receipt", payload, ROLES[Role.RECEIPT])
    yield vector("ok", good.data, "ok", "for records 7 and 8")
    yield vector("bad-signature", changed(good, time=START_US + 1), "bad-signature", "time changed")
    yield vector(
        "bad-signature-role",
        signed.sign("receipt", payload, ROLES[Role.COMMAND]).data,
        "bad-signature",
        "signed by another role",
    )
    early = forged("receipt", altered(good, time=START_US - 2 * YEAR_US), ROLES[Role.RECEIPT])
    yield vector("bad-signature-early", early, "bad-signature", "of a time before the role key's life")
    yield vector("false-receipt-hash", good.data, "false-receipt", "of other records", hashes=["aa" * 32, "cc" * 32])
    yield vector("false-receipt-count", good.data, "false-receipt", "for more than was sent", hashes=["aa" * 32])
    yield vector("false-receipt-first", good.data, "false-receipt", "for another place", first=6)
    yield vector("false-receipt-chain", good.data, "false-receipt", "for another chain", chain="ab" * 16)
    yield vector("false-receipt-node", good.data, "false-receipt", "for another node", node="demo-2")
    yield vector(
        "bad-document",
        forged("receipt", altered(good, last=9), ROLES[Role.RECEIPT]),
        "bad-document",
        "two hashes for three",
    )
    yield vector(
        "bad-document-none",
        forged("receipt", altered(good, hashes=[], last=6), ROLES[Role.RECEIPT]),
        "bad-document",
        "no hashes",
    )
    many = altered(good, hashes=["aa" * 32] * 65, last=7 + 64)
    yield vector("bad-document-many", forged("receipt", many, ROLES[Role.RECEIPT]), "bad-document", "65 hashes")
    yield vector("bad-json", good.data + b"x", "bad-json", "a byte too many")


def enrolments() -> Iterator[Vector]:
    registrar = ROLES[Role.REGISTRATION]
    ticket = EnrolmentTicket(ticket="ab" * 16, node=NODE, issued=START_US, expires=START_US + HOUR_US)
    word = signed.sign("enrolment-ticket", ticket, registrar)

    def at(name: str, data: bytes, expect: str, comment: str, moment: int = START_US) -> Vector:
        return Vector("enrolment-ticket", name, comment, data, expect, {**GIVEN, "at": moment})

    yield at("ok", word.data, "ok", "within its life")
    yield at("expired", word.data, "expired", "1 µs after its life", START_US + HOUR_US + 1)
    yield at("expired-early", word.data, "expired", "1 µs before its life", START_US - 1)
    yield at("bad-signature", changed(word, node="demo-2"), "bad-signature", "node changed")
    enrolment = Enrolment(ticket="ab" * 16, node=NODE, signing_key=NODE_KEY.public_key.hex(), csr="PEM")
    own = signed.sign("enrolment", enrolment, NODE_KEY)
    foreign = signed.sign("enrolment", enrolment, OTHER_NODE_KEY)
    yield Vector("enrolment", "ok", "signed by the key it names", own.data)
    yield Vector("enrolment", "bad-signature", "signed by another key", foreign.data, "bad-signature")
    registration = Registration(
        node=NODE, signing_key=NODE_KEY.public_key.hex(), tls_key="ab" * 32, registered=START_US
    )
    known = signed.sign("registration", registration, registrar)
    by_node = signed.sign("registration", registration, NODE_KEY)
    yield Vector("registration", "ok", "signed by the registration role", known.data, given=GIVEN)
    yield Vector("registration", "bad-signature", "signed by the node itself", by_node.data, "bad-signature", GIVEN)
    swapped = changed(known, signing_key=OTHER_NODE_KEY.public_key.hex())
    yield Vector("registration", "bad-signature-key", "signing key changed", swapped, "bad-signature", GIVEN)
    bad = forged("registration", altered(known, node="evil\nhost"), registrar)
    yield Vector("registration", "bad-document", "a line feed in the node id", bad, "bad-document", GIVEN)


def commands() -> Iterator[Vector]:
    def vector(name: str, data: bytes, expect: str, comment: str, **given: object) -> Vector:
        known = {**GIVEN, "node": NODE, "at": START_US, "last_counter": 4, **given}
        return Vector("command", name, comment, data, expect, known)

    payload = Command(
        node=NODE,
        counter=5,
        issued=START_US,
        expires=START_US + HOUR_US,
        action="send-window",
        start_us=START_US - HOUR_US,
        end_us=START_US,
    )
    good = signed.sign("command", payload, ROLES[Role.COMMAND])
    yield vector("ok", good.data, "ok", "counter 5 after 4")
    yield vector("ok-clock-behind", good.data, "ok", "the node's clock is 5 min behind", at=START_US - 300_000_000)
    yield vector("expired", good.data, "expired", "1 µs late", at=START_US + HOUR_US + 1)
    yield vector("expired-early", good.data, "expired", "more than 5 min early", at=START_US - 300_000_001)
    yield vector("replayed", good.data, "replayed", "the same counter again", last_counter=5)
    yield vector("wrong-node", good.data, "wrong-node", "for another node", node="demo-2")
    yield vector("bad-signature", changed(good, counter=6), "bad-signature", "counter changed")
    yield vector(
        "bad-signature-role", signed.sign("command", payload, ROLES[Role.RECEIPT]).data, "bad-signature", "another role"
    )
    other = forged("command", altered(good, action="reboot"), ROLES[Role.COMMAND])
    yield vector("bad-document", other, "bad-document", "an action that no node knows")
    back = forged("command", altered(good, end_us=START_US - HOUR_US), ROLES[Role.COMMAND])
    yield vector("bad-document-window", back, "bad-document", "a window without length")


def visit_tickets() -> Iterator[Vector]:
    ticket = VisitTicket(
        ticket="ab" * 16,
        node=NODE,
        installer="K-07",
        scope=Scope.FIRST,
        issued=START_US,
        begins=START_US,
        ends=START_US + HOUR_US,
        code_salt="cd" * 16,
        code_hash="66d9ceb92c3ba4ce67f0e4cbd16a2fe0b62d05a6ab2fbb2a1e0e4a97bbd1fcd6",
    )
    good = signed.sign("visit-ticket", ticket, ROLES[Role.VISIT])

    def vector(name: str, data: bytes, expect: str, comment: str, **given: object) -> Vector:
        known = {**GIVEN, "node": NODE, "at": START_US, "trusted": True, **given}
        return Vector("visit-ticket", name, comment, data, expect, known)

    yield vector("ok", good.data, "ok", "within its hours")
    yield vector("ok-untrusted", good.data, "ok", "a clock that stands before the hours", at=0, trusted=False)
    yield vector("expired", good.data, "expired", "1 µs after its hours", at=START_US + HOUR_US + 1)
    yield vector("expired-early", good.data, "expired", "1 µs before its hours", at=START_US - 1)
    late = START_US + HOUR_US + 1
    yield vector("expired-untrusted", good.data, "expired", "a receipt of a later time", at=late, trusted=False)
    yield vector("wrong-node", good.data, "wrong-node", "for another node", node="demo-2")
    yield vector("bad-signature", changed(good, scope="re-aim"), "bad-signature", "scope changed")
    other = signed.sign("visit-ticket", ticket, ROLES[Role.COMMAND]).data
    yield vector("bad-signature-role", other, "bad-signature", "signed by another role")
    unknown = forged("visit-ticket", altered(good, scope="watch"), ROLES[Role.VISIT])
    yield vector("bad-document", unknown, "bad-document", "a scope that no node knows")
    back = forged("visit-ticket", altered(good, ends=START_US), ROLES[Role.VISIT])
    yield vector("bad-document-hours", back, "bad-document", "hours without length")
    window = Window(start=START_US - HOUR_US, end=START_US)
    collects = ticket.model_copy(update={"scope": Scope.COLLECT, "window": window})
    collect = signed.sign("visit-ticket", collects, ROLES[Role.VISIT])
    yield vector("ok-collect", collect.data, "ok", "an hour to collect")
    aims = forged("visit-ticket", altered(collect, scope="re-aim"), ROLES[Role.VISIT])
    yield vector("bad-document-window", aims, "bad-document", "a window in a ticket that collects nothing")
    bare = forged("visit-ticket", altered(good, scope="collect"), ROLES[Role.VISIT])
    yield vector("bad-document-no-window", bare, "bad-document", "to collect, and no window")
    days = {"start": START_US - 25 * HOUR_US, "end": START_US}
    long = forged("visit-ticket", altered(collect, window=days), ROLES[Role.VISIT])
    yield vector("bad-document-long-window", long, "bad-document", "a window of 25 hours")


def mask_orders() -> Iterator[Vector]:
    order = MaskOrder(node=NODE, counter=5, issued=START_US, reference="K-0002", masks="{}")
    good = signed.sign("mask-order", order, ROLES[Role.MASK])

    def vector(name: str, data: bytes, expect: str, comment: str, **given: object) -> Vector:
        return Vector("mask-order", name, comment, data, expect, {**GIVEN, "node": NODE, "last_counter": 4, **given})

    yield vector("ok", good.data, "ok", "order 5 after 4")
    yield vector("replayed", good.data, "replayed", "the same order again", last_counter=5)
    yield vector("wrong-node", good.data, "wrong-node", "for another node", node="demo-2")
    yield vector("bad-signature", changed(good, masks="[]"), "bad-signature", "masks changed")
    other = signed.sign("mask-order", order, ROLES[Role.VISIT]).data
    yield vector("bad-signature-role", other, "bad-signature", "signed by another role")
    named = forged("mask-order", altered(good, reference="two words"), ROLES[Role.MASK])
    yield vector("bad-document", named, "bad-document", "a reference with a space")


def time_notes() -> Iterator[Vector]:
    note = TimeNote(node=NODE, chain=CHAIN, sequence=7, sha256="ab" * 32, time=START_US)
    good = signed.sign("time-note", note, ROLES[Role.COMMAND])

    def vector(name: str, data: bytes, expect: str, comment: str, **given: object) -> Vector:
        return Vector("time-note", name, comment, data, expect, {**GIVEN, "node": NODE, **given})

    yield vector("ok", good.data, "ok", "over record 7")
    yield vector("wrong-node", good.data, "wrong-node", "for another node", node="demo-2")
    yield vector("bad-signature", changed(good, sequence=8), "bad-signature", "over another record")
    other = signed.sign("time-note", note, ROLES[Role.RECEIPT]).data
    yield vector("bad-signature-role", other, "bad-signature", "signed by another role")
    bare = forged("time-note", altered(good, sha256=""), ROLES[Role.COMMAND])
    yield vector("bad-document", bare, "bad-document", "without the record's hash")


def heartbeats() -> Iterator[Vector]:
    status = RecorderStatus(
        node=NODE,
        updated=START_US,
        boot=BOOT,
        state=RecorderState.RECORDING,
        message="",
        faults={},
        frames_seen=30,
        frames_encoded=30,
        frames_missed=0,
        frames_waiting=0,
        segments=1,
        accounted_until=START_US,
        gaps_24h={"power": 3},
        evicted_24h=0,
        bitrate_bps=1_500_000,
        slow_syncs_24h=0,
        slowest_sync_24h_ms=41,
        masks="aa" * 32,
        floor="bb" * 32,
        guard="in-place",
        view="clear",
        mask_order=0,
        mask_order_refused="",
        clock=ClockQuality.SYNCHRONISED,
        self_check=None,
        key_list_version=1,
        key_list_expires=START_US + YEAR_US,
        spool_bytes=4096,
        firmware="mimamori-edge 0.1.0",
    )
    heartbeat = Heartbeat(
        node=NODE,
        sent=START_US,
        header="TUlNQQ==",
        recorder=status,
        upload="all",
        backlog_records=0,
        backlog_bytes=0,
        card_bytes=1,
        card_free_bytes=1,
        card=CardHealth(device="mmcblk0p3", read_only=False, bytes_a_day=16_000_000_000, ext4_errors=0),
        temperature_mc=48_500,
        signal_dbm=None,
        certificate_expires=None,
        password_age_days=None,
        firmware="mimamori-edge 0.1.0",
    )
    good = dump_heartbeat(heartbeat)

    def vector(name: str, data: bytes, expect: str, comment: str, node: str = NODE) -> Vector:
        return Vector("heartbeat", name, comment, data, expect, {"node": node})

    yield vector("ok", good, "ok", "a recording node's")
    yield vector("wrong-node", good, "wrong-node", "on another node's topic", "demo-2")
    yield vector("bad-document", good.replace(b"TUlNQQ==", b"TUlNQQ"), "bad-document", "header is not base64")
    yield vector("bad-document-gap", good.replace(b'"power"', b'"pow er"'), "bad-document", "a cause that is no id")
    yield vector("float", good.replace(b"48500", b"48.5"), "float", "temperature as a float")


def vectors() -> Iterator[Vector]:
    for family in (receipts, enrolments, commands, visit_tickets, mask_orders, time_notes, heartbeats):
        yield from family()
