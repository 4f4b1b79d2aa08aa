"""What the time is, as far as receipts, a desk's note, the kernel and the known time tell (``edge.node.time.trust``).

A record carries the newest verified receipt whose time is not after the record's own end, so that an honest clock that
runs a little behind the center's never contradicts itself.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path

from edge.base.clock import Clock, ClockQuality, read_both
from edge.base.errors import Refused
from edge.node.matters import Instant
from edge.node.time.dayrule import in_use_us
from edge.node.time.knowntime import KnownTime
from edge.node.time.timenotes import TimeNoteInbox
from edge.node.time.trust import Witnesses, judge
from edge.wire.authority import Authority, Role
from edge.wire.keylist import KeyList
from edge.wire.receipt import Receipt
from edge.wire.receipts import ReceiptTail
from edge.wire.signed import Signed

_REMEMBERED = 256


class ReceiptTimes:
    """Follows the uplink's receipts of one chain; each is verified here before it counts.

    Args:
        first_of_run: sequence of this run's BOOT; receipts for it and later ones tell the present time.
        known: what has passed by now at least.
        notes: a desk's notes of the time; one that names a record of this run tells the present time like a receipt.
    """

    def __init__(
        self,
        folder: Path,
        chain: str,
        first_of_run: int,
        authority: Authority,
        clock: Clock,
        known: KnownTime,
        notes: TimeNoteInbox | None = None,
    ) -> None:
        self._folder, self._notes = folder, notes
        self.follow(chain, first_of_run)
        self._authority, self._clock, self._known_time = authority, clock, known
        self._known: deque[tuple[int, str]] = deque(maxlen=_REMEMBERED)
        self._told_us: int | None = None
        self._begun_us: int | None = None
        self._kept_us: int | None = None
        self._in_use_us: tuple[int, int] | None = None

    def follow(self, chain: str, first: int) -> None:
        """Goes on with the receipts of another chain; what was known stays."""
        self._tail, self._of_run = ReceiptTail(self._folder, chain, first), (chain, first)

    def poll(self) -> None:
        """Reads receipts and notes that came since the last call."""
        for receipt in self._tail.new():
            self._take(receipt)
        note = None if self._notes is None else self._notes.new()
        if note is not None and note.chain == self._of_run[0] and note.sequence >= self._of_run[1]:
            self._told_us = note.time - self._clock.monotonic_ns() // 1000

    def take_key_list(self, key_list: KeyList) -> None:
        """Takes what a key list tells: since when it is there, and when it can be in use."""
        self._in_use_us = in_use_us(key_list)
        self._known_time.at_least(key_list.issued, self._clock.monotonic_ns() // 1000)

    def newest(self, end_us: int) -> str | None:
        """Returns the document hash of the newest receipt whose time is not after ``end_us``."""
        return max(((time, digest) for time, digest in self._known if time <= end_us), default=(0, None))[1]

    @property
    def latest_us(self) -> int | None:
        """Newest signed time of this run's receipts; it is later by now, whatever the clock says."""
        return max((time for time, _ in self._known), default=None)

    @property
    def known_us(self) -> int | None:
        """What has passed by now at least; None where nothing is known. A simulated clock is known."""
        if self._clock.quality() is ClockQuality.SIMULATED:
            return self._clock.now_us()
        return self._known_time.at(self._clock.monotonic_ns() // 1000)

    def quality(self, at: Instant | None = None) -> ClockQuality:
        """Returns how far the time stamped at an instant, or the clock of now, can be believed."""
        kernel, now = self._clock.quality(), read_both(self._clock)
        present_us = now.wall_us - now.mono_ns // 1000
        stamped = at or Instant(now.wall_us, now.mono_ns // 1000)
        witnesses = Witnesses(
            receipt_us=self._told_us,
            kept_us=self._kept_us,
            begun_us=self._begun_us,
            known_us=self._known_time.offset_us,
            in_use_us=self._in_use_us,
        )
        quality = judge(kernel, stamped.offset_us, present_us, stamped.mono_us, witnesses)
        self._learn(quality, stamped)
        return quality

    def _learn(self, quality: ClockQuality, stamped: Instant) -> None:
        """Lets a believed time, and what a receipt says where the clock is not believed, lead the known time."""
        if quality is ClockQuality.SIMULATED:
            return
        if quality is ClockQuality.SYNCHRONISED:
            self._kept_us = stamped.offset_us
        if quality is not ClockQuality.UNTRUSTED:
            self._begun_us = stamped.offset_us if self._begun_us is None else self._begun_us
            if self._told_us is not None:
                self._known_time.agreed(stamped.offset_us)
            else:
                self._known_time.told("kernel", stamped.offset_us, stamped.mono_us)
        elif self._told_us is not None and self._may_be(self._told_us + stamped.mono_us):
            self._known_time.told("receipt", self._told_us, stamped.mono_us)
        self._known_time.keep(stamped.mono_us)

    def _may_be(self, moment_us: int) -> bool:
        """Whether a time that a receipt alone tells lies where the key list can be in use."""
        return self._in_use_us is None or moment_us <= self._in_use_us[1]

    def _take(self, receipt: Signed[Receipt]) -> None:
        payload = receipt.payload
        try:
            self._authority.require(receipt, Role.RECEIPT, payload.time)
        except Refused:
            return
        self._known.append((payload.time, receipt.sha256))
        self._told_us = payload.time - self._clock.monotonic_ns() // 1000
