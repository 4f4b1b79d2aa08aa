"""The camera's doorstep: who visits, what a hand asked for, how the line is; for heartbeat, panel and installer."""

from __future__ import annotations

from collections.abc import Callable

from edge.base.clock import Clock
from edge.uplink.budget import Budget
from edge.uplink.config import Places
from edge.uplink.line import LineWord
from edge.uplink.onsite import OnSite
from edge.uplink.pace import Rate
from edge.uplink.probe import LineProbe
from edge.uplink.server import Server
from edge.wire.authority import Authority
from edge.wire.heartbeat import VisitNow
from edge.wire.line import Access


class Doorstep:
    """One node's.

    Args:
        tls_clock: the machine's, by which the line is measured.
        budget, rate: of whoever sends.
        access: returns how the node is joined to its line.
    """

    def __init__(
        self,
        places: Places,
        authority: Authority,
        node: str,
        server: Server,
        *,
        clock: Clock,
        tls_clock: Clock,
        budget: Budget,
        rate: Rate,
        access: Callable[[], Access],
    ) -> None:
        self._line = LineWord(places.line, node, clock, access)
        self._on_site = OnSite(places, authority, node, clock)
        self._probe = LineProbe(server, node, budget, rate, tls_clock, self._line.heard)

    @property
    def visit(self) -> VisitNow | None:
        """The visit that is going on."""
        return self._on_site.visit

    @property
    def asked_us(self) -> int | None:
        """When a hand last asked for decommissioning, UTC."""
        return None if self._on_site.asked is None else self._on_site.asked.at

    def heard(self) -> None:
        """Center or broker acknowledged something just now; any thread may call this."""
        self._line.heard()

    def look(self) -> None:
        """Looks at the camera's surroundings, where it is time."""
        self._on_site.look()

    def tell(self, *, certified: bool) -> None:
        """Measures the line for an installer who aims, and says how it is, where it is time.

        Args:
            certified: the node has a certificate to ask the center by.
        """
        visit = self._on_site.visit
        self._probe.tend(visited=visit is not None and visit.scope.aims and certified)
        self._line.publish(self._probe)
