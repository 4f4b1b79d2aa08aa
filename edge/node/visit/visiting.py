"""Which visit is open, as the recorder and aim find by themselves.

Rules:
  1. The page's report only points to a ticket. The ticket counts where its signature, node and hours do, and the
     report's scope is its own.
  2. A report that its writer does not renew speaks of a visit that is over.
  3. Where the clock cannot be believed the known time decides (``edge.wire.visit``, rule 2).
"""

from __future__ import annotations

from edge.base.clock import Clock, ClockQuality
from edge.base.errors import MimamoriError
from edge.base.frame import Frame
from edge.node.config import NodeConfig
from edge.node.statefiles import KNOWN_TIME
from edge.node.time.knowntime import KnownTime
from edge.wire.authority import Authority
from edge.wire.visit import VisitTicket, parse_visit_ticket
from edge.wire.visitreport import read_visit

LOOK_EVERY_NS = 1_000_000_000


class Visiting:
    """Looks at the report of one node's visits."""

    def __init__(self, config: NodeConfig, authority: Authority, clock: Clock) -> None:
        self._report, self._node = config.visit_report, config.node
        self._authority, self._clock = authority, clock
        self._known = KnownTime(config.state / KNOWN_TIME, clock.monotonic_ns() // 1000)
        self._next_ns: int | None = None

    def ticket(self) -> VisitTicket | None:
        """Returns the open visit's ticket; None where no visit is open, or none that counts."""
        try:
            report = read_visit(self._report)
            document = report.open_ticket(self._clock.now_us())
            ticket = None if document is None else self.check(document)
        except MimamoriError:
            return None
        return ticket if ticket is not None and ticket.scope is report.scope else None

    def check(self, document: str) -> VisitTicket:
        """Returns a ticket that counts now.

        Raises:
            Refused: it does not.
        """
        at_us, trusted = self.time()
        return parse_visit_ticket(document.encode(), self._authority, self._node, at_us, trusted=trusted).payload

    def time(self) -> tuple[int, bool]:
        """Returns UTC in microseconds, and whether it is what the clock says; else it has passed for certain."""
        if self._clock.quality() is not ClockQuality.UNTRUSTED:
            return self._clock.now_us(), True
        return self._known.at(self._clock.monotonic_ns() // 1000) or 0, False

    def is_of(self, ticket: VisitTicket, document: str) -> bool:
        """Whether a document is this ticket, whenever it counts.

        Raises:
            Refused: it is no ticket of this node.
        """
        return parse_visit_ticket(document.encode(), self._authority, self._node, 0, trusted=False).payload == ticket

    def wants_camera(self) -> bool:
        """Whether the recorder is to leave the camera to a visit."""
        ticket = self.ticket()
        return ticket is not None and ticket.scope.needs_camera

    def wants_camera_at(self, frame: Frame) -> bool:
        """The same, looked up once a second of the frames."""
        if self._next_ns is not None and frame.mono_ns < self._next_ns:
            return False
        self._next_ns = frame.mono_ns + LOOK_EVERY_NS
        return self.wants_camera()
