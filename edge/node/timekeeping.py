"""How far the node's clock can be believed, and the newest receipt that a record may carry.

Rules:
  1. A clock that the kernel keeps synchronised is trusted; a demonstration's simulated clock says that it is simulated.
  2. Otherwise the first verified receipt of this run whose signed time agrees with the clock within ``AGREE_US`` makes
     it ``receipted``; one that disagrees makes it untrusted again.
  3. A record carries the newest verified receipt whose time is not after the record's own end, so that an honest clock
     that runs a little behind the center's never contradicts itself.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path

from edge.base.clock import Clock, ClockQuality
from edge.base.errors import Refused
from edge.wire.authority import Authority, Role
from edge.wire.receipt import Receipt
from edge.wire.receipts import ReceiptTail
from edge.wire.signed import Signed

AGREE_US = 10_000_000
_REMEMBERED = 256


class ReceiptTimes:
    """Follows the uplink's receipts of one chain; each is verified here before it counts.

    Args:
        first_of_run: sequence of this run's BOOT; receipts for it and later ones tell the present time.
    """

    def __init__(self, folder: Path, chain: str, first_of_run: int, authority: Authority, clock: Clock) -> None:
        self._tail = ReceiptTail(folder, chain, first_of_run)
        self._authority, self._clock = authority, clock
        self._agrees = False
        self._known: deque[tuple[int, str]] = deque(maxlen=_REMEMBERED)

    def poll(self) -> None:
        """Reads receipts that came since the last call."""
        for receipt in self._tail.new():
            self._take(receipt)

    def newest(self, end_us: int) -> str | None:
        """Returns the document hash of the newest receipt whose time is not after ``end_us``."""
        return max(((time, digest) for time, digest in self._known if time <= end_us), default=(0, None))[1]

    @property
    def latest_us(self) -> int | None:
        """Newest signed time of this run's receipts; it is later by now, whatever the clock says."""
        return max((time for time, _ in self._known), default=None)

    def quality(self) -> ClockQuality:
        """Returns how far the clock can be believed now."""
        quality = self._clock.quality()
        if quality is ClockQuality.UNTRUSTED and self._agrees:
            return ClockQuality.RECEIPTED
        return quality

    def _take(self, receipt: Signed[Receipt]) -> None:
        payload = receipt.payload
        try:
            self._authority.require(receipt, Role.RECEIPT, payload.time)
        except Refused:
            return
        self._known.append((payload.time, receipt.sha256))
        self._agrees = abs(self._clock.now_us() - payload.time) <= AGREE_US
