"""The frame loop: camera > paint > encode > sealing thread. Nothing it does waits for network or disk.

Rules:
  1. Masks are valid before the camera's first frame is read; else the process ends with status 78.
  2. Only painted frames reach the encoder (its type says so).
  3. Frames that the camera numbered and nobody got are counted.
  4. It ends by itself when the source ends, the asked length is reached, a stop is asked for, a visit wants the
     camera, or the sealing thread failed; whatever was encoded until then is sealed.
  5. It leaves a mark at each stage that it enters, so that the monitor sees where it stands still.
  6. What kept frames away goes with the segment that follows, so that the pause's GAP names the right cause.

Segments wait for a hung card as they come from the encoder, in memory that is neither swapped nor dumped: sealing one
binds it to its sequence, and how many notices come before it only the spool can tell, once it answers.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import Full, Queue, SimpleQueue

from edge.base.clock import SECOND_US
from edge.base.errors import Stop, StorageFault
from edge.base.frame import Frame
from edge.base.workers import Worker
from edge.capture.port import Camera
from edge.encode.segments import Segment, SegmentEncoder
from edge.mask.inforce import Cause, MaskChange
from edge.mask.live import LiveMasks
from edge.node.masks.maskorders import MaskOrders
from edge.node.matters import LEFT_TO_A_VISIT, Ended, Instant, MasksChanged, Matter, SettingChanged
from edge.node.recording.bitrate import Bitrate
from edge.node.recording.outgoing import Outgoing
from edge.node.recording.picturewatch import PictureWatch
from edge.node.recording.progress import Progress, Stage
from edge.node.recording.sealer import PAUSE_US, Sealer
from edge.node.records.tally import Tally
from edge.seal.manifest import Cause as ManifestCause
from edge.wire.status import RecorderState

QUEUE_SEGMENTS = 15
"""30 s of segments wait in memory for a slow card."""
LAG_SEGMENTS = 2
"""An encoder that is further behind stands still; at twice as much the run ends."""
_HAND_OVER_TIMEOUT_S = 30.0
_JOIN_TIMEOUT_S = 60.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """When to end: after so much footage (None: never), when ``stop`` is set, or when a visit wants the camera."""

    seconds: float | None
    stop: threading.Event
    visit: Callable[[Frame], bool] = lambda _frame: False


class Recorder:
    """Runs one camera until it ends.

    Args:
        encoder: makes segments of painted frames.
        sealer: makes records of segments, on a thread of its own.
        leaks: where the sealing thread says why masked pixels were not solid.
        bitrate: what to encode at.
        orders: the city's orders of larger masks.
    """

    def __init__(
        self,
        camera: Camera,
        masks: LiveMasks,
        encoder: SegmentEncoder,
        sealer: Sealer,
        leaks: SimpleQueue[str],
        tally: Tally,
        progress: Progress,
        *,
        bitrate: Bitrate,
        orders: MaskOrders,
    ) -> None:
        self._camera, self._masks, self._encoder, self._leaks = camera, masks, encoder, leaks
        self._bitrate, self._orders = bitrate, orders
        tally.bitrate_bps = bitrate.in_force
        self._tally, self._progress = tally, progress
        tally.tell("guard", masks.guard_fault)
        self._matters: Queue[Matter] = Queue(maxsize=QUEUE_SEGMENTS)
        self._failed = threading.Event()
        self._worker = Worker(
            "sealing", lambda _stop: sealer.run(self._matters, progress), on_failure=self._sealing_failed
        )
        self._outgoing = Outgoing(masks, self._hand_over)
        self._changes: list[tuple[MaskChange, str | None]] = []
        self._pauses: dict[int, ManifestCause] = {}
        self._picture = PictureWatch(tally, camera)
        self._last: Frame | None = None
        self._unsegmented_ns: int | None = None

    def run(self, limits: Limits) -> None:
        """Records until the end.

        Raises:
            MimamoriError: whatever ended it before its time; what was encoded until then is sealed first, where
                it still can be.
        """
        self._worker.start()
        reason = "the source has ended"
        try:
            reason = self._loop(limits)
        except Exception as error:
            reason = f"stopped by a fault: {error}"
            self._progress.failed()
            raise
        finally:
            self._end(reason)

    def _loop(self, limits: Limits) -> str:
        first: Frame | None = None
        while (frame := self._read()) is not None:
            first = first or frame
            if limits.seconds is not None and frame.mono_ns - first.mono_ns >= round(limits.seconds * 1e9):
                return "the length that was asked for is reached"
            if limits.stop.is_set():
                return "a stop was asked for"
            if self._failed.is_set():
                return "sealing failed"
            if limits.visit(frame):
                return LEFT_TO_A_VISIT
            self._take(frame)
        return "the source has ended"

    def _read(self) -> Frame | None:
        self._progress.enter(Stage.CAMERA)
        return self._camera.read()

    def _take(self, frame: Frame) -> None:
        self._count(frame)
        self._progress.enter(Stage.MASKS)
        self._watch_masks(frame)
        self._bitrate.follow(frame, self._encoder)
        self._progress.enter(Stage.ENCODER)
        painted = self._masks.paint(frame)
        self._picture.look(painted, self._masks.painted_with)
        self._outgoing.painted(painted)
        segments = self._encoder.push(painted)
        self._watch_encoder(frame, segments)
        self._outgoing.segments(segments, self._pauses)
        self._tally.counts.frames_encoded += 1
        self._tell_changes(frame)

    def _tell_changes(self, frame: Frame) -> None:
        """Hands over what changed with this frame, once it has closed the segment before it."""
        at = Instant.of(frame)
        while self._changes:
            change, reference = self._changes.pop(0)
            self._outgoing.matter(MasksChanged(change, at, reference=reference))
        moved = self._masks.guard_change()
        if moved is not None:
            _log_change(moved)
            self._outgoing.matter(MasksChanged(moved, at, by_guard=True))
        if self._masks.verdict is not None:
            self._tally.sees(self._masks.verdict)
        if self._bitrate.stepped(self._encoder):
            self._tally.bitrate_bps = self._bitrate.in_force
            self._outgoing.matter(SettingChanged("bitrate_bps", str(self._bitrate.in_force), at))

    def _count(self, frame: Frame) -> None:
        missed = frame.number - (self._last.number if self._last else -1) - 1
        self._tally.counts.frames_missed += missed
        self._tally.counts.frames_seen += 1
        slowest = self._progress.slowest()
        if self._last is not None and frame.mono_ns - self._last.mono_ns > PAUSE_US * 1000:
            self._pauses[frame.mono_ns] = slowest
        self._last = frame

    def _watch_encoder(self, frame: Frame, segments: list[Segment]) -> None:
        """An encoder that takes frames and gives nothing stands still, too: it is told, and ends the run."""
        if segments:
            self._unsegmented_ns = segments[-1].mono_end_ns
            self._tally.clear("encoder")
        self._unsegmented_ns = frame.mono_ns if self._unsegmented_ns is None else self._unsegmented_ns
        lag_us = (frame.mono_ns - self._unsegmented_ns) // 1000
        if lag_us <= LAG_SEGMENTS * self._encoder.segment_us:
            return
        message = f"the encoder took frames for {lag_us / SECOND_US:.1f} s and gave no segment"
        self._tally.fault("encoder", RecorderState.FAULT, message)
        if lag_us > 2 * LAG_SEGMENTS * self._encoder.segment_us:
            raise Stop(message)

    def _watch_masks(self, frame: Frame) -> None:
        while not self._leaks.empty():
            self._masks_changed(self._masks.cover(Cause.SELF_CHECK, self._leaks.get_nowait()))
        self._masks_changed(self._masks.poll(frame.mono_ns))
        ordered = self._orders.poll(self._masks, frame.mono_ns)
        if ordered is not None:
            self._masks_changed(ordered.change, ordered.reference)
        self._tally.ordered(self._orders.counter, self._orders.refused, self._orders.kept.fault)

    def _masks_changed(self, change: MaskChange | None, reference: str | None = None) -> None:
        """Notes a change; it is handed over once its first frame has closed the segment painted with the old masks."""
        if change is not None:
            _log_change(change)
            self._changes.append((change, reference))

    def _hand_over(self, matter: Matter) -> None:
        self._progress.enter(Stage.HAND_OVER)
        try:
            self._matters.put(matter, timeout=_HAND_OVER_TIMEOUT_S)
        except Full as error:
            raise StorageFault(
                f"the card took nothing for {_HAND_OVER_TIMEOUT_S:.0f} s; {QUEUE_SEGMENTS} segments wait in memory"
            ) from error
        self._progress.handed_over += 1

    def _sealing_failed(self) -> None:
        """Runs in the sealing thread; the frame loop must not wait for room that nobody makes any more."""
        self._failed.set()
        while not self._matters.empty():
            self._matters.get_nowait()

    def _end(self, reason: str) -> None:
        try:
            if self._worker.alive and not self._failed.is_set():
                self._finish(reason)
        finally:
            self._progress.enter(Stage.STOP)
            self._worker.join(_JOIN_TIMEOUT_S)

    def _finish(self, reason: str) -> None:
        """Hands over what is left; an encoder that fails at its end still gave what it had encoded before."""
        try:
            self._outgoing.segments(self._encoder.finish(), self._pauses)
        except Stop:
            self._outgoing.segments(self._encoder.finish(), self._pauses)
            raise
        finally:
            self._outgoing.close()
            self._hand_over(Ended(reason, None if self._last is None else Instant.of(self._last)))


def _log_change(change: MaskChange) -> None:
    if change.valid:
        _log.info("masks %s are in force", change.new_digest[:12])
    else:
        _log.error("the whole picture is painted over: %s", change.reason)
