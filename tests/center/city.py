"""A city in a folder: root, authority, CAs, the center's files, and nodes that make real records."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.base.clock import ClockQuality, SystemClock
from edge.center.batch import local_day
from edge.seal.chain import Chain, InForce, Stamp, Writer, new_chain_id
from edge.seal.manifest import Cause, Gap, Kind, Notice, Range, Segment, Setting
from edge.seal.record import Record
from edge.wire import signed
from edge.wire.authority import Authority, Role, RoleKey
from edge.wire.certificates import (
    NODE_LIFE,
    Issuer,
    dump_certificates,
    key_hash,
    make_ca,
    make_request,
    new_tls_key,
    save_key,
)
from edge.wire.keylist import KeyList
from edge.wire.keys import SigningKey
from edge.wire.registration import Enrolment, EnrolmentTicket, Registration
from edge.wire.visit import Scope
from edge.wire.visitevents import Noted, note_of

DAY_US = 86_400_000_000
NOW = SystemClock().now_us()
TOKYO = ZoneInfo("Asia/Tokyo")
TODAY = local_day(NOW, TOKYO)


def digest_of(data: bytes) -> str:
    """Content-Digest of a body."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


class City:
    """Everything that the desk would make, and ``center.toml``.

    Args:
        hosts: what the server's certificate is for.
    """

    def __init__(
        self,
        folder: Path,
        *,
        extra: str = "",
        listen: str = "unix:center.sock",
        hosts: tuple[str, ...] = ("localhost", "127.0.0.1"),
    ) -> None:
        self.folder, self._hosts = folder, hosts
        folder.mkdir(parents=True, exist_ok=True)
        self.roles = {role: SigningKey.generate() for role in Role}
        self.root = SigningKey.generate()
        self.authority = self._authority()
        self._write("authority.json", self.authority.data)
        self._write("root.pub", self.root.public_key.hex().encode() + b"\n")
        self.roles[Role.RECEIPT].save(folder / "receipt.pem")
        self._certificates()
        self._write("center.toml", _toml(extra, listen).encode())

    @property
    def config_path(self) -> Path:
        return self.folder / "center.toml"

    def client(self, name: str, *, life: timedelta = NODE_LIFE, foreign: bool = False) -> tuple[str, str]:
        """Makes a client's certificate and key files; ``foreign`` takes another city's CA."""
        key = new_tls_key()
        path = self.folder / f"{name.strip('@')}-{os.urandom(4).hex()}"
        save_key(key, path.with_suffix(".key"))
        issuer = self.issuer
        if foreign:
            other = new_tls_key()
            issuer = Issuer(other, make_ca(other, "elsewhere", NOW))
        start = NOW - DAY_US * 100 if life < timedelta(0) else NOW
        leaf = issuer.client(key.public_key(), name, start, NODE_LIFE if life < timedelta(0) else life)
        path.with_suffix(".pem").write_bytes(dump_certificates(leaf, issuer.certificate))
        return str(path.with_suffix(".pem")), str(path.with_suffix(".key"))

    def certify_server(self, begins_us: int = NOW) -> None:
        """Writes the server's certificate, which is good for about a year."""
        leaf = self._root_issuer.server(self._server_key.public_key(), self._hosts[0], self._hosts, begins_us)
        self._write("server.pem", dump_certificates(leaf))

    def save_node_key(self, node: Node) -> None:
        save_key(node.tls, self.folder / f"{node.name}.key")

    def ticket(self, node: str, *, expires: int = NOW + DAY_US) -> signed.Signed[EnrolmentTicket]:
        word = EnrolmentTicket(ticket=os.urandom(16).hex(), node=node, issued=NOW - 1, expires=expires)
        return signed.sign("enrolment-ticket", word, self.roles[Role.REGISTRATION])

    def registration(self, node: Node, registered: int = NOW) -> bytes:
        return signed.sign("registration", node.registration_word(registered), self.roles[Role.REGISTRATION]).data

    def key_list(self, node: str, version: int = 1, previous: str | None = None) -> signed.Signed[KeyList]:
        word = KeyList(
            node=node, version=version, previous=previous, issued=NOW, expires=NOW + 90 * DAY_US, days=(), spares=()
        )
        return signed.sign("key-list", word, self.roles[Role.MANAGER], self.roles[Role.OPERATOR])

    def _authority(self) -> signed.Signed[Authority]:
        keys = tuple(
            RoleKey(role=role, public_key=key.public_key.hex(), not_before=0, not_after=NOW + 400 * DAY_US)
            for role, key in self.roles.items()
        )
        word = Authority(
            city="testville",
            demo=True,
            version=1,
            previous=None,
            root=self.root.public_key.hex(),
            issued=NOW,
            keys=keys,
        )
        return signed.sign("authority", word, self.root)

    def _certificates(self) -> None:
        key, issuing, self._server_key = new_tls_key(), new_tls_key(), new_tls_key()
        ca = make_ca(key, "testville CA", NOW - 200 * DAY_US)
        self._root_issuer = Issuer(key, ca)
        middle = self._root_issuer.issuing_ca(issuing, "testville issuing CA", NOW - 200 * DAY_US)
        self.issuer = Issuer(issuing, middle)
        save_key(issuing, self.folder / "issuing.key")
        save_key(self._server_key, self.folder / "server.key")
        self._write("issuing.pem", dump_certificates(middle))
        self._write("ca.pem", dump_certificates(ca))
        self._write("client-ca.pem", dump_certificates(ca, middle))
        self.certify_server()
        own = new_tls_key()
        save_key(own, self.folder / "center.key")
        self._write("center.pem", dump_certificates(self.issuer.client(own.public_key(), "@center", NOW), middle))

    def _write(self, name: str, data: bytes) -> None:
        (self.folder / name).write_bytes(data)


