"""Visits at a town's node: tickets signed by its city, and what the page's process would say."""

from __future__ import annotations

import itertools
from typing import Any

from edge.base.files import publish
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.keys import SigningKey
from edge.wire.signed import Signed
from edge.wire.visit import Scope, VisitTicket
from edge.wire.visitreport import VisitReport, VisitState, dump_visit
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
