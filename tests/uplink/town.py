"""A small town for the uplink's tests: keys, certificates, a center that behaves badly by table, and a spool."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from edge.base.clock import ClockQuality, SystemClock
from edge.seal.chain import Chain, InForce, Stamp, Tip, Writer
from edge.seal.manifest import Boot, Cause, Gap, Kind, Segment
from edge.seal.record import Record, parse_records
from edge.seal.reel import REEL_HEADER_BYTES, Position, ReelHeader, dump_position, reel_name
from edge.uplink.adaptation import Footage
from edge.uplink.config import Places, UplinkConfig
from edge.uplink.https import Credentials, HttpsServer, Timeouts
from edge.uplink.uplink import Uplink
from edge.wire import signed
from edge.wire.advice import ladder
from edge.wire.authority import Authority, Role, RoleKey
from edge.wire.certificates import (
    Issuer,
    dump_certificates,
    load_key,
    make_ca,
    make_request,
    new_tls_key,
    parse_request,
    save_key,
)
from edge.wire.command import Command
from edge.wire.keylist import KeyList, Pair
from edge.wire.keys import SigningKey
from edge.wire.maskorder import MaskOrder
from edge.wire.receipt import Receipt
from edge.wire.registration import Enrolment, EnrolmentTicket
from edge.wire.signed import Signed
from edge.wire.visit import Scope, VisitTicket
from tests.clocks import HandClock

NODE = "demo-1"
TOKYO = ZoneInfo("Asia/Tokyo")
DAY = "2026-01-05"
DAY_START_US = 1_767_538_800_000_000
REEL_BYTES = 256 * 1024
SECOND_US = 1_000_000


def seed(number: int) -> SigningKey:
    return SigningKey.from_seed(bytes([number]) * 32)


ROLES = {role: seed(10 + place) for place, role in enumerate(Role)}


def make_authority(now_us: int) -> Authority:
    keys = tuple(
        RoleKey(role=role, public_key=key.public_key.hex(), not_before=0, not_after=now_us + 10**15)
        for role, key in ROLES.items()
    )
    root = seed(1).public_key.hex()
    return Authority(city="town", demo=True, version=1, previous=None, root=root, issued=0, keys=keys)


class Pki:
    """The city's CA, the center's issuing CA, and whoever they certify; real time, because TLS asks for it."""

    def __init__(self, folder: Path, now_us: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.now_us = folder, now_us
        ca_key, self.issuing_key, self.server_key = new_tls_key(), new_tls_key(), new_tls_key()
        self.ca = make_ca(ca_key, "Town CA", now_us)
        city = Issuer(ca_key, self.ca)
        self.issuer = Issuer(self.issuing_key, city.issuing_ca(self.issuing_key, "Town issuing CA", now_us))
        server = city.server(self.server_key.public_key(), "center", ("127.0.0.1",), now_us)
        (folder / "ca.pem").write_bytes(dump_certificates(self.ca))
        (folder / "server.pem").write_bytes(dump_certificates(server))
        save_key(self.server_key, folder / "server-key.pem")

    def client(
        self,
        public: ec.EllipticCurvePublicKey,
        name: str,
        *,
        begins_us: int | None = None,
        life: timedelta = timedelta(days=90),
    ) -> bytes:
        """Returns PEM of a client's certificate with the issuing CA's."""
        leaf = self.issuer.client(public, name, begins_us or self.now_us, life)
        return dump_certificates(leaf, self.issuer.certificate)


Action = Literal[
    "ok", "500", "503", "429", "503-later", "401", "rubbish", "empty", "huge", "html-400", "fork", "too-long", "bad",
    "disk-full", "close", "close-mid-body", "stall", "other-hash", "other-signer", "other-range", "other-node",
    "lost-answer", "redirect", "not-json-413",
]  # fmt: skip


@dataclass
class Request:
    """What reached the center."""

    method: str
    path: str
    body: bytes
    headers: dict[str, str]
    name: str


@dataclass
class Center:
    """What the center keeps, and how it behaves next: each PUT takes one action, then ``usually``."""

    pki: Pki
    usually: Action = "ok"
    actions: list[Action] = field(default_factory=list)
    for_record: dict[int, Action] = field(default_factory=dict)
    seen: list[Request] = field(default_factory=list)
    stored: dict[tuple[str, int], str] = field(default_factory=dict)
    key_list: bytes | None = None
    visit_ticket: bytes | None = None
    mask_order: bytes | None = None
    entries: list[Request] = field(default_factory=list)
    entry_status: int = 204
    probes: list[Request] = field(default_factory=list)
    asked_for_orders: list[Request] = field(default_factory=list)
    asked_for_tickets: list[Request] = field(default_factory=list)
    certificate: Callable[[Request], tuple[int, bytes]] | None = None
    url: str = ""
    release: threading.Event = field(default_factory=threading.Event)
    signer: SigningKey = field(default_factory=lambda: ROLES[Role.RECEIPT])

    def puts(self) -> list[str]:
        """Ranges that were put, in order, whatever was answered."""
        return [request.path.rsplit("/", 1)[1] for request in self.seen if request.method == "PUT"]

    def sequences(self) -> list[int]:
        """What is stored."""
        return sorted(sequence for _, sequence in self.stored)


PUT = re.compile(r"/v1/nodes/([^/]+)/chains/([0-9a-f]{32})/records/(\d+)-(\d+)")
_FAILURES: dict[str, tuple[int, str]] = {
    "fork": (409, "fork"), "too-long": (413, "too-long"), "bad": (400, "bad-signature"),
    "disk-full": (507, "disk-full"),
    "500": (500, "internal"), "503": (503, "unavailable"), "429": (429, "too-many"), "503-later": (503, "unavailable"),
    "401": (401, "no-certificate"),
}  # fmt: skip


def failure(slug: str) -> bytes:
    return json.dumps({"failure": slug, "message": "as the table says"}).encode()


def receipt_for(center: Center, node: str, chain: str, first: int, hashes: tuple[str, ...]) -> Signed[Receipt]:
    payload = Receipt(
        node=node, chain=chain, first=first, last=first + len(hashes) - 1, hashes=hashes, time=center.pki.now_us
    )
    return signed.sign("receipt", payload, center.signer)


class Handler(BaseHTTPRequestHandler):
    """One request to the center."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    center: Center

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        if self.path == "/v1/health":
            self._heard(self.center.probes)
            return self._answer(200, b"{}")
        if self.path.endswith("/mask-order"):
            return self._give(self._heard(self.center.asked_for_orders), self.center.mask_order)
        if self.path.endswith("/visit-ticket"):
            return self._give(self._heard(self.center.asked_for_tickets), self.center.visit_ticket)
        request = self._note()
        return self._give(request, self.center.key_list if request.path.endswith("/key-list") else None)

    def _give(self, request: Request, document: bytes | None) -> None:
        if document is None:
            return self._answer(404, failure("none"))
        tag = f'"{hashlib.sha256(document).hexdigest()}"'
        if request.headers.get("If-None-Match") == tag:
            return self._answer(304, b"")
        return self._answer(200, document, {"ETag": tag})

    def do_POST(self) -> None:
        request = self._note()
        answer = self.center.certificate(request) if self.center.certificate else (404, failure("none"))
        self._answer(*answer)

    def do_PUT(self) -> None:
        if self.path.endswith("/register-entry"):
            self._heard(self.center.entries)
            status = self.center.entry_status
            return self._answer(status, b"" if status == 204 else failure("bad-document"))
        if self.path == f"/v1/nodes/{NODE}/probe":
            self._heard(self.center.probes)
            return self._answer(204, b"")
        request = self._note()
        found = PUT.fullmatch(request.path)
        assert found is not None, request.path
        node, chain, first, last = found[1], found[2], int(found[3]), int(found[4])
        action = self._action(first, last)
        if action in _FAILURES:
            status, slug = _FAILURES[action]
            later = {"Retry-After": "7"} if action in {"429", "503-later"} else {}
            return self._answer(status, failure(slug), later)
        if self._misbehave(action):
            return None
        return self._store(request, action, node, chain, first, last)

    def _action(self, first: int, last: int) -> Action:
        for sequence, action in self.center.for_record.items():
            if first <= sequence <= last:
                return action
        return self.center.actions.pop(0) if self.center.actions else self.center.usually

    def _misbehave(self, action: Action) -> bool:
        match action:
            case "rubbish":
                self._answer(200, b"\xff{rubbish")
            case "empty":
                self._answer(200, b"")
            case "huge":
                self._answer(200, bytes(3 * 1024 * 1024))
            case "html-400":
                self._answer(400, b"<html>The SSL certificate error</html>")
            case "not-json-413":
                self._answer(413, b"<html>Request Entity Too Large</html>")
            case "redirect":
                self._answer(307, b"", {"Location": "https://127.0.0.1:1/elsewhere"})
            case "close":
                self.close_connection = True
            case "close-mid-body":
                self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"kind"')
                self.close_connection = True
            case "stall":
                self.center.release.wait(20)
                self.close_connection = True
            case _:
                return False
        return True

    def _store(self, request: Request, action: Action, node: str, chain: str, first: int, last: int) -> None:
        digest = base64.b64encode(hashlib.sha256(request.body).digest()).decode()
        assert request.headers["Content-Digest"] == f"sha-256=:{digest}:"
        assert request.name == node == NODE
        records = list(parse_records(request.body))
        assert [record.header.sequence for record in records] == list(range(first, last + 1))
        assert len({r.header.manifest.segment.day for r in records if r.header.manifest.segment}) <= 1
        for record in records:
            known = self.center.stored.setdefault((chain, record.header.sequence), record.header.sha256)
            assert known == record.header.sha256
        hashes = tuple(record.header.sha256 for record in records)
        if action == "lost-answer":
            self.close_connection = True
            return
        self._answer(200, self._receipt(action, node, chain, first, hashes).data)

    def _receipt(self, action: Action, node: str, chain: str, first: int, hashes: tuple[str, ...]) -> Signed[Receipt]:
        match action:
            case "other-hash":
                return receipt_for(self.center, node, chain, first, ("0" * 64, *hashes[1:]))
            case "other-range":
                return receipt_for(self.center, node, chain, first + 1, hashes)
            case "other-node":
                return receipt_for(self.center, "demo-2", chain, first, hashes)
            case "other-signer":
                return signed.sign("receipt", receipt_for(self.center, node, chain, first, hashes).payload, seed(99))
        return receipt_for(self.center, node, chain, first, hashes)

    def _note(self) -> Request:
        return self._heard(self.center.seen)

    def _heard(self, among: list[Request]) -> Request:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        assert isinstance(self.connection, ssl.SSLSocket)
        subject = (self.connection.getpeercert() or {}).get("subject", ())
        name = "".join(str(pair[1]) for part in subject for pair in part if pair[0] == "commonName")
        request = Request(self.command, self.path, body, dict(self.headers.items()), name)
        among.append(request)
        return request

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    context: ssl.SSLContext

    def get_request(self) -> tuple[socket.socket, object]:
        plain, address = super().get_request()
        plain.settimeout(20)
        return self.context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that break off are part of the table."""


@contextmanager
def serve(center: Center) -> Iterator[Center]:
    """Runs the center on a free loopback port."""
    folder = center.pki.folder
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server-key.pem")
    context.load_verify_locations(folder / "ca.pem")
    context.verify_mode = ssl.CERT_OPTIONAL
    handler = type("BoundHandler", (Handler,), {"center": center})
    with _Listener(("127.0.0.1", 0), handler) as listener:
        listener.context = context
        thread = threading.Thread(target=listener.serve_forever, args=(0.01,), name="center")
        thread.start()
        center.url = f"https://127.0.0.1:{listener.server_address[1]}"
        try:
            yield center
        finally:
            center.release.set()
            listener.shutdown()
            thread.join(10)


class Spool:
    """Writes reels as the recorder does: header, records at block boundaries, then the position."""

    def __init__(self, folder: Path, chain: str = "c0" * 16, *, key: SigningKey | None = None) -> None:
        self.folder, self.position_file = folder / "spool", folder / "position"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.key = key or seed(7)
        self._writer = Writer(node=NODE, boot="b0" * 16, firmware="0.1.0")
        self.chain = Chain(chain, self._writer, self.key)
        self.records: list[Record] = []
        self.laps: dict[int, int] = {}
        self.oldest = 0
        self.at = self.now_us = DAY_START_US
        self.enter(0)

    def enter(self, reel: int) -> None:
        """Begins a lap of a reel."""
        self.reel, self.end = reel, REEL_HEADER_BYTES
        self.laps[reel] = self.laps.get(reel, 0) + 1
        header = ReelHeader(reel, self.laps[reel], self.chain.chain, self.chain.next_sequence)
        path = self.folder / reel_name(reel)
        if not path.exists():
            path.write_bytes(bytes(REEL_BYTES))
        self.write(header.dump(), 0)

    def write(self, data: bytes, offset: int, reel: int | None = None) -> None:
        with (self.folder / reel_name(self.reel if reel is None else reel)).open("r+b") as file:
            file.seek(offset)
            file.write(data)

    def new_chain(self, chain: str, reel: int) -> None:
        self.chain = Chain(chain, self._writer, self.key)
        self.enter(reel)

    def add(self, record: Record) -> Record:
        data = record.dump()
        self.write(data, self.end)
        self.end += len(data)
        self.records.append(record)
        return record

    def stamp(self, seconds: int = 2) -> Stamp:
        start, self.now_us = self.now_us, self.now_us + seconds * SECOND_US
        return Stamp(start, self.now_us, 0, 1, ClockQuality.SYNCHRONISED)

    def boot(self) -> Record:
        return self.add(self.chain.make(Kind.BOOT, Boot(predecessor=None, resumes=None), self.stamp(0), InForce()))

    def gap(self) -> Record:
        return self.add(self.chain.make(Kind.GAP, Gap(cause=Cause.CAMERA, frames_missed=3), self.stamp(), InForce()))

    def segment(self, day: str = DAY, size: int = 5000) -> Record:
        body = random.Random(self.chain.next_sequence).randbytes(size)
        detail = Segment(
            width=64, height=48, frames=30, frames_missed=0, blanked=False, day=day, period=day,
            manager="age1" + "q" * 58, operator="age1" + "p" * 58, key_list="0" * 64,
            body_sha256=hashlib.sha256(body).hexdigest(), body_bytes=size, envelope_sha256="1" * 64,
        )  # fmt: skip
        return self.add(self.chain.make(Kind.SEGMENT, detail, self.stamp(), InForce(), body))

    def segments(self, count: int) -> None:
        for _ in range(count):
            self.segment()

    def publish(self) -> None:
        """Says that all is synced."""
        tip = self.chain.tip
        assert isinstance(tip, Tip)
        self.position_file.write_bytes(
            dump_position(
                Position(
                    chain=tip.chain, reel=self.reel, lap=self.laps[self.reel], end=self.end, sequence=tip.sequence,
                    sha256=tip.sha256, oldest=self.oldest,
                )
            )
        )  # fmt: skip


FOOTAGE = Footage(rungs=ladder(1_500_000, 500_000), retention_s=7 * 86_400, ring_bytes=128 * 10**9)


@dataclass
class Town:
    """All of it together, with a node that has its certificate."""

    folder: Path
    center: Center
    spool: Spool
    clock: HandClock
    tls_clock: HandClock
    authority: Authority
    places: Places
    servers: list[HttpsServer] = field(default_factory=list)
    uplinks: list[Uplink] = field(default_factory=list)

    def config(self, **settings: object) -> UplinkConfig:
        fields = {
            "center_url": self.center.url,
            "mqtt_host": "127.0.0.1",
            "ca": self.center.pki.folder / "ca.pem",
            "state": self.places.state,
            "upload": "all",
            "answer_timeout_s": 5.0,
            **settings,
        }
        return UplinkConfig.model_validate(fields)

    def server(self, config: UplinkConfig | None = None) -> HttpsServer:
        config = config or self.config()
        credentials = Credentials(config.ca, self.places.certificate, self.places.tls_key)
        timeouts = Timeouts(config.connect_timeout_s, config.answer_timeout_s)
        server = HttpsServer(config.center_url, credentials, SystemClock(), timeouts)
        self.servers.append(server)
        return server

    def uplink(self, **settings: object) -> Uplink:
        config = self.config(**settings)
        uplink = Uplink(
            config,
            self.places,
            self.authority,
            self.server(config),
            self.clock,
            tls_clock=self.tls_clock,
            zone=TOKYO,
            footage=FOOTAGE,
            random_source=random.Random(5),
        )
        self.uplinks.append(uplink)
        return uplink

    def close(self) -> None:
        for uplink in self.uplinks:
            uplink.close()
        for server in self.servers:
            server.close()

    def certify(self, **arguments: object) -> None:
        """Gives the node a certificate."""
        public = load_key(self.places.tls_key).public_key()
        self.places.certificate.write_bytes(self.center.pki.client(public, NODE, **arguments))  # type: ignore[arg-type]

    def issue(self, request: Request) -> tuple[int, bytes]:
        """Answers enrolments and renewals as the center should."""
        pem = request.body
        if request.path == "/v1/enrolments":
            pem = json.loads(request.body)["enrolment"]["payload"]["csr"].encode()
        public = parse_request(pem, NODE).public_key()
        assert isinstance(public, ec.EllipticCurvePublicKey)
        return 200, json.dumps({"certificate": self.center.pki.client(public, NODE).decode()}).encode()


def work(uplink: Uplink, *clocks: HandClock, steps: int = 400) -> None:
    """Steps until there is nothing to do for two polls running; waits pass on the still clocks."""
    idle = 0
    for _ in range(steps):
        wait_s = uplink.step()
        idle = idle + 1 if wait_s and not uplink.progress().last_error else 0
        if idle == 2:
            return
        for clock in clocks:
            clock.advance(wait_s)
    raise AssertionError(f"still at work after {steps} steps: {uplink.progress()}")


def make_town(folder: Path, center: Center) -> Town:
    """Puts a node with keys, enrolment, ticket and spool beside a running center."""
    clock = HandClock(center.pki.now_us)
    spool = Spool(folder / "node")
    state = folder / "state"
    state.mkdir()
    places = Places(
        spool=(spool.folder,),
        position=spool.position_file,
        recorder_status=folder / "recorder.json",
        line=folder / "uplink.json",
        enrolment=folder / "enrolment.json",
        ticket=folder / "ticket.json",
        state=state,
        visit=folder / "visit.json",
        panel=folder / "panel.json",
        register=folder / "register" / "entry.json",
    )
    tls = new_tls_key()
    save_key(tls, places.tls_key)
    ticket = EnrolmentTicket(ticket="70" * 16, node=NODE, issued=0, expires=2**52)
    places.ticket.write_bytes(signed.sign("enrolment-ticket", ticket, ROLES[Role.REGISTRATION]).data)
    csr = make_request(tls, NODE).decode()
    enrolment = Enrolment(ticket="70" * 16, node=NODE, signing_key=spool.key.public_key.hex(), csr=csr)
    places.enrolment.write_bytes(signed.sign("enrolment", enrolment, spool.key).data)
    town = Town(folder, center, spool, clock, HandClock(center.pki.now_us), make_authority(center.pki.now_us), places)
    town.certify()
    return town


def key_list(version: int = 1, previous: str | None = None, node: str = NODE) -> Signed[KeyList]:
    def recipient(number: int) -> str:
        letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
        digest = hashlib.sha256(struct.pack(">I", number)).digest()
        return "age1" + "".join(letters[byte % 32] for byte in digest + digest[:26])

    pair = Pair(period=DAY, manager=recipient(2 * version), operator=recipient(2 * version + 1))
    payload = KeyList(node=node, version=version, previous=previous, issued=1, expires=2**52, days=(pair,), spares=())
    return signed.sign("key-list", payload, ROLES[Role.MANAGER], ROLES[Role.OPERATOR])


def visit_ticket(
    issued: int,
    *,
    ends: int = 2**52,
    node: str = NODE,
    role: Role = Role.VISIT,
    scope: Scope = Scope.INSPECT,
) -> Signed[VisitTicket]:
    payload = VisitTicket(
        ticket=f"{issued:032x}", node=node, installer="K-07", scope=scope, issued=issued, begins=0, ends=ends,
        code_salt="0" * 32, code_hash="0" * 64,
    )  # fmt: skip
    return signed.sign("visit-ticket", payload, ROLES[role])


def mask_order(counter: int, *, node: str = NODE, role: Role = Role.MASK) -> Signed[MaskOrder]:
    payload = MaskOrder(node=node, counter=counter, issued=1, reference="R-0815", masks="{}")
    return signed.sign("mask-order", payload, ROLES[role])


def command(counter: int, now_us: int, start_us: int, end_us: int, **changes: object) -> bytes:
    fields = {
        "node": NODE, "counter": counter, "issued": now_us, "expires": now_us + 3600 * SECOND_US,
        "action": "send-window", "start_us": start_us, "end_us": end_us, **changes,
    }  # fmt: skip
    return signed.sign("command", Command.model_validate(fields), ROLES[Role.COMMAND]).data


def certificate_of(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificates(path.read_bytes())[0]