def _toml(extra: str, listen: str) -> str:
    return f"""
demo = true
city = "試験市 Testville"
timezone = "Asia/Tokyo"
authority = "authority.json"
root = "root.pub"
receipt_key = "receipt.pem"
issuing_certificate = "issuing.pem"
issuing_key = "issuing.key"
city_ca = "ca.pem"
store = "store"
index = "sqlite:///index.db"
listen = "{listen}"
retention_days = 7
{extra}
"""


@dataclass
class Node:
    """A node that signs real records with bodies of random bytes."""

    name: str
    signing: SigningKey = field(default_factory=SigningKey.generate)
    now_us: int = NOW
    day: str = TODAY
    period: str = ""

    def __post_init__(self) -> None:
        self.tls = new_tls_key()
        self.tls_hash = key_hash(self.tls.public_key())
        self.begin_chain()

    def begin_chain(self) -> None:
        self.chain = Chain(new_chain_id(), Writer(self.name, "b" * 32, "0.1.0"), self.signing)

    def registration_word(self, registered: int = NOW) -> Registration:
        return Registration(
            node=self.name, signing_key=self.signing.public_key.hex(), tls_key=self.tls_hash, registered=registered
        )

    def enrolment(self, ticket: signed.Signed[EnrolmentTicket]) -> signed.Signed[Enrolment]:
        word = Enrolment(
            ticket=ticket.payload.ticket,
            node=self.name,
            signing_key=self.signing.public_key.hex(),
            csr=make_request(self.tls, self.name).decode(),
        )
        return signed.sign("enrolment", word, self.signing)

    def segment(self, body_bytes: int = 1000, *, seconds: int = 2, blanked: bool = False) -> Record:
        body = os.urandom(body_bytes)
        detail = Segment(
            width=640,
            height=480,
            frames=30,
            frames_missed=0,
            blanked=blanked,
            day=self.day,
            period=self.period or self.day,
            manager="age1" + "q" * 58,
            operator="age1" + "p" * 58,
            key_list="0" * 64,
            body_sha256=hashlib.sha256(body).hexdigest(),
            body_bytes=body_bytes,
            envelope_sha256="1" * 64,
        )
        return self.chain.make(Kind.SEGMENT, detail, self._stamp(seconds), InForce(), body)

    def boot(self) -> Record:
        return self.chain.boot(None, self._stamp(0), InForce())

    def gap(self, seconds: int = 10, cause: Cause = Cause.POWER) -> Record:
        return self.chain.make(Kind.GAP, Gap(cause=cause, frames_missed=0), self._stamp(seconds), InForce())

    def config(self) -> Record:
        return self.chain.make(Kind.CONFIG, Setting(name="bitrate", value="1"), self._stamp(0), InForce())

    def visit(self, number: int, what: str, scope: Scope, ticket: str, at_us: int | None = None) -> Record:
        """Signs what happened in a visit, as the recorder does."""
        note = note_of(Noted(number, scope, self.now_us if at_us is None else at_us))
        return self.notice(Kind.VISIT, Notice(state=what, reference=ticket, note=note))

    def notice(self, kind: Kind, detail: Range | Notice) -> Record:
        return self.chain.make(kind, detail, self._stamp(0), InForce())

    def _stamp(self, seconds: int) -> Stamp:
        start, self.now_us = self.now_us, self.now_us + seconds * 1_000_000
        mono = start  # one clock will do for a simulated board
        return Stamp(start, self.now_us, mono, mono + seconds * 1_000_000, ClockQuality.SYNCHRONISED)


def joined(records: list[Record]) -> bytes:
    """Bytes of an upload."""
    return b"".join(record.dump() for record in records)


def enrolment_body(ticket: signed.Signed[EnrolmentTicket], enrolment: signed.Signed[Enrolment]) -> bytes:
    """Body of POST /v1/enrolments."""
    return b'{"ticket":' + ticket.data + b',"enrolment":' + enrolment.data + b"}"
