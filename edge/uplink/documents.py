"""Fetches the node's newest signed documents and lays them where other processes find them; each checks them again."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic

from edge.base.clock import Clock
from edge.base.errors import BadInput, Refused
from edge.base.files import read_bounded, write_durably
from edge.uplink.config import Places
from edge.uplink.server import Request, Server, require
from edge.wire.authority import Authority
from edge.wire.keylist import KeyList, newer, parse_key_list
from edge.wire.maskorder import MaskOrder, parse_mask_order
from edge.wire.signed import DOCUMENT_LIMIT_BYTES, Payload, Signed
from edge.wire.visit import VisitTicket, parse_visit_ticket

_log = logging.getLogger(__name__)
_HOUR_S = 3600.0
_ORDERS_S = 600.0
"""Somebody waits for a ticket or an order that was just made; where the newest is known, the answer has no body."""
_MINUTE_S = 60.0
"""Without a key list nothing can be sealed: a new node asks often until the city has published its first."""


@dataclass(frozen=True, slots=True)
class Sort(Generic[Payload]):
    """What is particular to one sort of document.

    Attributes:
        name: as messages call it.
        resource: where the center has it, below the node's own resource.
        path: where it is kept.
        read: checks what was kept.
        take: checks what is offered in its place; raises Refused where it may not replace it.
        every_s: how often the center is asked once there is one; ``first_s`` until then.
    """

    name: str
    resource: str
    path: Path
    every_s: float
    first_s: float
    read: Callable[[bytes], Signed[Payload]]
    take: Callable[[bytes, Signed[Payload] | None], Signed[Payload]]


class Fetched(Generic[Payload]):
    """The newest document of its sort that the uplink knows, which the first boot may have laid there."""

    def __init__(self, sort: Sort[Payload]) -> None:
        self._sort, self._lock = sort, threading.Lock()
        self._kept = self._read()

    @property
    def next_s(self) -> float:
        """After how many seconds to ask again."""
        return self._sort.first_s if self._kept is None else self._sort.every_s

    def fetch(self, server: Server) -> bool:
        """Asks for a document other than the kept one; True where a newer one was stored.

        Raises:
            Refused: what came may not replace the kept one, which stands.
            TryAgain: the center could not be asked.
            StorageFault: the disk refused; the kept one stands.
        """
        kept = self._kept
        headers = {} if kept is None else {"If-None-Match": f'"{hashlib.sha256(kept.data).hexdigest()}"'}
        answer = require(server.exchange(Request("GET", self._sort.resource, headers=headers)), 200, 304, 404)
        if answer.status != 200:
            return False
        return self.take(answer.body)

    def take(self, data: bytes) -> bool:
        """Stores what somebody brought; False where it is the kept one. Any thread may call this.

        Raises:
            Refused: it may not replace the kept one, which stands.
            StorageFault: the disk refused; the kept one stands.
        """
        with self._lock:
            if self._kept is not None and data == self._kept.data:
                return False
            offered = self._sort.take(data, self._kept)
            write_durably(self._sort.path, offered.data)
            self._kept = offered
        _log.info("newer %s taken", self._sort.name)
        return True

    def _read(self) -> Signed[Payload] | None:
        if not self._sort.path.exists():
            return None
        try:
            return self._sort.read(read_bounded(self._sort.path, limit_bytes=DOCUMENT_LIMIT_BYTES))
        except (BadInput, Refused) as error:
            path, name = self._sort.path, self._sort.name
            _log.warning("%s: kept %s does not count (%s); another is fetched", path, name, error)
            return None


def fetched_key_list(places: Places, authority: Authority, node: str) -> Fetched[KeyList]:
    """Returns the fetcher of key lists, each newer than the last and signed by both custodians."""

    def read(data: bytes) -> Signed[KeyList]:
        return parse_key_list(data, authority, node)

    def take(data: bytes, kept: Signed[KeyList] | None) -> Signed[KeyList]:
        return newer(kept, read(data))

    resource = f"/v1/nodes/{node}/key-list"
    return Fetched(Sort("key list", resource, places.key_list, _HOUR_S, _MINUTE_S, read, take))


def fetched_mask_order(places: Places, authority: Authority, node: str) -> Fetched[MaskOrder]:
    """Returns the fetcher of mask orders, each with a higher number than the last."""

    def take(data: bytes, kept: Signed[MaskOrder] | None) -> Signed[MaskOrder]:
        return parse_mask_order(data, authority, node, 0 if kept is None else kept.payload.counter)

    def read(data: bytes) -> Signed[MaskOrder]:
        return take(data, None)

    resource = f"/v1/nodes/{node}/mask-order"
    return Fetched(Sort("mask order", resource, places.mask_order, _ORDERS_S, _ORDERS_S, read, take))


def fetched_visit_ticket(places: Places, authority: Authority, node: str, clock: Clock) -> Fetched[VisitTicket]:
    """Returns the fetcher of visit tickets, each issued after the last.

    Args:
        clock: whose time tells whether a ticket is over; whether it has begun is for the page to say.
    """

    def parse(data: bytes, at_us: int) -> Signed[VisitTicket]:
        return parse_visit_ticket(data, authority, node, at_us, trusted=False)

    def take(data: bytes, kept: Signed[VisitTicket] | None) -> Signed[VisitTicket]:
        offered = parse(data, clock.now_us())
        if kept is not None and offered.payload.issued <= kept.payload.issued:
            raise Refused("old-version", "visit ticket offered by the center is not newer than the one kept")
        return offered

    def read(data: bytes) -> Signed[VisitTicket]:
        return parse(data, 0)

    resource = f"/v1/nodes/{node}/visit-ticket"
    return Fetched(Sort("visit ticket", resource, places.visit_ticket, _ORDERS_S, _ORDERS_S, read, take))


Documents = tuple[Fetched[KeyList], Fetched[VisitTicket], Fetched[MaskOrder]]


def fetched_documents(places: Places, authority: Authority, node: str, clock: Clock) -> Documents:
    """Returns the fetchers of all of them, the most urgent first."""
    return (
        fetched_key_list(places, authority, node),
        fetched_visit_ticket(places, authority, node, clock),
        fetched_mask_order(places, authority, node),
    )
