"""A node's papers on the city IT's machine: its tickets and, once they are issued, what its installer carries.

    PAPERS/<node>/enrolment-ticket.json  visit-ticket.json  work-order.pdf

Rules:
  1. What is there and still counts is used again: preparing a card twice writes the same card.
  2. The visit's one-time code is in the work order or told once; nothing else keeps it.
  3. The work order is written before the ticket: a ticket whose code nobody has lets nobody in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from edge.base.errors import BadInput, Refused
from edge.base.files import private_directory, read_bounded, write_durably
from edge.desk.enrol import make_ticket
from edge.desk.visits import Visit, make_visit_ticket
from edge.fleet.onsitekit import Kit, kit_of
from edge.fleet.orders import Issued, Signer, work_order
from edge.fleet.papers import Office, write_work_orders
from edge.fleet.profile import Profile
from edge.wire.registration import EnrolmentTicket, parse_ticket
from edge.wire.signed import DOCUMENT_LIMIT_BYTES, Signed
from edge.wire.visit import VisitTicket, new_code, parse_visit_ticket

ENROLMENT, VISIT, ORDER = "enrolment-ticket.json", "visit-ticket.json", "work-order.pdf"
Document = TypeVar("Document")


@dataclass(frozen=True, slots=True)
class NodePapers:
    """One node's papers.

    Attributes:
        issued: its visit, where that was issued just now; its code is nowhere else.
    """

    enrolment: Signed[EnrolmentTicket]
    visit: Signed[VisitTicket]
    kit: Kit
    issued: Issued | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a node's papers are to say.

    Attributes:
        place: where the camera hangs.
        visit: its first visit.
    """

    place: str
    visit: Visit
    profile: Profile
    office: Office
    code_on_paper: bool


def node_papers(folder: Path, signer: Signer, asked: Asked, now_us: int) -> NodePapers:
    """Returns a node's papers in ``folder``, making what is missing or counts no longer.

    Raises:
        UsageFault: the visit's hours are off.
        NotPermitted, BadInput: a key is not to be had.
        StorageFault: they cannot be written.
    """
    private_directory(folder)
    authority, node = signer.office.authority.payload, asked.visit.node
    enrolment = _standing(folder / ENROLMENT, lambda data: parse_ticket(data, authority, now_us))
    if enrolment is None or enrolment.payload.node != node:
        enrolment = make_ticket(signer.office, signer.keys, node, now_us)
        write_durably(folder / ENROLMENT, enrolment.data, mode=0o600)
    with signer.fleet.exclusive():
        kit = kit_of(signer.fleet, node, asked.profile.visit.address)
    ticket = _standing(folder / VISIT, lambda data: parse_visit_ticket(data, authority, node, now_us, trusted=False))
    issued = None
    if ticket is None or not _is_that(ticket.payload, asked.visit):
        issued = _issue(folder, signer, asked, kit, now_us)
        ticket = issued.ticket
    return NodePapers(enrolment, ticket, kit, issued)


def _issue(folder: Path, signer: Signer, asked: Asked, kit: Kit, now_us: int) -> Issued:
    code = new_code()
    issued = Issued(asked.place, make_visit_ticket(signer.office, signer.keys, asked.visit, code, now_us), code, kit)
    order = work_order(issued, asked.profile, asked.office, code_on_paper=asked.code_on_paper)
    write_work_orders(folder / ORDER, [order])
    write_durably(folder / VISIT, issued.ticket.data, mode=0o600)
    return issued


def _is_that(ticket: VisitTicket, visit: Visit) -> bool:
    asked = (visit.installer, visit.scope, visit.hours)
    return (ticket.installer, ticket.scope, (ticket.begins, ticket.ends)) == asked


def _standing(path: Path, parse: Callable[[bytes], Document]) -> Document | None:
    """Returns a document that is there and counts, else None."""
    try:
        return parse(read_bounded(path, limit_bytes=DOCUMENT_LIMIT_BYTES))
    except (BadInput, Refused):
        return None
