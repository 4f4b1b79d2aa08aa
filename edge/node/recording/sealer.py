"""The sealing thread: turns what the frame loop hands over into records, in order, and is the only one that writes.

Rules:
  1. A segment whose masked pixels fail the look is not sealed: it becomes a GAP, and the picture is painted over. One
     during which the camera had moved becomes a GAP, too.
  2. A pause between two segments longer than ``PAUSE_US`` becomes a signed GAP; so does one between BOOT and the first.
     SHUTDOWN stands where footage ended: what comes after is for the next run's BOOT to account for.
  3. A segment that cannot be sealed for want of a key becomes a GAP, and the status says so.
  4. "Recorded" is said only after the spool has synced.
  5. A record that neither card nor memory takes is lost, which the next one that is taken tells as a GAP; nothing that
     a disk refuses ends the run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from queue import Empty, Queue, SimpleQueue
from zoneinfo import ZoneInfo

from edge.base.clock import ClockQuality
from edge.base.errors import BadConfiguration, Refused, StorageFault
from edge.encode.segments import Segment
from edge.mask import selfcheck
from edge.node.credentials import KeyLists
from edge.node.masks.masknotices import tell_masks
from edge.node.masks.selfchecks import Look, SelfChecks
from edge.node.matters import Ended, Finished, Instant, MasksChanged, Matter, SettingChanged, moment_of
from edge.node.recording.casewatch import CaseWatch
from edge.node.recording.progress import Progress
from edge.node.records.journal import Journal
from edge.node.records.segmentdetail import digests_of, segment_detail, stamp_of
from edge.node.records.tally import KeyListFacts, Tally
from edge.node.time.dayrule import Choice, choose, local_day, reaches
from edge.node.time.trustedday import TrustedDay
from edge.node.visit.visitrecords import VisitRecords
from edge.seal import manifest
from edge.seal.envelope import Envelope
from edge.seal.manifest import Cause
from edge.seal.sealing import Sealed, seal, sealed_bytes_at_most
from edge.wire.keylist import KeyList, Pair
from edge.wire.status import RecorderState

PAUSE_US = 1_000_000
IDLE_S = 60.0
SILENCE_US = 3_600_000_000
"""A silence is signed so often while it lasts: records of before it may expire, and where it began with them."""

_log = logging.getLogger(__name__)

Seal = Callable[[Envelope, Pair], Sealed]


class Sealer:
    """Makes records of matters.

    Args:
        journal: chain and spool.
        trusted_day: what keeps the day from running back.
        leaks: takes why masked pixels were not solid; the frame loop paints everything over from then on.
        case: follows what hands do at the case.
        look: decodes a segment and judges its masked pixels; the self-check unless given.
        sealing: seals an envelope to a pair of keys.
        visits: signs what happened in visits; none on a node that takes none.
    """

    def __init__(
        self,
        journal: Journal,
        key_lists: KeyLists,
        trusted_day: TrustedDay,
        tally: Tally,
        zone: ZoneInfo,
        leaks: SimpleQueue[str],
        *,
        case: CaseWatch,
        look: Look | None = None,
        sealing: Seal = seal,
        visits: VisitRecords | None = None,
    ) -> None:
        self._case = case
        self._checks, self._sealing = SelfChecks(tally, leaks, look or selfcheck.check), sealing
        self._journal, self._key_lists, self._trusted_day = journal, key_lists, trusted_day
        self._tally, self._zone, self._visits = tally, zone, visits
        self._covered: Instant | None = None
        self._unsealed_for = ""
        self._not_taken_frames = 0

    def run(self, matters: Queue[Matter], progress: Progress) -> None:
        """Takes matters until the run has ended; looks around where none come, for a camera may be dead for weeks."""
        while True:
            try:
                matter = matters.get(timeout=IDLE_S)
            except Empty:
                progress.seal()
                self.look_around()
                progress.rest()
                continue
            progress.seal()
            self.take(matter)
            progress.sealed()
            if isinstance(matter, Ended):
                return

    def look_around(self) -> None:
        """Does what falls due though no matter comes: a long silence is signed, and what grew too old goes."""
        at = self._journal.present()
        since = self._covered or self._journal.booted
        simulated = self._journal.quality() is ClockQuality.SIMULATED  # frames lead such a clock, and none came
        try:
            if at.mono_us - since.mono_us >= SILENCE_US and not simulated:
                self._journal.gap(Cause.CAMERA if self._covered else Cause.START, since, at, 0, "no frames come")
                self._covered = at
            self._look_around(at)
        except StorageFault as error:
            _log.error("nothing takes a record: %s", error)
        self._tally.publish(self._journal.now_us())

    def take(self, matter: Matter) -> None:
        """Makes the records of one matter."""
        try:
            self._look_around(moment_of(matter) or self._journal.now())
            self._record(matter)
        except StorageFault as error:
            self._not_taken(matter, str(error))
        if isinstance(matter, Ended):
            self._journal.close()
            self._tally.stopped()
        self._tally.publish(self._journal.now_us())

    def _record(self, matter: Matter) -> None:
        match matter:
            case Finished():
                self._finished(matter)
            case MasksChanged():
                tell_masks(matter, self._journal, self._tally)
            case SettingChanged():
                self._journal.setting(matter.name, matter.value, matter.at)
            case Ended():
                self._journal.shutdown(matter.reason, self._covered or self._journal.booted)

    def _look_around(self, at: Instant) -> None:
        """Takes in what others left since the last matter: receipts, a newer key list, age, what the panel saw."""
        self._journal.poll(at)
        self._journal.expire()
        if self._visits is not None:
            self._visits.poll(self._journal, at)
            self._visits.kept.offer_again()
        for name, kept in (("key-list", self._key_lists.kept), ("trusted-day", self._trusted_day.kept)):
            kept.offer_again()
            self._tally.tell(name, kept.fault)
        if self._key_lists.poll() or self._tally.key_list.version == 0:
            current = self._key_lists.current
            if current is not None:
                self._tally.key_list = KeyListFacts(current.payload.version, current.payload.expires)
                self._journal.take_key_list(current.payload)
        self._case.look(self._journal, at)

    def _finished(self, matter: Finished) -> None:
        segment = self._account_for_pause(matter)
        if matter.moved:
            self._gap(segment, Cause.MOVED, "the camera was not where its masks were drawn")
        elif not self._checks.passed(matter):
            self._gap(segment, Cause.MASKS, "masked pixels were not solid")
        elif self._seal(segment):
            self._tally.counts.segments += 1
            self._tally.recording()
        self._covered = Instant(segment.wall_end_us, segment.mono_end_ns // 1000)

    def _account_for_pause(self, matter: Finished) -> Segment:
        """Returns the segment without the frames that the GAP before it accounts for, if it needs one."""
        segment = matter.segment
        start = Instant(segment.wall_start_us, segment.mono_start_ns // 1000)
        since, cause = (self._covered, matter.pause) if self._covered else (self._journal.booted, Cause.START)
        cause, note = (
            (Cause.STORAGE, "nothing took the records") if self._not_taken_frames else (cause, "no frames came")
        )
        before = segment.missed_before
        if start.mono_us - since.mono_us > PAUSE_US:
            self._journal.gap(cause, since, start, before + self._not_taken_frames, note)
            segment = replace(segment, frames_missed=segment.frames_missed - before, missed_before=0)
            self._covered = start
        self._not_taken_frames = 0
        self._tally.clear("unrecorded")
        return segment

    def _not_taken(self, matter: Matter, reason: str) -> None:
        """Neither card nor memory took the records of a matter."""
        _log.critical("no footage is kept: %s", reason)
        self._tally.fault("unrecorded", RecorderState.FAULT, f"no footage is kept: {reason}")
        if isinstance(matter, Finished):
            self._not_taken_frames += matter.segment.frames + matter.segment.frames_missed

    def _seal(self, segment: Segment) -> bool:
        key_list = self._key_lists.current
        try:
            if key_list is None:
                none = "there is no key list yet; the uplink fetches it once the city has published it"
                raise BadConfiguration(self._key_lists.kept.fault or none)
            choice = self._choose(segment, key_list.payload)
        except BadConfiguration as error:
            return self._unsealed(segment, str(error))
        if self._journal.quality() is not ClockQuality.UNTRUSTED:
            self._trusted_day.used(choice.day)

        def make(chain: str, sequence: int) -> tuple[manifest.Segment, bytes]:
            sealed = self._sealing(Envelope(chain, sequence, segment.mp4), choice.pair)
            return segment_detail(segment, choice, key_list.sha256, sealed), sealed.body

        limit_bytes = sealed_bytes_at_most(len(segment.mp4))
        try:
            self._journal.segment(make, stamp_of(segment, self._journal.quality()), digests_of(segment), limit_bytes)
        except Refused as error:
            return self._unsealed(segment, str(error))
        self._unsealed_for = ""
        self._tally.clear("keys")
        return True

    def _choose(self, segment: Segment, key_list: KeyList) -> Choice:
        """Returns the day and the pair that a segment is sealed to.

        What is known or receipted counts where the clock is not trusted: that clock may stand weeks back, where keys
        are destroyed by now. Beside a trusted one it would call a segment of just before midnight the next day's.
        """
        quality, known, receipted = (
            self._journal.quality(),
            self._local(self._journal.known_us()),
            self._local(self._journal.receipted_us()),
        )
        if quality is ClockQuality.UNTRUSTED and receipted is not None and reaches(key_list, receipted):
            self._trusted_day.used(receipted)
        return choose(key_list, segment.wall_start_us, quality, self._trusted_day.day, self._zone, known_day=known)

    def _local(self, moment_us: int | None) -> str | None:
        return None if moment_us is None else local_day(moment_us, self._zone)

    def _unsealed(self, segment: Segment, reason: str) -> bool:
        if reason != self._unsealed_for:
            _log.error("no footage is kept: %s", reason)
        self._unsealed_for = reason
        self._tally.fault("keys", RecorderState.FAULT, reason)
        self._gap(segment, Cause.KEYS, "no key to seal to")
        return False

    def _gap(self, segment: Segment, cause: Cause, note: str) -> None:
        start = Instant(segment.wall_start_us, segment.mono_start_ns // 1000)
        end = Instant(segment.wall_end_us, segment.mono_end_ns // 1000)
        self._journal.gap(cause, start, end, segment.frames + segment.frames_missed, note)
