"""Fetches the node's visit ticket and lays it where the page's process finds it; that one checks it again itself."""

from __future__ import annotations

import hashlib
import logging

from edge.base.clock import Clock
from edge.base.errors import BadInput, Refused
from edge.base.files import read_bounded, write_durably
from edge.uplink.config import Places
from edge.uplink.server import Request, Server, require
from edge.wire.authority import Authority
from edge.wire.signed import Signed
from edge.wire.visit import TICKET_LIMIT_BYTES, VisitTicket, parse_visit_ticket

_log = logging.getLogger(__name__)


class VisitTickets:
    """The newest ticket known to the uplink, which the first boot may have laid there.

    Args:
        places: where it is kept.
        clock: whose time tells whether a ticket is over; whether it has begun is for the page to say.
    """

    def __init__(self, places: Places, authority: Authority, node: str, clock: Clock) -> None:
        self._path, self._authority, self._node, self._clock = places.visit_ticket, authority, node, clock
        self._kept = self._read()

    def fetch(self, server: Server) -> bool:
        """Asks for a ticket other than the kept one; True where a newer one was stored.

        Raises:
            Refused: what came is no ticket for this node by the city's visit role, is over, or older; the kept one
                stands.
            TryAgain: the center could not be asked.
            StorageFault: the disk refused; the old ticket stands.
        """
        headers = {} if self._kept is None else {"If-None-Match": f'"{hashlib.sha256(self._kept.data).hexdigest()}"'}
        answer = require(
            server.exchange(Request("GET", f"/v1/nodes/{self._node}/visit-ticket", headers=headers)), 200, 304, 404
        )
        if answer.status != 200:
            return False
        offered = self._parse(answer.body, self._clock.now_us())
        if self._kept is not None and offered.payload.issued <= self._kept.payload.issued:
            raise Refused("old-version", "visit ticket offered by the center is not newer than the one kept")
        write_durably(self._path, offered.data)
        self._kept = offered
        _log.info("visit ticket %s fetched", offered.payload.ticket)
        return True

    def _parse(self, data: bytes, at_us: int) -> Signed[VisitTicket]:
        return parse_visit_ticket(data, self._authority, self._node, at_us, trusted=False)

    def _read(self) -> Signed[VisitTicket] | None:
        if not self._path.exists():
            return None
        try:
            return self._parse(read_bounded(self._path, limit_bytes=TICKET_LIMIT_BYTES), 0)
        except (BadInput, Refused) as error:
            _log.warning("%s: kept visit ticket does not count (%s); another is fetched", self._path, error)
            return None
