"""What the uplink keeps up besides uploads: its certificate, what the city signs, what it owes the city.

A failure delays only itself.
"""

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
from edge.uplink.documents import Documents, Fetched
from edge.uplink.enrol import enrol
from edge.uplink.renew import renew
from edge.uplink.server import AskedToWait, Server
from edge.wire.keylist import KeyList
from edge.wire.maskorder import MaskOrder
from edge.wire.visit import VisitTicket

_log = logging.getLogger(__name__)
HOUR_S = 3600.0
_SPREAD = 0.1
Errand = Callable[[Server], float]


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
    """Certificate and signed documents.

    Args:
        ca: the city's CA.
        node: whose certificate.
        documents: which are kept up, the most urgent first.
        errands: other work, each of which returns after how many seconds it is due again.
        clock: of waits.
        tls_clock: time of certificates.

    Attributes:
        life: of the certificate in use; none where there is none yet.
        certificates: how many were obtained since the start; who holds connections renews them when it changes.
    """

    def __init__(
        self,
        places: Places,
        ca: x509.Certificate,
        node: str,
        documents: Documents,
        errands: tuple[Errand, ...] = (),
        *,
        clock: Clock,
        tls_clock: Clock,
        random_source: random.Random,
    ) -> None:
        self._places, self._ca, self._node, self._tls_clock = places, ca, node, tls_clock
        self._certificate_timer = Timer(clock, random_source)
        fetching: tuple[Errand, ...] = tuple(partial(_fetch, document) for document in documents)
        self._errands = tuple((errand, Timer(clock, random_source)) for errand in (*fetching, *errands))
        self.life: Life | None = read_life(places.certificate)
        self.certificates = 0
        self._errors: dict[Timer, str] = {}

    @property
    def last_error(self) -> str:
        """The newest failure's, until what failed has succeeded; empty where all goes well."""
        return next(reversed(self._errors.values()), "")

    def run(self, server: Server) -> bool:
        """Does what is due; True where there is a certificate to work with.

        An expired one is none: the center would take a whole batch over the line before it says no.
        """
        now_us = self._tls_clock.now_us()
        if (self.life is None or self.life.due(now_us)) and self._certificate_timer.due():
            self._attempt(self._certificate_timer, lambda: self._obtain(server, now_us))
        if self.life is None or self.life.expired(now_us):
            return False
        for errand, timer in self._errands:
            if timer.due():
                self._attempt(timer, partial(errand, server))
        return True

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
            self._errors.pop(timer, None)
            self._errors[timer] = str(error)
            _log.warning("%s", error)
        else:
            timer.done(next_s)
            self._errors.pop(timer, None)


def _fetch(document: Fetched[KeyList] | Fetched[VisitTicket] | Fetched[MaskOrder], server: Server) -> float:
    document.fetch(server)
    return document.next_s
