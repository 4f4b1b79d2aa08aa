"""What the recorder says beside footage, and on which clock: beginning and end of a run, gaps, settings, the clock.

Used by the sealing thread alone. Every record passes the pen (``edge.node.records.pen``), which knows chain and spool.
Times are told on the clock in force (``edge.node.time.wallclock``): a CLOCK record stands between two settings of it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from edge.base.clock import Clock, ClockQuality, read_both
from edge.base.errors import StorageFault
from edge.node.matters import Instant
from edge.node.records.memory import Memory
from edge.node.records.pen import Make, Pen
from edge.node.records.tally import Tally
from edge.node.time.timekeeping import ReceiptTimes
from edge.node.time.wallclock import WallClock
from edge.seal.chain import Chain, InForce, Stamp
from edge.seal.manifest import Boot, Cause, ClockChange, Detail, Gap, Kind, Notice, Setting, Shutdown
from edge.spool.spool import Spool
from edge.wire.keylist import KeyList

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
        memory: where records go once the card takes nothing; none to fail with the card.

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
        memory: Memory | None = None,
    ) -> None:
        self._earlier = earlier
        self.booted = Instant(0, 0)
        self._times, self._tally, self._clock = times, tally, clock
        self._pen = Pen(chain, spool, times, tally, clock, self._present, memory)
        self._digests = InForce()
        reading = read_both(clock)
        begun = Instant(reading.wall_us, reading.mono_ns // 1000)
        if earlier is not None and earlier.told_on_us is not None:
            # BOOT is told on the clock of the run before: where that was set since, nobody vouches for its time.
            begun = Instant(max(0, earlier.told_on_us + begun.mono_us), begun.mono_us)
        self._wall, self._quality = WallClock(begun.offset_us), times.quality(begun)
        self._tally.clock = self._quality

    def now_us(self) -> int:
        """UTC, microseconds."""
        return self._clock.now_us()

    def present(self) -> Instant:
        """Returns this instant as the clocks show it."""
        return Instant(self.now_us(), self._clock.monotonic_ns() // 1000)

    def now(self) -> Instant:
        """Returns this instant, on the clock in force."""
        return self._tell(self.present())

    def quality(self) -> ClockQuality:
        """How far the clock can be believed."""
        return self._quality

    def receipted_us(self) -> int | None:
        """Newest time that a verified receipt of this run tells; None before the first."""
        return self._times.latest_us

    def known_us(self) -> int | None:
        """What has passed by now at least, whatever the clock says; None where nothing is known."""
        return self._times.known_us

    def take_key_list(self, key_list: KeyList) -> None:
        """Takes note of when the key list can be in use: a clock that lies outside is not believed on its own."""
        self._times.take_key_list(key_list)

    def boot(self, predecessor: str | None, at: Instant, digests: InForce) -> None:
        """Begins the run, and accounts for the time since the last one ended."""
        self._digests, self.booted = digests, self._tell(at)
        self.event(Kind.BOOT, Boot(predecessor=predecessor, resumes=self._pen.resumes), at, digests)
        self._note_clock(at)
        if self._earlier is not None:
            earlier = self._earlier
            start = earlier.end if earlier.told_on_us is None else self._tell(earlier.end)
            self._gap(earlier.cause, start, self._tell(at), earlier.frames, earlier.note[:200])

    def poll(self, at: Instant) -> None:
        """Takes in new receipts; that the clock was set, or is believed more or less, becomes a CLOCK record."""
        try:
            self._times.poll()
            self._tally.clear("receipts")
        except StorageFault as error:
            self._tally.tell("receipts", str(error))
        self._note_clock(at)

    def expire(self) -> None:
        """Erases what is older than the retention by the known time, after signing what goes; no clock alone erases."""
        self._pen.forget_old()
        known_us = self._times.known_us
        if known_us is None:
            return
        losses = self._pen.spool.expired(known_us, trusted=True)
        try:
            self._pen.announce(losses, self._digests)
        except StorageFault as error:
            self._pen.go_elsewhere(error, self._present(), self._digests)
            return
        if losses:
            self._pen.spool.erase_expired(known_us, trusted=True)

    def gap(self, cause: Cause, start: Instant, end: Instant, frames_missed: int, note: str) -> None:
        """Accounts for seconds without footage."""
        self._gap(cause, self._tell(start), self._tell(end), frames_missed, note)

    def _gap(self, cause: Cause, start: Instant, end: Instant, frames_missed: int, note: str) -> None:
        stamp = _between(start, end, self._quality)
        self._tally.gap(cause, stamp.start_us, stamp.end_us)
        self._write(Kind.GAP, Gap(cause=cause, frames_missed=frames_missed, note=note), stamp)

    def event(self, kind: Kind, detail: Detail, at: Instant, digests: InForce) -> None:
        """Writes a record of one instant."""
        self._digests, told = digests, self._tell(at)
        self._write(kind, detail, _between(told, told, self._quality))

    def setting(self, name: str, value: str, at: Instant) -> None:
        """Notes that a setting changed."""
        self.event(Kind.CONFIG, Setting(name=name, value=value), at, self._digests)

    def notice(self, kind: Kind, notice: Notice, at: Instant) -> None:
        """Notes what was noticed, with the masks in force."""
        self.event(kind, notice, at, self._digests)

    def shutdown(self, reason: str, at: Instant) -> None:
        """Ends the run."""
        self.event(Kind.SHUTDOWN, Shutdown(reason=reason[:200]), at, self._digests)

    def segment(self, make: Make, stamp: Stamp, digests: InForce, body_bytes: int) -> None:
        """Records footage, and returns once it is synced.

        Args:
            make: seals it for a chain and sequence; called again where the card refuses it.
            body_bytes: of what is sealed, at most.

        Raises:
            StorageFault: neither card nor memory takes it.
        """
        self._pen.write(Kind.SEGMENT, make, stamp, digests, body_bytes)

    def close(self) -> None:
        """Lets go of a spool that was opened on the way."""
        self._pen.close()

    def _write(self, kind: Kind, detail: Detail, stamp: Stamp) -> None:
        self._pen.write(kind, lambda *_: (detail, b""), stamp, self._digests, 0)

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

    def _present(self) -> Stamp:
        now = self.now()
        return _between(now, now, self._quality)


def _between(start: Instant, end: Instant, quality: ClockQuality) -> Stamp:
    """Returns a stamp that never runs backwards, whatever the clocks did."""
    return Stamp(
        start_us=min(start.wall_us, end.wall_us),
        end_us=end.wall_us,
        mono_start_us=min(start.mono_us, end.mono_us),
        mono_end_us=end.mono_us,
        clock=quality,
    )
