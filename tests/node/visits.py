"""Visits at a town's node: tickets signed by its city, and what the page's process would say."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from edge.base.files import publish
from edge.mask import maskset
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.keys import SigningKey
from edge.wire.signed import Signed
from edge.wire.signoff import SignOffReport, dump_sign_off
from edge.wire.visit import Scope, VisitTicket
from edge.wire.visitevents import VisitEvent, What, dump_events
from edge.wire.visitreport import VisitReport, VisitState, dump_visit
from tests.mask.samples import parsed, written
from tests.node.town import NODE, ROLES, START_US, Town

HOUR_US = 3_600_000_000
_IDS = itertools.count(1)


def make_ticket(
    scope: Scope = Scope.RE_AIM, *, signer: SigningKey | None = None, **changes: Any
) -> Signed[VisitTicket]:
    """Returns a ticket from an hour before ``START_US`` to four hours after; each has an id of its own."""
    fields: dict[str, Any] = {
        "ticket": f"{next(_IDS):032x}",
        "node": NODE,
        "installer": "K-07",
        "scope": scope,
        "issued": START_US - HOUR_US,
        "begins": START_US - HOUR_US,
        "ends": START_US + 4 * HOUR_US,
        "window": {"start": START_US - HOUR_US, "end": START_US} if scope is Scope.COLLECT else None,
        "code_salt": "5a" * 16,
        "code_hash": "c0" * 32,
    }
    ticket = VisitTicket.model_validate(fields | changes)
    return signed.sign("visit-ticket", ticket, signer or ROLES[Role.VISIT])


def report(town: Town, ticket: Signed[VisitTicket] | None, **changes: Any) -> None:
    """Publishes the state of a visit: open with a ticket, ended without."""
    now_us = town.clock.now_us()
    scope = None if ticket is None else ticket.payload.scope
    fields: dict[str, Any] = {
        "node": NODE,
        "updated": now_us,
        "state": VisitState.ENDED if ticket is None else VisitState.OPEN,
        "ticket": None if ticket is None else ticket.data.decode(),
        "scope": scope,
        "since": now_us,
        "needs_camera": scope is not None and scope.needs_camera,
    }
    town.run.mkdir(exist_ok=True)
    publish(town.config.visit_report, dump_visit(VisitReport.model_validate(fields | changes)))


def receive_visits(town: Town) -> Path:
    """Gives the node a ``[visit]`` table; returns the folder of the page's process."""
    town.configure(visit={"state": "visit", "address": "127.0.0.1"})
    folder = town.folder / "visit"
    folder.mkdir(exist_ok=True)
    return folder


def sign_off(town: Town, ticket: Signed[VisitTicket], tree: dict[str, Any], **changes: Any) -> SignOffReport:
    """Writes a sign-off of the masks in ``tree``, as the page's process does."""
    folder = receive_visits(town)
    fields: dict[str, Any] = {
        "node": NODE,
        "at": town.clock.now_us(),
        "ticket": ticket.data.decode(),
        "masks": written(tree).decode(),
        "digest": maskset.digest(parsed(tree)),
        "references": ("K-0001",),
    }
    signed_off = SignOffReport.model_validate(fields | changes)
    (folder / "signoff.json").write_bytes(dump_sign_off(signed_off))
    return signed_off


def happened(
    town: Town, *events: tuple[What, Signed[VisitTicket]], first: int = 1, left_bytes: int | None = None
) -> None:
    """Writes what happened in visits; numbers rise from ``first`` on. ``left_bytes`` stands in the last."""
    at = town.clock.now_us()
    listed = tuple(
        VisitEvent(
            number=number,
            at=at,
            state=what,
            ticket=ticket.data.decode(),
            left_bytes=left_bytes if number == first + len(events) - 1 else None,
        )
        for number, (what, ticket) in enumerate(events, first)
    )
    (receive_visits(town) / "visits.jsonl").write_bytes(dump_events(listed))
