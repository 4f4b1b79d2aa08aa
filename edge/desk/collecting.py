"""Collecting a window on site: button, ticket and code open the visit, then the node gives what its ticket allows.

Rules:
  1. The window that is asked for lies within the ticket's; the node gives no more either.
  2. Where the registration was carried, every record and header is held against the node's registered key before the
     bundle counts.
  3. The ledger has its line before the bundle counts.
  4. What broke off is taken up again: at once while the visit is open, else by the same command in another visit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from edge.base.clock import Clock
from edge.base.errors import NotPermitted, Refused, StorageFault, TryAgain, UsageFault
from edge.base.files import read_bounded
from edge.desk import ledger
from edge.desk.fetch import Aside, Fetched, Window, fetch
from edge.desk.ledger import Collected, Purpose
from edge.desk.luggage import Luggage
from edge.desk.nodedoor import NodeDoor
from edge.desk.office import Office
from edge.desk.recordfile import records_in
from edge.seal import bundle
from edge.seal.record import parse_header, parse_headers
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.collection import Brought
from edge.wire.keys import SigningKey
from edge.wire.registration import Registration
from edge.wire.signed import Signed
from edge.wire.timenote import TimeNote
from edge.wire.visit import Scope, VisitTicket

TRIES = 6
_WAIT_S = 2.0
_HEADERS_LIMIT_BYTES = 1024 * 1024 * 1024
_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Errand:
    """What somebody goes to a camera for.

    Attributes:
        reference: of the request, opaque.
        code: of the work order.
        signer: of the command role, where the node is to be told the time.
    """

    window: Window
    purpose: Purpose
    reference: str
    ticket: Signed[VisitTicket]
    code: str = field(repr=False)
    signer: SigningKey | None = field(default=None, repr=False)


Result = TypeVar("Result")
Tell = Callable[[str, str], None]
"""Tells the person on site one line: Japanese, English."""


def read_errand_ticket(data: bytes, office: Office, window: Window) -> Signed[VisitTicket]:
    """Returns the ticket to collect ``window``.

    Raises:
        Refused: it is none, or none that the city's visit role signed.
        UsageFault: it is for another node or scope, or does not cover the window.
    """
    ticket = signed.parse("visit-ticket", VisitTicket, data)
    office.authority.payload.require(ticket, Role.VISIT, ticket.payload.issued)
    word = ticket.payload
    if word.node != window.node or word.scope is not Scope.COLLECT or word.window is None:
        raise UsageFault(f"--ticket: is for node {word.node} to {word.scope}, not for {window.node} to collect")
    if window.start_us < word.window.start or window.end_us > word.window.end:
        raise UsageFault("--from and --to: the window is not within the ticket's; ask the manager for another ticket")
    return ticket


def collect(
    door: NodeDoor, office: Office, errand: Errand, luggage: Luggage, out: Path, clock: Clock, tell: Tell
) -> Fetched:
    """Opens the visit, hands over what was carried, fetches the window into ``out``, and ends the visit.

    Raises:
        NotPermitted: certificate, ticket or code do not open the visit.
        Refused: nothing there, or bytes that are not the node's; no bundle and no line in the ledger then.
        TryAgain: the connection broke for good; the same command goes on in another visit.
        StorageFault, UsageFault: see ``fetch``.
    """
    if errand.signer is not None and luggage.registration is None:
        raise UsageFault("--tell-time: needs the node's registration; give what 'desk carry' fetched as --carry")
    door.bring_ticket(errand.ticket.data)
    door.enter(errand.code)
    tell("訪問が始まりました", "the visit is open")
    if errand.signer is not None and luggage.registration is not None:
        note = _note(door, errand.window.node, luggage.registration, errand.signer, clock)
        _hand_over(door, errand.window.node, Brought.TIME_NOTE, note, clock, tell)
    for sort, document in luggage.pieces():
        _hand_over(door, errand.window.node, sort, document, clock, tell)
    aside = Aside(
        registration=luggage.registration,
        receipts=luggage.receipts,
        seen=partial(_seen, tell),
        before_end=partial(_enter_in_ledger, office, errand, luggage.registration, clock),
    )
    fetched = _persist(lambda: fetch(door, office, errand.window, out, aside), clock, tell)
    try:
        door.leave()
    except (TryAgain, Refused, NotPermitted) as error:
        tell("訪問の終了を伝えられません。端末が自分で終えます", f"the visit ends by itself: {error}")
    return fetched


def _note(door: NodeDoor, node: str, registration: bytes, signer: SigningKey, clock: Clock) -> bytes:
    """Returns the note of the time over the newest record, once that proved to be the node's own.

    A note over a made-up record of a far sequence would pass for a new one in every later run.

    Raises:
        Refused: ``foreign-key``, ``bad-signature`` or ``wrong-node``.
    """
    header = parse_header(door.newest(node))
    header.require_signature(_registered_key(registration, node))
    manifest = header.manifest
    note = TimeNote(
        node=node,
        chain=manifest.chain,
        sequence=manifest.sequence,
        sha256=header.sha256,
        time=clock.now_us(),
    )
    return signed.sign("time-note", note, signer).data


def _hand_over(door: NodeDoor, node: str, sort: str, document: bytes, clock: Clock, tell: Tell) -> None:
    try:
        taken = _persist(lambda: door.bring(sort, node, document), clock, tell)
    except Refused as error:
        tell(f"{sort}: 端末が受け取りません", f"{sort}: not taken: {error}")
    else:
        tell(f"{sort}: {'渡しました' if taken else '端末にあります'}", f"{sort}: {'taken' if taken else 'known'}")


def _persist(work: Callable[[], Result], clock: Clock, tell: Tell) -> Result:
    for attempt in range(1, TRIES):
        try:
            return work()
        except TryAgain as error:
            tell(f"途切れました。続けます({attempt}/{TRIES - 1})", f"broke off, going on: {error}")
            clock.sleep(_WAIT_S * attempt)
    return work()


def _seen(tell: Tell, have: int, size: int) -> None:
    figures = f"{have / 1e6:.1f} / {size / 1e6:.1f} MB"
    tell(f"回収中 {figures}", f"collecting {figures}")


def _enter_in_ledger(
    office: Office, errand: Errand, registration: bytes | None, clock: Clock, part: Path, fetched: Fetched
) -> None:
    if registration is not None:
        _require_own(registration, errand.window.node, part)
    entry = Collected(
        at=clock.now_us(),
        node=errand.window.node,
        purpose=errand.purpose,
        reference=errand.reference,
        who=errand.ticket.payload.installer,
        ticket=errand.ticket.payload.ticket,
        start=errand.window.start_us,
        end=errand.window.end_us,
        records=fetched.records,
        bytes=fetched.bytes,
        sha256=_sha256(part),
    )
    ledger.append(office.folder, entry)


def _require_own(registration: bytes, node: str, part: Path) -> None:
    """Holds records and headers against the registered key; ``desk verify`` looks at everything else.

    Raises:
        Refused: ``foreign-key``, ``bad-signature`` or ``wrong-node``.
    """
    key = _registered_key(registration, node)
    headers = parse_headers(read_bounded(part.with_name(bundle.HEADERS), limit_bytes=_HEADERS_LIMIT_BYTES))
    for header in (*headers, *(record.header for record in records_in(part))):
        header.require_signature(key)


def _registered_key(registration: bytes, node: str) -> bytes:
    word = signed.parse("registration", Registration, registration).payload
    if word.node != node:
        raise Refused("wrong-node", f"the registration that was carried is of {word.node}, not of {node}")
    return bytes.fromhex(word.signing_key)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    for chunk in _chunks(path):
        digest.update(chunk)
    return digest.hexdigest()


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk
    except OSError as error:
        raise StorageFault(f"{path}: cannot be read again ({error.strerror})") from error
