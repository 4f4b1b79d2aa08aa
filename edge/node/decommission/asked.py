"""What a visit asks to have destroyed, as root finds it by itself, and what root answers.

Rules:
  1. The page's process speaks to strangers. Its request counts where an open visit has a ticket of scope
     ``decommission`` that verifies (``edge.node.visit.visiting``: signature, node, hours), and the request carries that
     very ticket and was made in that very visit.
  2. A request is looked at once: one that is refused is taken away, so that it cannot be taken up in a later visit.
"""

from __future__ import annotations

from pathlib import Path

from edge.base.clock import Clock
from edge.base.errors import BadConfiguration, BadInput, NotPermitted, Refused
from edge.base.files import publish
from edge.base.model import to_json
from edge.node.config import NodeConfig
from edge.node.credentials import load_authority
from edge.node.visit.visiting import Visiting
from edge.wire.decommissioning import (
    ANSWER,
    Destruction,
    DestructionAnswer,
    read_request,
)
from edge.wire.visit import Scope
from edge.wire.visitreport import read_visit

_LOOK_S = 1.0


class Asked:
    """One node's request.

    Raises:
        BadConfiguration: nobody can visit this node.
    """

    def __init__(self, config: NodeConfig, clock: Clock) -> None:
        if config.visit is None:
            raise BadConfiguration(f"node {config.node}: no [visit] in its configuration; give --reference")
        self._request, self._answer = config.visit.decommission, config.run / ANSWER
        self._report, self._node, self._clock = config.visit_report, config.node, clock
        self._visiting = Visiting(config, load_authority(config), clock)

    @property
    def spared(self) -> frozenset[Path]:
        """Files in memory by which page and on-site network last until the certificate is read."""
        names = ("visit.json", "onsite", "panel.json", ANSWER)
        return frozenset(self._report.with_name(name) for name in names)

    def require(self) -> tuple[str, bool]:
        """Returns the id of the open visit's ticket, and whether records without a receipt may go.

        Raises:
            NotPermitted: no request counts.
        """
        ticket = self._visiting.ticket()
        if ticket is None or ticket.scope is not Scope.DECOMMISSION:
            raise NotPermitted(
                f"{self._node}: no visit of scope decommission is open; button, ticket and code open one"
            )
        try:
            request, since = read_request(self._request), read_visit(self._report).since
            same = self._visiting.is_of(ticket, request.ticket)
        except (BadInput, Refused) as error:
            raise NotPermitted(f"{self._node}: the visit asked for nothing that can be read ({error})") from error
        if request.node != self._node or not same:
            raise NotPermitted(f"{self._node}: the request is not of the open visit's ticket")
        if request.at < since:
            raise NotPermitted(f"{self._node}: the request is of an earlier visit; confirm it again on the page")
        return ticket.ticket, request.unreceipted

    def refuse(self, unreceipted: int = 0) -> None:
        """Takes the request away and says so."""
        self._request.unlink(missing_ok=True)
        self.tell(Destruction.REFUSED, unreceipted=unreceipted)

    def tell(self, state: Destruction, *, unreceipted: int = 0, certificate: bytes | None = None) -> None:
        """Publishes how far it is.

        Raises:
            StorageFault: the run directory takes no file.
        """
        said = DestructionAnswer(
            node=self._node,
            at=self._clock.now_us(),
            state=state,
            unreceipted=unreceipted,
            certificate=None if certificate is None else certificate.decode(),
        )
        publish(self._answer, to_json(said))

    def await_end(self) -> None:
        """Waits until the visit is over: whoever made it is reading the certificate."""
        while self._visiting.ticket() is not None:
            self._clock.sleep(_LOOK_S)
