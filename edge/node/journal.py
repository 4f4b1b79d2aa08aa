"""The recorder's writing end: makes records, signs what is about to be lost first, and appends to the spool.

Used by the sealing thread alone. Every record passes ``write``, which asks the spool first what must be announced.
Times are told on the clock in force (``edge.node.wallclock``): a CLOCK record stands between two settings of it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from edge.base.clock import Clock, ClockQuality
from edge.node.matters import Instant
from edge.node.tally import Tally
from edge.node.timekeeping import ReceiptTimes
from edge.node.wallclock import WallClock
from edge.seal.chain import Chain, InForce, Stamp
from edge.seal.manifest import Boot, Cause, ClockChange, Detail, Gap, Kind, Segment, Setting, Shutdown
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
        told_on_us: wall less monotonic time on the clock of its newest record; None where that was another boot.
    """

    end: Instant
    cause: Cause
    note: str = "between two runs"
    frames: int = 0
    told_on_us: int | None = None


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
        begun_us = clock.now_us() - clock.monotonic_ns() // 1000
        self._wall = WallClock(begun_us if earlier is None or earlier.told_on_us is None else earlier.told_on_us)
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
        """Returns this instant, on the clock in force."""
        return self._tell(Instant(self.now_us(), self._clock.monotonic_ns() // 1000))

    def quality(self) -> ClockQuality:
        """How far the clock can be believed."""
        return self._quality

    def receipted_us(self) -> int | None:
        """Newest time that a verified receipt of this run tells; None before the first."""
        return self._times.latest_us

    def known_us(self) -> int | None:
        """What has passed by now at least, whatever the clock says; None where nothing is known."""
        return self._times.known_us

    def key_list_in_use(self, first_us: int, last_us: int) -> None:
        """Takes note of when the key list can be in use: a clock that lies outside is not believed on its own."""
        self._times.in_use_us = first_us, last_us

    def boot(self, predecessor: str | None, at: Instant, digests: InForce) -> None:
        """Begins the run, and accounts for the time since the last one ended."""
        self._digests, self.booted = digests, self._tell(at)
        resumes = self._chain.tip.sequence if self._chain.tip else None
        self.event(Kind.BOOT, Boot(predecessor=predecessor, resumes=resumes), at, digests)
        self._note_clock(at)
        if self._earlier is not None:
            earlier = self._earlier
            start = earlier.end if earlier.told_on_us is None else self._tell(earlier.end)
            self._gap(earlier.cause, start, self._tell(at), earlier.frames, earlier.note[:200])

    def poll(self, at: Instant) -> None:
        """Takes in new receipts; that the clock was set, or is believed more or less, becomes a CLOCK record."""
        self._times.poll()
        self._note_clock(at)

    def expire(self) -> None:
        """Erases what is older than the retention by the known time, after signing what goes; no clock alone erases."""
        known_us = self._times.known_us
        if known_us is None:
            return
        losses = self._spool.expired(known_us, trusted=True)
        for loss in losses:
            self._announce(loss)
        if losses:
            self._spool.erase_expired(known_us, trusted=True)

    def make_room(self, body_bytes: int) -> None:
        """Signs what must go before a record with such a body fits."""
        for loss in self._spool.prepare(body_bytes):
            self._announce(loss)

    def gap(self, cause: Cause, start: Instant, end: Instant, frames_missed: int, note: str) -> None:
        """Accounts for seconds without footage."""
        self._gap(cause, self._tell(start), self._tell(end), frames_missed, note)

    def _gap(self, cause: Cause, start: Instant, end: Instant, frames_missed: int, note: str) -> None:
        stamp = _between(start, end, self._quality)
        self._tally.gap(cause, stamp.start_us, stamp.end_us)
        self.write(Kind.GAP, Gap(cause=cause, frames_missed=frames_missed, note=note), stamp, self._digests)

    def event(self, kind: Kind, detail: Detail, at: Instant, digests: InForce) -> None:
        """Writes a record of one instant."""
        self._digests, told = digests, self._tell(at)
        self.write(kind, detail, _between(told, told, self._quality), digests)

    def setting(self, name: str, value: str, at: Instant) -> None:
        """Notes that a setting changed."""
        self.event(Kind.CONFIG, Setting(name=name, value=value), at, self._digests)

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

    def _note_clock(self, at: Instant) -> None:
        """Signs CLOCK where the clock in force was set, or its quality changed, up to this instant."""
        before, self._quality = self._quality, self._times.quality(at)
        self._tally.clock = self._quality
        offset_us = 0 if self._quality is ClockQuality.SIMULATED else self._wall.set_by(at)
        if offset_us or before is not self._quality:
            detail = ClockChange(before=before, after=self._quality, offset_us=offset_us)
            self.event(Kind.CLOCK, detail, at, self._digests)

    def _tell(self, at: Instant) -> Instant:
        """Returns the instant on the clock in force; a simulated clock is led by the camera, and told as it is."""
        return at if self._quality is ClockQuality.SIMULATED else self._wall.tell(at)

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
