"""Measures the line while an installer asks: round trip and rate, by small questions and uploads of its own.

Rules:
  1. Outside a visit nothing is asked; real uploads tell the rate then, too.
  2. The round trip is that of a question on an open connection: the shortest of some, after one that may open it.
  3. The rate is that of the newest upload which is long enough to tell, a real one or, where none came of late, random
     bytes that the center counts and drops. Each holds its own latency as well, so the line carries that at least.
  4. What is sent counts for the data budget; once that is spent no bytes are sent to measure by.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import suppress

from edge.base.clock import Clock
from edge.base.errors import MimamoriError, StorageFault
from edge.uplink.budget import Budget
from edge.uplink.pace import Rate
from edge.uplink.server import Request, Server, require

_log = logging.getLogger(__name__)
_SECOND_NS = 1_000_000_000
TRIP_EVERY_NS, TRIP_FRESH_NS = 20 * _SECOND_NS, 120 * _SECOND_NS
RATE_EVERY_NS, RATE_AGAIN_NS = 600 * _SECOND_NS, 60 * _SECOND_NS
QUESTIONS = 4
PIECES = tuple(2**power for power in range(16, 21))
"""Bytes, 64 KiB to 1 MiB: each is tried until one takes ``LONG_NS``."""
LONG_NS = 3 * _SECOND_NS // 2


class LineProbe:
    """One node's measurements.

    Args:
        clock: the machine's; a simulated one knows no line.
        heard: called when the center answered.

    Attributes:
        reached: whether the center answered the newest question; None outside a visit.
    """

    def __init__(
        self, server: Server, node: str, budget: Budget, rate: Rate, clock: Clock, heard: Callable[[], None]
    ) -> None:
        self._server, self._path, self._budget, self._rate = server, f"/v1/nodes/{node}/probe", budget, rate
        self._clock, self._heard = clock, heard
        self._trip_due_ns = self._rate_due_ns = clock.monotonic_ns()
        self._trip: tuple[int, int] | None = None
        self._measured: tuple[int, int] | None = None
        self._uploads = 0
        self.reached: bool | None = None

    def tend(self, *, visited: bool) -> None:
        """Measures what is due."""
        now_ns = self._clock.monotonic_ns()
        if self._rate.uploads != self._uploads:
            self._uploads, self._measured = self._rate.uploads, (self._rate.newest_bps, now_ns)
        if not visited:
            self.reached, self._trip = None, None
            return
        if now_ns >= self._trip_due_ns:
            self._ask()
        if self.reached and self.rate_bps is None and now_ns >= self._rate_due_ns and not self._budget.spent():
            self._upload()

    @property
    def round_trip_ms(self) -> int | None:
        """Milliseconds, rounded up."""
        if self._trip is None or self._clock.monotonic_ns() - self._trip[1] > TRIP_FRESH_NS:
            return None
        return -(-self._trip[0] // 1_000_000)

    @property
    def rate_bps(self) -> int | None:
        """Bits a second."""
        if self._measured is None or self._clock.monotonic_ns() - self._measured[1] >= RATE_EVERY_NS:
            return None
        return self._measured[0]

    def _ask(self) -> None:
        try:
            trips = [self._take(Request("GET", "/v1/health"), 200) for _ in range(QUESTIONS)]
        except MimamoriError as error:
            _log.info("the center does not answer the installer's question: %s", error)
            self.reached, self._trip = False, None
        else:
            self.reached, self._trip = True, (min(trips[1:]), self._clock.monotonic_ns())
            self._heard()
        self._trip_due_ns = self._clock.monotonic_ns() + TRIP_EVERY_NS

    def _upload(self) -> None:
        self._rate_due_ns = self._clock.monotonic_ns() + RATE_AGAIN_NS
        headers = {"Content-Type": "application/octet-stream"}
        try:
            for size in PIECES:
                took_ns = self._take(Request("PUT", self._path, os.urandom(size), headers), 204)
                self._measured = size * 8 * _SECOND_NS // max(took_ns, 1_000_000), self._clock.monotonic_ns()
                if took_ns >= LONG_NS:
                    break
        except MimamoriError as error:
            _log.info("the line's rate cannot be measured: %s", error)

    def _take(self, request: Request, status: int) -> int:
        """Returns how long an exchange took, nanoseconds."""
        with suppress(StorageFault):  # counted all the same, and kept with the next
            self._budget.add(len(request.body))
        started_ns = self._clock.monotonic_ns()
        require(self._server.exchange(request), status)
        return self._clock.monotonic_ns() - started_ns
