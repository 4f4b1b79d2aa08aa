"""Segments: about two seconds of video each, from an IDR on, each a file that decodes on its own."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from edge.base.errors import Stop
from edge.base.frame import PaintedFrame
from edge.encode.access_unit import AccessUnit, FrameStamp
from edge.encode.cut import Cut, CutRules, cut_before
from edge.encode.fmp4 import fragmented_mp4
from edge.encode.h264 import Encoder, MakeEncoder


@dataclass(frozen=True, slots=True)
class Segment:
    """A finished segment.

    Attributes:
        mp4: fragmented MP4 whose time 0 is ``wall_start_us``, in microseconds.
        wall_start_us: UTC of the first frame; its local date is the segment's day.
        wall_end_us: the same for its end: start and monotonic length, so that no setting of the clock shows in it. It
            reaches to the next segment's start unless something is missing between or the clock was set.
        mono_start_ns: monotonic time of the first frame.
        mono_end_ns: the same for the end.
        frames: how many it holds.
        frames_missed: frames that the camera numbered and nobody got, inside and just before it.
        missed_before: how many of these came just before it.
        mask_digest: of the mask set painted on every frame of it.
        floor_digest: of the floor that held.
        blanked: every frame is painted over entirely.
    """

    mp4: bytes
    wall_start_us: int
    wall_end_us: int
    mono_start_ns: int
    mono_end_ns: int
    frames: int
    frames_missed: int
    width: int
    height: int
    mask_digest: str
    floor_digest: str
    blanked: bool
    missed_before: int = 0


class SegmentAssembler:
    """Gathers access units and closes a segment at each IDR; refuses a unit that goes on where a cut is due."""

    def __init__(self, rules: CutRules) -> None:
        self._rules = rules
        self._units: list[AccessUnit] = []
        self._missed = self._missed_before = 0
        self._number = -1

    def add(self, unit: AccessUnit) -> list[Segment]:
        """Takes the next access unit and returns the segment that it closes, if any.

        Raises:
            Stop: a unit without IDR where a segment must begin, or frames out of order.
        """
        stamp = unit.stamp
        if stamp.number <= self._number:
            raise Stop(f"frame {stamp.number} came after frame {self._number}; frames must be numbered upwards")
        cut = self._cut(stamp)
        if not unit.keyframe and (cut is not None or not self._units):
            raise Stop(f"frame {stamp.number} must begin a segment ({cut or 'first frame'}) and is no IDR")
        closed = [self._close(stamp, cut)] if unit.keyframe and self._units else []
        missed = stamp.number - self._number - 1
        if self._units:
            self._missed += missed
        else:
            self._missed_before = missed
        self._number = stamp.number
        self._units.append(unit)
        return closed

    def finish(self) -> list[Segment]:
        """Returns the last segment, if there is one begun."""
        return [self._close(None, None)] if self._units else []

    def _cut(self, stamp: FrameStamp) -> Cut | None:
        if not self._units:
            return None
        return cut_before(self._units[0].stamp, self._units[-1].stamp, stamp, self._rules)

    def _close(self, following: FrameStamp | None, cut: Cut | None) -> Segment:
        units, before, missed = self._units, self._missed_before, self._missed_before + self._missed
        self._units, self._missed = [], 0
        first, last = units[0].stamp, units[-1].stamp
        shown_us = _last_duration(last, following, cut, self._rules)
        durations_us = [after.stamp.mono_us - unit.stamp.mono_us for unit, after in pairwise(units)]
        return Segment(
            mp4=fragmented_mp4(units, [*durations_us, shown_us]),
            wall_start_us=first.wall_us,
            wall_end_us=first.wall_us + last.mono_us - first.mono_us + shown_us,
            mono_start_ns=first.mono_ns,
            mono_end_ns=last.mono_ns + shown_us * 1000,
            frames=len(units),
            frames_missed=missed,
            width=first.width,
            height=first.height,
            mask_digest=first.mask_digest,
            floor_digest=first.floor_digest,
            blanked=first.blanked,
            missed_before=before,
        )


class SegmentEncoder:
    """Encodes painted frames into segments; it owns the encoder, because a cut must be known before its frame is coded.

    Args:
        make_encoder: called for the first frame, whenever the picture's size changes, and after ``renew``.
        rules: where to cut.
    """

    def __init__(self, make_encoder: MakeEncoder, rules: CutRules) -> None:
        self._make_encoder = make_encoder
        self._rules = rules
        self._assembler = SegmentAssembler(rules)
        self._encoder: Encoder | None = None
        self._renewal: MakeEncoder | None = None
        self._first: FrameStamp | None = None
        self._last: FrameStamp | None = None

    @property
    def renewing(self) -> bool:
        """Whether a renewal still waits for its segment."""
        return self._renewal is not None

    @property
    def segment_us(self) -> int:
        """How long a segment is meant to be, microseconds."""
        return self._rules.segment_us

    def renew(self, make_encoder: MakeEncoder) -> None:
        """Lets the next segment begin with an encoder made like this; the old one codes every frame before it."""
        self._renewal = make_encoder

    def push(self, painted: PaintedFrame) -> list[Segment]:
        """Encodes a frame and returns the segments that it completed: none or one, more only if the encoder lags.

        Raises:
            Stop: the encoder failed, or frames came out of order.
        """
        stamp = FrameStamp.of(painted)
        cut = self._decide(stamp)
        opens = cut is not None or self._last is None
        closed = self._flush() if (opens and self._renewed()) or self._resized(stamp) else []
        encoder, self._encoder = self._encoder or self._make_encoder(stamp.width, stamp.height), None
        if opens:
            self._first = stamp
        self._last = stamp
        units = encoder.encode(painted, keyframe=opens)
        self._encoder = encoder  # one that failed is not asked again
        return closed + self._assemble(units)

    def finish(self) -> list[Segment]:
        """Returns what is left; the next frame begins afresh with a new encoder.

        Raises:
            Stop: the encoder failed now; called again, or after a ``push`` that failed, this returns what had been
                encoded before.
        """
        closed = self._flush() + self._assembler.finish()
        self._first = self._last = None
        return closed

    def _decide(self, stamp: FrameStamp) -> Cut | None:
        if self._first is None or self._last is None:
            return None
        return cut_before(self._first, self._last, stamp, self._rules)

    def _renewed(self) -> bool:
        self._make_encoder, self._renewal, renewed = self._renewal or self._make_encoder, None, self.renewing
        return renewed

    def _resized(self, stamp: FrameStamp) -> bool:
        return self._last is not None and (stamp.width, stamp.height) != (self._last.width, self._last.height)

    def _flush(self) -> list[Segment]:
        encoder, self._encoder = self._encoder, None
        return self._assemble(encoder.flush()) if encoder is not None else []

    def _assemble(self, units: list[AccessUnit]) -> list[Segment]:
        return [segment for unit in units for segment in self._assembler.add(unit)]


def _last_duration(last: FrameStamp, following: FrameStamp | None, cut: Cut | None, rules: CutRules) -> int:
    """Returns how long the last frame is shown, in microseconds.

    Up to the next frame when nothing is missing between; else the nominal duration, so that a segment never claims time
    that nobody saw.
    """
    if following is None or cut is Cut.GAP or following.mono_us <= last.mono_us:
        return rules.frame_us
    shown_us = following.mono_us - last.mono_us
    whole = following.number == last.number + 1 and shown_us <= rules.gap_us  # CLOCK is asked for before GAP
    return shown_us if whole else min(rules.frame_us, shown_us)
