"""Which ticket counts: the newest that verifies of those that uplink or first boot brought and a phone's own.

Each place is read anew when it is asked for, and each ticket checked anew: signer, node, hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge.base.clock import Clock
from edge.base.errors import BadInput, Refused
from edge.base.files import read_bounded, write_durably
from edge.wire.authority import Authority
from edge.wire.decommissioning import ANSWER
from edge.wire.hour import present
from edge.wire.signed import Signed
from edge.wire.visit import TICKET_LIMIT_BYTES, VisitTicket, parse_visit_ticket


@dataclass(frozen=True, slots=True)
class Places:
    """Files of the page's process, and those that it reads.

    Attributes:
        state: its own folder.
        inbox_ticket, key_list: what the uplink fetched.
        report: the visit's, in the run directory.
    """

    state: Path
    inbox_ticket: Path
    key_list: Path
    report: Path

    @property
    def aim_wanted(self) -> Path:
        """Renewed for as long as an open visit needs the camera; the service manager starts aim for it."""
        return self.report.with_name("aim.wanted")

    @property
    def destruction(self) -> Path:
        """What root answers to a request to destroy everything."""
        return self.report.with_name(ANSWER)

    @property
    def own_ticket(self) -> Path:
        """The newest ticket that an installer's phone brought."""
        return self.state / "ticket.json"

    @property
    def lockout(self) -> Path:
        """Tries and lock-out."""
        return self.state / "lockout.json"

    @property
    def visits(self) -> Path:
        """Events for the recorder."""
        return self.state / "visits.jsonl"


class Tickets:
    """The tickets of this node."""

    def __init__(self, places: Places, authority: Authority, node: str, clock: Clock) -> None:
        self._places, self._authority, self._node, self._clock = places, authority, node, clock

    def current(self) -> Signed[VisitTicket] | None:
        """Returns the newest ticket that counts now."""
        found = [self._read(path) for path in (self._places.inbox_ticket, self._places.own_ticket)]
        valid = [ticket for ticket in found if ticket is not None]
        return max(valid, key=lambda ticket: ticket.payload.issued, default=None)

    def take(self, data: bytes) -> Signed[VisitTicket]:
        """Keeps a ticket that a phone brought, if it counts now.

        Raises:
            Refused: it does not.
            StorageFault: it cannot be kept.
        """
        ticket = self._parse(data.strip())
        write_durably(self._places.own_ticket, ticket.data, mode=0o600)
        return ticket

    def over(self, ticket: VisitTicket) -> bool:
        """Whether a ticket's hours are over, as far as this node can tell."""
        return self._moment()[0] > ticket.ends

    def _read(self, path: Path) -> Signed[VisitTicket] | None:
        try:
            return self._parse(read_bounded(path, limit_bytes=TICKET_LIMIT_BYTES))
        except (BadInput, Refused):
            return None

    def _parse(self, data: bytes) -> Signed[VisitTicket]:
        at_us, trusted = self._moment()
        return parse_visit_ticket(data, self._authority, self._node, at_us, trusted=trusted)

    def _moment(self) -> tuple[int, bool]:
        """Returns the time, and whether the clock can be believed; else what has passed for certain."""
        return present(self._clock, self._places.key_list, self._authority, self._node)
