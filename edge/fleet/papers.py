"""Papers that go with a node: the work order of a visit, for its installer alone, and the label on the camera's case.

Rules:
  1. The work order has the network's passphrase and, unless the city wants it written by hand, the visit's one-time
     code. It is a secret until the visit is over: it is written with mode 0600 and never leaves by itself.
  2. The label hangs in the street: it has the node's id and the city's phone, and nothing that opens anything.
  3. A work order is one A4 page. What does not fit is refused, never cut off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.base.clock import to_datetime
from edge.base.errors import BadInput
from edge.base.files import write_durably
from edge.commission.accesspoint import AccessPoint
from edge.fleet.lights import light_rows
from edge.fleet.printing import print_pages
from edge.fleet.wifi import qr_image, wifi_uri
from edge.wire.visit import Scope, VisitTicket

LABELS_A_SHEET = 12
"""A4 with 2 x 6 labels of 86.4 x 42.3 mm, no gap between them."""
_WEEKDAYS = "月火水木金土日"
_SCOPES = {
    Scope.FIRST: ("新設", "first visit: aim, masks, sign-off"),
    Scope.RE_AIM: ("向き直し", "re-aim: aim, masks, sign-off"),
    Scope.COLLECT: ("現地での回収", "collect: take a window's sealed records"),
    Scope.INSPECT: ("点検", "inspect: state and masked picture"),
    Scope.DECOMMISSION: ("撤去", "decommission: destroy keys and records"),
}


@dataclass(frozen=True, slots=True)
class Office:
    """Whom to call, as papers name it.

    Attributes:
        city: ``松戸市``.
        phone: as a person dials it.
    """

    city: str
    phone: str


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """One visit on one page.

    Attributes:
        place: where the camera hangs, as an installer finds it.
        ticket: the visit's; it names node, scope, hours and installer.
        code: the one-time code; None leaves boxes to fill in by hand.
        access: the node's own network; None where the phone is joined by cable.
        host: address of the page, ``[visit] address``; with its port where that is not 443.
        fingerprint: SHA-256 of the page's certificate, ``AB:CD:…``; None where the node makes its own.
        signing_key: the node's key id, 32 hex digits, where it is known; else a line to fill in.
    """

    office: Office
    place: str
    ticket: VisitTicket
    code: str | None = field(repr=False)
    access: AccessPoint | None
    host: str
    fingerprint: str | None
    signing_key: str | None = None
    zone: str = "Asia/Tokyo"


@dataclass(frozen=True, slots=True)
class Label:
    """What hangs on the camera's case."""

    office: Office
    node: str


def print_work_orders(orders: Sequence[WorkOrder]) -> bytes:
    """Returns the work orders as PDF, a page each.

    Raises:
        BadInput: there is none, or one does not fit on its page.
        BadConfiguration: no Japanese font is installed.
    """
    pages = [{"order": order, **_shown(order)} for order in orders]
    return _print("order.html", "work order", pages, lights=light_rows())


def print_labels(labels: Sequence[Label]) -> bytes:
    """Returns the labels as PDF, ``LABELS_A_SHEET`` a sheet.

    Raises:
        BadInput: there is none, or one does not fit.
        BadConfiguration: no Japanese font is installed.
    """
    sheets = [labels[first : first + LABELS_A_SHEET] for first in range(0, len(labels), LABELS_A_SHEET)]
    return _print("labels.html", "sheet of labels", sheets)


def write_work_orders(path: Path, orders: Sequence[WorkOrder]) -> None:
    """Writes the work orders, readable by their owner alone (rule 1); raises as ``print_work_orders``, and:

    Raises:
        StorageFault: the disk refused.
    """
    write_durably(path, print_work_orders(orders), mode=0o600)


def hours_text(begins_us: int, ends_us: int, zone: str) -> str:
    """Returns ``2026年1月6日(火) 9:00 – 17:00``, the second date only where it is another."""
    begins, ends = (to_datetime(us).astimezone(ZoneInfo(zone)) for us in (begins_us, ends_us))
    until = "" if begins.date() == ends.date() else _date(ends) + " "
    return f"{_date(begins)} {begins:%-H:%M} – {until}{ends:%-H:%M}"


def grouped(fingerprint: str) -> list[list[str]]:
    """Returns a fingerprint ``AB:CD:…`` as four lines of two groups of four bytes, as a finger follows them."""
    pairs = fingerprint.split(":")
    quads = [" ".join(pairs[at : at + 4]) for at in range(0, len(pairs), 4)]
    return [quads[at : at + 2] for at in range(0, len(quads), 2)]


def _shown(order: WorkOrder) -> dict[str, object]:
    ticket, key = order.ticket, order.signing_key
    return {
        "ticket": ticket,
        "scope": _SCOPES[ticket.scope],
        "aims": ticket.scope.aims,
        "hours": hours_text(ticket.begins, ticket.ends, order.zone),
        "window": hours_text(ticket.window.start, ticket.window.end, order.zone) if ticket.window else None,
        "wifi_qr": qr_image(wifi_uri(order.access)) if order.access else None,
        "fingerprint": grouped(order.fingerprint) if order.fingerprint else None,
        "signing_key": [key[at : at + 4] for at in range(0, len(key), 4)] if key else None,
    }


def _print(template: str, what: str, pages: Sequence[object], **more: object) -> bytes:
    if not pages:
        raise BadInput(f"no {what} to print; name a node at least")
    printed = print_pages(template, pages=pages, **more)
    if printed.pages != len(pages):
        raise BadInput(f"{what}: {len(pages)} came to {printed.pages} pages; shorten the longest place, city or phone")
    return printed.data


def _date(at: datetime) -> str:
    return f"{at.year}年{at.month}月{at.day}日({_WEEKDAYS[at.weekday()]})"
