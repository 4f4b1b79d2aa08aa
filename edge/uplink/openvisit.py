"""Whether a visit to collect is open, as the uplink finds by itself.

Rules:
  1. The page's report only points to a ticket. The ticket counts where its signature, node, hours and scope do; its
     window is the only one that anything leaves of.
  2. A report that its writer does not renew speaks of a visit that is over.
"""

from __future__ import annotations

from pathlib import Path

from edge.base.clock import Clock
from edge.base.errors import BadInput, Refused
from edge.wire.authority import Authority
from edge.wire.hour import present
from edge.wire.visit import VisitTicket, Window, parse_visit_ticket
from edge.wire.visitreport import read_visit


class OpenVisit:
    """Looks at the report of one node's visits.

    Args:
        report: the page's, in the run directory.
        key_list: the newest one fetched.
    """

    def __init__(self, report: Path, key_list: Path, authority: Authority, node: str, clock: Clock) -> None:
        self._report, self._key_list, self._authority, self._node = report, key_list, authority, node
        self._clock = clock

    def require(self) -> tuple[VisitTicket, Window]:
        """Returns the open visit's ticket and its window.

        Raises:
            Refused: ``not-visiting``, ``wrong-scope``, or the ticket's failures.
        """
        try:
            open_ticket = read_visit(self._report).open_ticket(self._clock.now_us())
        except (BadInput, Refused) as error:
            raise Refused("not-visiting", "nobody visits") from error
        if open_ticket is None:
            raise Refused("not-visiting", "no visit is open; hold the button and enter the code")
        at_us, trusted = present(self._clock, self._key_list, self._authority, self._node)
        document = parse_visit_ticket(open_ticket.encode(), self._authority, self._node, at_us, trusted=trusted)
        if document.payload.window is None:
            raise Refused("wrong-scope", f"the visit is open to {document.payload.scope}, not to collect")
        return document.payload, document.payload.window
