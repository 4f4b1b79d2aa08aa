"""A node's papers on the city IT's machine: its tickets and the certificate of its page, made once, used by each card.

    PAPERS/<node>/enrolment-ticket.json  visit-ticket.json  onsite-key.pem  onsite.pem

Rules:
  1. What is there and still counts is used again: preparing a card twice writes the same card.
  2. The visit's one-time code is handed out once, when its ticket is made; nothing here keeps it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from edge.base.errors import BadInput, Refused
from edge.base.files import private_directory, read_bounded, write_durably
from edge.commission.certificate import OnSite, on_site
from edge.desk.enrol import make_ticket
from edge.desk.keystore import KeyStore
from edge.desk.office import Office
from edge.desk.visits import Visit, make_visit_ticket
from edge.wire.registration import EnrolmentTicket, parse_ticket
from edge.wire.signed import DOCUMENT_LIMIT_BYTES, Signed
from edge.wire.visit import Code, VisitTicket, new_code, parse_visit_ticket

ENROLMENT, VISIT = "enrolment-ticket.json", "visit-ticket.json"
Document = TypeVar("Document")
Unlock = Callable[[], KeyStore]
"""Asks for the passphrase of the desk's key store, where a ticket has to be signed."""


@dataclass(frozen=True, slots=True)
class NodePapers:
    """One node's papers.

    Attributes:
        code: the visit's one-time code, where its ticket was made just now.
    """

    folder: Path
    enrolment: Signed[EnrolmentTicket]
    visit: Signed[VisitTicket]
    certificate: OnSite
    code: Code | None


def node_papers(folder: Path, office: Office, unlock: Unlock, visit: Visit, address: str, now_us: int) -> NodePapers:
    """Returns a node's papers in ``folder``, making what is missing or counts no longer.

    Args:
        visit: its first visit.
        address: of the page, for its certificate.

    Raises:
        UsageFault: the visit's hours are off.
        NotPermitted, BadInput: the desk's keys are not to be had.
        StorageFault: they cannot be written.
    """
    private_directory(folder)
    authority, node = office.authority.payload, visit.node
    enrolment = _standing(folder / ENROLMENT, lambda data: parse_ticket(data, authority, now_us))
    if enrolment is None or enrolment.payload.node != node:
        enrolment = make_ticket(office, unlock(), node, now_us)
        write_durably(folder / ENROLMENT, enrolment.data, mode=0o600)
    ticket = _standing(folder / VISIT, lambda data: parse_visit_ticket(data, authority, node, now_us, trusted=False))
    code = None
    if ticket is None or not _is_that(ticket.payload, visit):
        code = new_code()
        ticket = make_visit_ticket(office, unlock(), visit, code, now_us)
        write_durably(folder / VISIT, ticket.data, mode=0o600)
    return NodePapers(folder, enrolment, ticket, on_site(folder, node, address), code)


def _is_that(ticket: VisitTicket, visit: Visit) -> bool:
    asked = (visit.installer, visit.scope, visit.hours)
    return (ticket.installer, ticket.scope, (ticket.begins, ticket.ends)) == asked


def _standing(path: Path, parse: Callable[[bytes], Document]) -> Document | None:
    """Returns a document that is there and counts, else None."""
    try:
        return parse(read_bounded(path, limit_bytes=DOCUMENT_LIMIT_BYTES))
    except (BadInput, Refused):
        return None
