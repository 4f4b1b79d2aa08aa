"""The recorder's writing end: makes records, signs what is about to be lost first, and appends to the spool.

Used by the sealing thread alone. Every record passes ``write``, which asks the spool first what must be announced.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from edge.base.clock import Clock, ClockQuality
from edge.node.matters import Instant
from edge.node.tally import Tally
from edge.node.timekeeping import ReceiptTimes
from edge.seal.chain import Chain, InForce, Stamp
from edge.seal.manifest import Boot, Cause, ClockChange, Detail, Gap, Kind, Segment, Shutdown
from edge.seal.record import Record
from edge.spool.losses import Loss
from edge.spool.spool import Spool
from edge.wire.status import RecorderState

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The last run's end: when, and why it ended.

    Attributes:
        end: where its records account for the time to; the monotonic half counts from the kernel's boot, 0 where
            that was another boot.
        note: what it last said, for people.
        frames: how many it had got or missed that none of its records accounts for.
    """

    end: Instant
    cause: Cause
    note: str = "between two runs"
    frames: int = 0


class Journal:
    """Chain and spool of one run.

    Args:
        times: the newest verified receipt, and how far the clock can be believed.
        earlier: None for a first run.

    Attributes:
        booted: when the run's BOOT was written; footage is missing from there on until the first segment.
    """

    def __init__(
        self,
        chain: Chain,
        spool: Spool,
        times: ReceiptTimes,
        tally: Tally,
        clock: Clock,
        earlier: Earlier | None,
    ) -> None:
        self._earlier = earlier
        self.booted = Instant(0, 0)
        self._chain, self._spool, self._times, self._tally, self._clock = chain, spool, times, tally, clock
        self._digests = InForce()
        self._quality = times.quality()
        self._tally.clock = self._quality

    @property
    def chain(self) -> str:
        """The chain id."""
        return self._chain.chain

    @property
    def next_sequence(self) -> int:
        """The sequence that the next record will have."""
        return self._chain.next_sequence

    def now_us(self) -> int:
        """UTC, microseconds."""
        return self._clock.now_us()

    def now(self) -> Instant:
        """Returns this instant."""
        return Instant(self.now_us(), self._clock.monotonic_ns() // 1000)

    def quality(self) -> ClockQuality:
        """How far the clock can be believed."""
        return self._quality

    def receipted_us(self) -> int | None:
        """Newest time that a verified receipt of this run tells; None before the first."""
        return self._times.latest_us

    def boot(self, predecessor: str | None, at: Instant, digests: InForce) -> None:
        """Begins the run, and accounts for the time since the last one ended."""
        self._digests, self.booted = digests, at
        resumes = self._chain.tip.sequence if self._chain.tip else None
        self.event(Kind.BOOT, Boot(predecessor=predecessor, resumes=resumes), at, digests)
        if self._earlier is not None:
            earlier = self._earlier
            self.gap(earlier.cause, earlier.end, at, earlier.frames, earlier.note[:200])

    def poll(self, at: Instant) -> None:
        """Takes in new receipts; a change of the clock's quality becomes a CLOCK record."""
        self._times.poll()
        quality = self._times.quality()
        if quality is not self._quality:
            before, self._quality = self._quality, quality
            self._tally.clock = quality
            self.event(Kind.CLOCK, ClockChange(before=before, after=quality, offset_us=0), at, self._digests)

    def expire(self) -> None:
        """Erases what is older than the retention, after signing what goes; an untrusted clock erases nothing."""
        trusted = self._quality is not ClockQuality.UNTRUSTED
        losses = self._spool.expired(self.now_us(), trusted=trusted)
        for loss in losses:
            self._announce(loss)
        if losses:
            self._spool.erase_expired(self.now_us(), trusted=trusted)

    def make_room(self, body_bytes: int) -> None:
        """Signs what must go before a record with such a body fits."""
        for loss in self._spool.prepare(body_bytes):
            self._announce(loss)

    def gap(self, cause: Cause, start: Instant, end: Instant, frames_missed: int, note: str) -> None:
        """Accounts for seconds without footage."""
        stamp = _between(start, end, self._quality)
        self._tally.gap(cause, stamp.start_us, stamp.end_us)
        self.write(Kind.GAP, Gap(cause=cause, frames_missed=frames_missed, note=note), stamp, self._digests)

    def event(self, kind: Kind, detail: Detail, at: Instant, digests: InForce) -> None:
        """Writes a record of one instant."""
        self._digests = digests
        self.write(kind, detail, _between(at, at, self._quality), digests)

    def shutdown(self, reason: str, at: Instant) -> None:
        """Ends the run."""
        self.event(Kind.SHUTDOWN, Shutdown(reason=reason[:200]), at, self._digests)

    def write(self, kind: Kind, detail: Detail, stamp: Stamp, digests: InForce, body: bytes = b"") -> Record:
        """Makes a record, and returns once it is synced.

        For a record with a body ``make_room`` was called before it was sealed: its envelope names the sequence.
        """
        if not body:
            self.make_room(0)
        return self._append(kind, detail, stamp, digests, body)

    def _announce(self, loss: Loss) -> None:
        """Signs EVICTED or EXPIRED; the first is a loss that people must hear of."""
        now = self.now()
        if loss.kind is Kind.EVICTED:
            _log.error("%d records from %d on are overwritten unreceipted", loss.detail.records, loss.detail.first)
            self._tally.evicted(now.wall_us, loss.detail.records)
        self._append(loss.kind, loss.detail, _between(now, now, self._quality), self._digests, b"")

    def _append(self, kind: Kind, detail: Detail, stamp: Stamp, digests: InForce, body: bytes) -> Record:
        receipt = self._times.newest(stamp.end_us)
        force = InForce(masks=digests.masks, floor=digests.floor, receipt=receipt)
        record = self._chain.make(kind, detail, stamp, force, body)
        begun_ns = self._clock.monotonic_ns()
        self._spool.append(record)
        self._tally.synced(self.now_us(), self._clock.monotonic_ns() - begun_ns)
        if isinstance(detail, Segment | Gap):
            frames = detail.frames if isinstance(detail, Segment) else 0
            self._tally.accounted(frames + detail.frames_missed, stamp.end_us)
        if self._spool.abandoned:
            reels = ", ".join(str(index) for index in self._spool.abandoned)
            self._tally.fault("card", RecorderState.FAULT, f"the card failed: reels {reels} are not written any more")
        return record


def _between(start: Instant, end: Instant, quality: ClockQuality) -> Stamp:
    """Returns a stamp that never runs backwards, whatever the clocks did."""
    return Stamp(
        start_us=min(start.wall_us, end.wall_us),
        end_us=end.wall_us,
        mono_start_us=min(start.mono_us, end.mono_us),
        mono_end_us=end.mono_us,
        clock=quality,
    )
