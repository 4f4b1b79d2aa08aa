"""What the recorder counts, and the status file that says so."""

from __future__ import annotations

import logging
import math
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from edge.base.clock import SECOND_US, ClockQuality
from edge.base.errors import StorageFault
from edge.base.files import publish
from edge.mask.condition import Condition
from edge.mask.guard import Verdict
from edge.mask.sight import Sight
from edge.node.records.daysums import DAY_US, SumsOfDay
from edge.node.records.syncs import SyncsOfDay
from edge.seal.manifest import Cause
from edge.wire.status import FAULT_LIMIT, FAULTS_AT_MOST, RecorderState, RecorderStatus, dump_status

_VIEW_FAULTS = {
    Condition.COVERED: "something covers the lens: there is light, and nothing to see",
    Condition.DEFOCUSED: "the picture is out of focus, compared with sign-off",
}
_RECORDS = "records"

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Counts:
    """Counters since start; frame loop and sealing thread each write their own.

    Attributes:
        frames_before: frames of the run before that this one's first GAP accounts for.
        frames_accounted: frames in synced SEGMENTs, and those that these and synced GAPs call missed.
    """

    frames_seen: int = 0
    frames_encoded: int = 0
    frames_missed: int = 0
    segments: int = 0
    frames_before: int = 0
    frames_accounted: int = 0

    @property
    def frames_waiting(self) -> int:
        """Frames that the camera numbered and no synced record accounts for yet."""
        return max(0, self.frames_before + self.frames_seen + self.frames_missed - self.frames_accounted)


@dataclass(frozen=True, slots=True)
class Names:
    """What does not change in a run."""

    node: str
    boot: str
    firmware: str


@dataclass(frozen=True, slots=True)
class KeyListFacts:
    """Version and end of the key list in force; version 0 for none."""

    version: int = 0
    expires_us: int | None = None


