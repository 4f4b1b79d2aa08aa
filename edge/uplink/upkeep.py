"""What the uplink keeps up besides uploads: certificate, key list, tickets and orders. A failure delays only itself."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from functools import partial

from cryptography import x509

from edge.base.backoff import Backoff
from edge.base.clock import Clock
from edge.base.errors import MimamoriError
from edge.uplink.certificate import Life, read_life
from edge.uplink.config import Places
from edge.uplink.enrol import enrol
from edge.uplink.key_lists import KeyLists
from edge.uplink.mask_orders import MaskOrders
from edge.uplink.renew import renew
from edge.uplink.server import AskedToWait, Server
from edge.uplink.visit_tickets import VisitTickets

_log = logging.getLogger(__name__)
HOUR_S = 3600.0
ORDERS_S = 600.0
"""Somebody waits for a ticket or an order that was just made; where the newest is known, the answer has no body."""
_MINUTE_S = 60.0
"""Without a key list nothing can be sealed: a new node asks often until the city has published its first."""


_SPREAD = 0.1


class Timer:
    """When something is due again; after a failure sooner or later, with full jitter.

    After a success up to a tenth early, so that nodes which a power cut started at one instant drift apart.

    Attributes:
        due_ns: on the monotonic clock.
    """

    def __init__(self, clock: Clock, random_source: random.Random) -> None:
        self._clock, self._random = clock, random_source
        self._backoff = Backoff(random_source, ceiling_s=HOUR_S)
        self.due_ns = 0

    def due(self) -> bool:
        """Tells whether the time has come."""
        return self._clock.monotonic_ns() >= self.due_ns

    def done(self, next_s: float) -> None:
        """Success; due again after ``next_s``, or a little earlier."""
        self._backoff.succeeded()
        wait_s = next_s * self._random.uniform(1.0 - _SPREAD, 1.0)
        self.due_ns = self._clock.monotonic_ns() + int(wait_s * 1e9)

    def failed(self, at_least_s: float = 0.0) -> None:
        """Failure; due again after the backoff."""
        wait_s = self._backoff.failed(at_least_s)
        self.due_ns = self._clock.monotonic_ns() + int(wait_s * 1e9)


class Upkeep:
    """Certificate, key list, visit ticket and mask order.

    Args:
        ca: the city's CA.
        node: whose certificate.
        clock: of waits.
        tls_clock: time of certificates.

    Attributes:
        life: of the certificate in use; none where there is none yet.
        certificates: how many were obtained since the start; who holds connections renews them when it changes.
        last_error: of the newest failure, until what failed has succeeded.
    """

    def __init__(
        self,
        places: Places,
        ca: x509.Certificate,
        node: str,
        key_lists: KeyLists,
        orders: tuple[VisitTickets, MaskOrders],
        *,
        clock: Clock,
        tls_clock: Clock,
        random_source: random.Random,
    ) -> None:
        self._places, self._ca, self._node, self._key_lists, self._tls_clock = places, ca, node, key_lists, tls_clock
        self._certificate_timer = Timer(clock, random_source)
        self._key_list_timer = Timer(clock, random_source)
        self._orders = tuple((order, Timer(clock, random_source)) for order in orders)
        self.life: Life | None = read_life(places.certificate)
        self.certificates = 0
        self.last_error = ""

    def run(self, server: Server) -> bool:
        """Does what is due; True where there is a certificate to work with.

        An expired one is none: the center would take a whole batch over the line before it says no.
        """
        now_us = self._tls_clock.now_us()
        if (self.life is None or self.life.due(now_us)) and self._certificate_timer.due():
            self._attempt(self._certificate_timer, lambda: self._obtain(server, now_us))
        if self.life is None or self.life.expired(now_us):
            return False
        if self._key_list_timer.due():
            self._attempt(self._key_list_timer, lambda: self._fetch(server))
        for order, timer in self._orders:
            if timer.due():
                self._attempt(timer, partial(_fetch, order, server))
        return True

    def _fetch(self, server: Server) -> float:
        """Asks for a newer key list; returns after how many seconds to ask again."""
        self._key_lists.fetch(server)
        return HOUR_S if self._key_lists.kept else _MINUTE_S

    def _obtain(self, server: Server, now_us: int) -> float:
        if self.life is None or self.life.lost(now_us):
            enrol(server, self._places, self._node, self._ca)
        else:
            renew(server, self._places, self._node, self._ca)
        self.life = read_life(self._places.certificate)
        self.certificates += 1
        _log.info("certificate obtained")
        return HOUR_S

    def _attempt(self, timer: Timer, work: Callable[[], float]) -> None:
        try:
            next_s = work()
        except MimamoriError as error:
            timer.failed(error.seconds if isinstance(error, AskedToWait) else 0.0)
            self.last_error = str(error)
            _log.warning("%s", error)
        else:
            timer.done(next_s)
            self.last_error = ""


def _fetch(order: VisitTickets | MaskOrders, server: Server) -> float:
    order.fetch(server)
    return ORDERS_S
