"""Who is believed in a simulated city: fixed keys, so that the same seed gives the same bytes; made once a process."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.center.batch import local_day
from edge.seal.envelope import Envelope, dump_envelope
from edge.seal.sealing import Sealed
from edge.wire import signed
from edge.wire.authority import Authority, Role, RoleKey
from edge.wire.certificates import Issuer, dump_certificates, make_ca, make_request, new_tls_key
from edge.wire.command import Command
from edge.wire.keylist import KeyList, Pair, week_of
from edge.wire.keys import SigningKey
from edge.wire.receipt import Receipt
from edge.wire.registration import Enrolment, Registration
from edge.wire.signed import Signed

NODE = "node-1"
ZONE = ZoneInfo("Asia/Tokyo")
SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US
START_US = 1_767_571_200_000_000
"""2026-01-05 09:00 in Tokyo: the city's clock when a history begins."""
_LETTERS = "023456789acdefghjklmnpqrstuvwxyz"


def _key(number: int) -> SigningKey:
    return SigningKey.from_seed(bytes([number]) * 32)


ROOT, SIGNER, STRANGER = _key(1), _key(2), _key(3)
ROLES = {role: _key(10 + place) for place, role in enumerate(Role)}
AUTHORITY = Authority(
    city="simulated",
    demo=False,
    version=1,
    previous=None,
    root=ROOT.public_key.hex(),
    issued=0,
    keys=tuple(
        RoleKey(role=role, public_key=key.public_key.hex(), not_before=0, not_after=2**52)
        for role, key in ROLES.items()
    ),
)
AUTHORITY_DOCUMENT = signed.sign("authority", AUTHORITY, ROOT)
REGISTRATION = signed.sign(
    "registration",
    Registration(node=NODE, signing_key=SIGNER.public_key.hex(), tls_key="ab" * 32, registered=0),
    ROLES[Role.REGISTRATION],
)


@dataclass(frozen=True, slots=True)
class Papers:
    """Files that a node is set up with: PEM and documents."""

    ca: bytes
    certificate: bytes
    enrolment: bytes


@functools.cache
def papers() -> Papers:
    """Returns them; TLS keys are random, and nothing that a history tells depends on them."""
    life = timedelta(days=36_500)
    ca_key, key = new_tls_key(), new_tls_key()
    ca = make_ca(ca_key, "simulated", 0)
    leaf = Issuer(ca_key, ca).client(key.public_key(), NODE, 0, life)
    word = Enrolment(
        ticket="00" * 16, node=NODE, signing_key=SIGNER.public_key.hex(), csr=make_request(key, NODE).decode()
    )
    return Papers(dump_certificates(ca), dump_certificates(leaf, ca), signed.sign("enrolment", word, SIGNER).data)


def provision(folder: Path) -> None:
    """Lays out the folders of a node's uplink and recorder."""
    state = folder / "uplink"
    for made in (state / "receipts", state / "inbox", folder / "recorder", folder / "run", folder / "spool"):
        made.mkdir(parents=True)
    (folder / "ca.pem").write_bytes(papers().ca)
    (state / "certificate.pem").write_bytes(papers().certificate)
    (state / "enrolment.json").write_bytes(papers().enrolment)


def make_key_list(before: Signed[KeyList] | None, now_us: int, days_ahead: int) -> Signed[KeyList]:
    """Returns the next version: yesterday to so many days ahead, and the spares of their weeks."""
    today = date.fromisoformat(local_day(now_us, ZONE))
    days = [(today + timedelta(days=number)).isoformat() for number in range(-1, days_ahead + 1)]
    payload = KeyList(
        node=NODE,
        version=1 if before is None else before.payload.version + 1,
        previous=None if before is None else before.sha256,
        issued=now_us,
        expires=now_us + (days_ahead + 1) * DAY_US,
        days=tuple(map(_pair, days)),
        spares=tuple(map(_pair, sorted({week_of(day) for day in days}))),
    )
    return signed.sign("key-list", payload, ROLES[Role.MANAGER], ROLES[Role.OPERATOR])


def last_day(period: str) -> date:
    """Returns the last day that a pair of keys is for; a spare's week ends on Sunday."""
    return date.fromisoformat(f"{period}-7" if "W" in period else period)


def make_command(counter: int, now_us: int, start_us: int) -> bytes:
    """Returns the desk's signed wish for the footage from ``start_us`` to now."""
    command = Command(
        node=NODE,
        counter=counter,
        issued=now_us,
        expires=now_us + DAY_US,
        action="send-window",
        start_us=start_us,
        end_us=now_us,
    )
    return signed.sign("command", command, ROLES[Role.COMMAND]).data


def make_receipt(receipt: Receipt, signer: SigningKey) -> bytes:
    return signed.sign("receipt", receipt, signer).data


def plain_seal(envelope: Envelope, pair: Pair) -> Sealed:
    """Stands in for age, whose keys are random: the envelope as it is, with a salt that depends on its place."""
    salt = hashlib.sha256(f"{envelope.chain}{envelope.sequence}{pair.operator}".encode()).digest()
    body = dump_envelope(envelope, salt=salt, pad_bytes=4096)
    digest = hashlib.sha256(body).hexdigest()
    return Sealed(body, digest, digest)


@functools.cache
def _pair(period: str) -> Pair:
    return Pair(period=period, manager=_recipient(f"manager {period}"), operator=_recipient(f"operator {period}"))


def _recipient(of: str) -> str:
    digest = hashlib.sha512(of.encode()).digest()
    return "age1" + "".join(_LETTERS[byte % 32] for byte in digest[:58])