@dataclass(slots=True)
class Tally:
    """Gathers what the status says; any thread may call it.

    Attributes:
        carried: faults that the run before ended in; they are told on until this one has recorded something.
    """

    names: Names
    path: Path
    spool_bytes: int
    bitrate_bps: int = 0
    counts: Counts = field(default_factory=Counts)
    key_list: KeyListFacts = KeyListFacts()
    self_check_us: int | None = None
    accounted_us: int | None = None
    masks: str | None = None
    floor: str | None = None
    guard: Sight | None = None
    view: Condition | None = None
    night: bool | None = None
    mask_order: int = 0
    mask_order_refused: str = ""
    clock: ClockQuality = ClockQuality.UNTRUSTED
    carried: dict[str, str] = field(default_factory=dict)
    _state: RecorderState = RecorderState.STARTING
    _faults: dict[str, tuple[RecorderState, str]] = field(default_factory=dict)
    _gaps_us: SumsOfDay = field(default_factory=SumsOfDay)
    _evicted: SumsOfDay = field(default_factory=SumsOfDay)
    _syncs: SyncsOfDay = field(default_factory=SyncsOfDay)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _publishing: threading.Lock = field(default_factory=threading.Lock)

    def recording(self) -> None:
        """A segment is synced."""
        self._state = RecorderState.RECORDING
        self.carried = {}

    def stopped(self) -> None:
        """The run has ended; faults are told on, but nothing is recorded any more, blanked or not."""
        self._state = RecorderState.STOPPED

    def carry(self, faults: dict[str, str], frames: int, until_us: int) -> None:
        """Takes over what the run before left: faults that it ended in, frames that the first GAP accounts for."""
        self.carried, self.counts.frames_before, self.accounted_us = faults, frames, until_us

    def failed(self, name: str, message: str) -> None:
        """The run ends in a fault, which the next one reads."""
        self.clear(name)
        self._faults = {name: (RecorderState.FAULT, message), **self._faults}
        self._state = RecorderState.FAULT

    def fault(self, name: str, state: RecorderState, message: str) -> None:
        """Sets a fault until it is cleared; the status is not ``recording`` as long as there is one."""
        self._faults[name] = (state, message)

    def sees(self, verdict: Verdict) -> None:
        """Takes the moved-camera guard's newest word."""
        self.guard, self.view = verdict.look.sight, verdict.condition
        self.tell("view", _VIEW_FAULTS.get(verdict.condition, ""))

    def ordered(self, counter: int, refused: str, fault: str) -> None:
        """Takes the newest mask order's number, why another is refused, and why it is not kept."""
        self.mask_order, self.mask_order_refused = counter, refused
        self.tell("mask-order", fault)

    def tell(self, name: str, message: str) -> None:
        """Sets a fault, or ends it where the message is empty."""
        if message:
            self.fault(name, RecorderState.FAULT, message)
        else:
            self.clear(name)

    def clear(self, name: str) -> None:
        """Ends a fault; those that the run ended in stay, for the next run reads there why."""
        if self._state is not RecorderState.FAULT:
            self._faults.pop(name, None)

    def accounted(self, frames: int, until_us: int) -> None:
        """A SEGMENT or GAP is synced that accounts for so many frames and ends then."""
        self.counts.frames_accounted += frames
        self.accounted_us = until_us

    def gap(self, cause: Cause, start_us: int, end_us: int) -> None:
        """Counts seconds without footage."""
        with self._lock:
            self._gaps_us.lasted(cause.value, start_us, end_us)

    def evicted(self, at_us: int, records: int) -> None:
        """Counts records that were lost unreceipted."""
        with self._lock:
            self._evicted.add(_RECORDS, at_us, records)

    def synced(self, now_us: int, length_ns: int) -> None:
        """Counts how long the card took to write and sync a record."""
        with self._lock:
            self._syncs.took(now_us, length_ns)

    def publish(self, now_us: int) -> None:
        """Writes the status file; where that is refused there is none, for an old one would claim what is not known."""
        try:
            with self._publishing:
                publish(self.path, dump_status(self.status(now_us)))
        except StorageFault as error:
            _log.error("%s", error)
            with suppress(OSError):
                self.path.unlink(missing_ok=True)

    def status(self, now_us: int) -> RecorderStatus:
        """Returns the status of this moment."""
        carried = {name: (RecorderState.FAULT, message) for name, message in self.carried.items()}
        faults = carried | dict(self._faults)
        state, message = next(iter(faults.values()), (self._state, ""))
        if self._state is RecorderState.STOPPED:
            state = RecorderState.STOPPED
        with self._lock:
            syncs = self._syncs.last_day(now_us)
        return RecorderStatus(
            node=self.names.node,
            updated=now_us,
            boot=self.names.boot,
            state=state,
            message=message[:400],
            faults={name: text[:FAULT_LIMIT] for name, (_, text) in list(faults.items())[:FAULTS_AT_MOST]},
            frames_seen=self.counts.frames_seen,
            frames_encoded=self.counts.frames_encoded,
            frames_missed=self.counts.frames_missed,
            frames_waiting=self.counts.frames_waiting,
            segments=self.counts.segments,
            accounted_until=self.accounted_us,
            gaps_24h=self._gap_seconds(now_us),
            evicted_24h=self._evicted_records(now_us),
            slow_syncs_24h=syncs.slow,
            slowest_sync_24h_ms=syncs.slowest_ms,
            masks=self.masks,
            floor=self.floor,
            guard=self.guard,
            view=self.view,
            night=self.night,
            mask_order=self.mask_order,
            mask_order_refused=self.mask_order_refused[:FAULT_LIMIT],
            clock=self.clock,
            self_check=self.self_check_us,
            key_list_version=self.key_list.version,
            key_list_expires=self.key_list.expires_us,
            spool_bytes=self.spool_bytes,
            bitrate_bps=self.bitrate_bps,
            firmware=self.names.firmware,
        )

    def _gap_seconds(self, now_us: int) -> dict[str, int]:
        with self._lock:
            totals = self._gaps_us.last_day(now_us)
        return {cause: math.ceil(min(us, DAY_US) / SECOND_US) for cause, us in sorted(totals.items())}

    def _evicted_records(self, now_us: int) -> int:
        with self._lock:
            return self._evicted.last_day(now_us).get(_RECORDS, 0)
