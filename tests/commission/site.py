"""A node's folders, clock and tickets, for tests of visits."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from edge.base import strictjson
from edge.base.files import publish
from edge.commission.config import VisitConfig
from edge.commission.tickets import Places, Tickets
from edge.commission.visit import Visit
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.keylist import KeyList
from edge.wire.panel import PanelReport
from edge.wire.signed import Signed
from edge.wire.visit import Code, Scope, VisitTicket, Window, new_code
from edge.wire.visitevents import What, read_events
from edge.wire.visitreport import VisitReport, read_visit
from tests.clocks import HandClock
from tests.seal.samples import NODE, ROLES, START_US, authority_payload

HOUR_US = 3600 * 1_000_000
WRONG = "ZZZZ-ZZZZ"


@cache
def code() -> Code:
    """One code for all: its hash is slow on purpose."""
    return new_code()


def window_of(scope: Scope) -> Window | None:
    """What a ticket of that scope lets collect: ten minutes before ``START_US``, or nothing."""
    return Window(start=START_US - HOUR_US // 6, end=START_US) if scope is Scope.COLLECT else None


def make_ticket(
    scope: Scope = Scope.FIRST,
    *,
    issued: int = START_US - HOUR_US,
    begins: int = START_US - HOUR_US,
    ends: int = START_US + 8 * HOUR_US,
    node: str = NODE,
    role: Role = Role.VISIT,
    number: str = "",
) -> Signed[VisitTicket]:
    word = VisitTicket(
        ticket=number or os.urandom(16).hex(),
        node=node,
        installer="K-07",
        scope=scope,
        issued=issued,
        begins=begins,
        ends=ends,
        window=window_of(scope),
        code_salt=code().salt,
        code_hash=code().hash,
    )
    return signed.sign("visit-ticket", word, ROLES[role])


@dataclass
class Site:
    """A node whose page's process can be ended and started again; ``start`` is like a boot after a cut."""

    folder: Path
    clock: HandClock = field(default_factory=HandClock)
    config: VisitConfig = field(init=False)
    visit: Visit = field(init=False)

    def __post_init__(self) -> None:
        for name in ("visit", "inbox", "run"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.config = VisitConfig(state=self.folder / "visit", address="127.0.0.1")
        self.places = Places(
            state=self.folder / "visit",
            inbox_ticket=self.folder / "inbox" / "visit-ticket.json",
            key_list=self.folder / "inbox" / "key-list.json",
            report=self.folder / "run" / "visit.json",
        )
        self.panel_report = self.folder / "run" / "panel.json"
        self.start()

    def start(self) -> Visit:
        tickets = Tickets(self.places, authority_payload(), NODE, self.clock)
        self.visit = Visit(self.config, self.places, tickets, NODE, self.clock)
        return self.visit

    def bring(self, ticket: Signed[VisitTicket]) -> Signed[VisitTicket]:
        self.places.inbox_ticket.write_bytes(ticket.data)
        return ticket

    def opened(self, scope: Scope = Scope.FIRST) -> str:
        """Opens a visit and returns its key."""
        self.bring(make_ticket(scope))
        self.visit.press()
        return self.visit.open_with(code().text)

    def report(self) -> VisitReport:
        return read_visit(self.places.report)

    def events(self) -> list[What]:
        return [event.state for event in read_events(self.places.visits)]

    def key_list(self, issued: int) -> None:
        word = KeyList(node=NODE, version=1, previous=None, issued=issued, expires=issued + HOUR_US, days=(), spares=())
        document = signed.sign("key-list", word, ROLES[Role.MANAGER], ROLES[Role.OPERATOR])
        self.places.key_list.write_bytes(document.data)

    def panel(self, presses: int, *, run: str = "aa" * 16, node: str = NODE, asks: int = 0) -> None:
        report = PanelReport(
            node=node,
            updated=self.clock.now_us(),
            run=run,
            case_open=False,
            case_opened=0,
            stuck=False,
            button_visit=presses,
            button_decommission=asks,
            link_test=0,
        )
        publish(self.panel_report, strictjson.dump(report.model_dump(mode="json")))
