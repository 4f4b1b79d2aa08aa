"""Issues visits: a signed ticket and its code for each node, and the papers that go with them, in one folder.

Rules:
  1. Papers are written before a ticket leaves: a ticket whose code was lost lets nobody in, but takes the place of one
     that did.
  2. A folder that has papers already is left alone; an older visit's code may be nowhere else.
  3. The code goes to one place, which whoever issues it names: the paper, or the screen of whoever reads it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.base.errors import NotPermitted
from edge.base.files import private_directory, write_durably
from edge.desk import office as desk
from edge.desk.keystore import KeyStore
from edge.desk.visits import Visit, make_visit_ticket
from edge.fleet.nodelist import Placed
from edge.fleet.onsitekit import Kit, kit_of
from edge.fleet.papers import Label, Office, WorkOrder, print_labels, write_work_orders
from edge.fleet.profile import Profile
from edge.wire.signed import Signed
from edge.wire.visit import Code, VisitTicket, new_code

ORDERS, LABELS = "work-orders.pdf", "labels.pdf"


@dataclass(frozen=True, slots=True)
class Issued:
    """One node's visit."""

    place: str
    ticket: Signed[VisitTicket]
    code: Code
    kit: Kit

    @property
    def node(self) -> str:
        """The node's id."""
        return self.ticket.payload.node


@dataclass(frozen=True, slots=True)
class Signer:
    """Who issues: the desk's folder and its key store, and the fleet's store, both unlocked."""

    office: desk.Office
    keys: KeyStore
    fleet: KeyStore


def issue(signer: Signer, visits: Iterable[tuple[Placed, Visit]], address: str, now_us: int) -> list[Issued]:
    """Makes tickets and codes, and what opens each node where the fleet's store has none yet.

    Raises:
        UsageFault: the visits' hours or window.
        NotPermitted, BadInput: a key is not to be had.
        AlreadyRunning: another command changes the fleet's store.
    """
    with signer.fleet.exclusive():
        return [_issue(signer, placed, visit, address, now_us) for placed, visit in visits]


def write_papers(
    folder: Path, issued: Sequence[Issued], profile: Profile, office: Office, *, code_on_paper: bool
) -> None:
    """Writes work orders, labels and tickets (``<node>.visit.json``) into ``folder``.

    Raises:
        NotPermitted: there are papers already (rule 2).
        BadInput, BadConfiguration: they cannot be printed.
        StorageFault: the disk refused.
    """
    require_new(folder)
    private_directory(folder)
    orders = [work_order(one, profile, office, code_on_paper=code_on_paper) for one in issued]
    labels = print_labels([Label(office, one.node) for one in issued])
    write_work_orders(folder / ORDERS, orders)
    write_durably(folder / LABELS, labels)
    for one in issued:
        write_durably(folder / f"{one.node}.visit.json", one.ticket.data, mode=0o600)


def require_new(folder: Path) -> None:
    """Checks rule 2.

    Raises:
        NotPermitted: there are papers already.
    """
    if (folder / ORDERS).exists():
        raise NotPermitted(f"{folder}: has work orders already, whose codes may be nowhere else; give a new folder")


def work_order(one: Issued, profile: Profile, office: Office, *, code_on_paper: bool) -> WorkOrder:
    """Returns a visit's work order; a node whose only radio is its line is visited by cable."""
    return WorkOrder(
        office=office,
        place=one.place,
        ticket=one.ticket.payload,
        code=one.code.text if code_on_paper else None,
        access=None if profile.network.kind == "wifi" else one.kit.access,
        host=profile.visit.address,
        fingerprint=one.kit.pair.fingerprint,
        zone=profile.timezone,
    )


def _issue(signer: Signer, placed: Placed, visit: Visit, address: str, now_us: int) -> Issued:
    code = new_code()
    ticket = make_visit_ticket(signer.office, signer.keys, visit, code, now_us)
    return Issued(placed.label, ticket, code, kit_of(signer.fleet, placed.node, address))
