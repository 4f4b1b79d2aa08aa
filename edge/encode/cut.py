"""Where a segment ends: the one decision that both the encoder's driver and the assembler take.

A frame opens a new segment when one of these holds, asked in this order:
1. CLOCK: the wall clock was set since the segment's start, or a clock did not move on since the frame before.
2. GAP: the time or the frame numbers jump by more than ``gap_us``.
3. SIZE: the picture has another size.
4. MASKS: mask set, floor or blanking changed; a segment never mixes them.
5. DAY: its local day is another; a segment's start picks the day whose keys seal it.
6. LENGTH: it is the frame nearest ``segment_us`` after the segment's start.
Lengths are measured by the monotonic clock: the wall clock may be set at any frame.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from edge.base.clock import SECOND_US, STEP_US, to_datetime
from edge.encode.access_unit import FrameStamp
from edge.encode.settings import EncoderSettings

_QUARTER_HOUR_US = 900 * SECOND_US


class Cut(StrEnum):
    """Why a segment ended."""

    CLOCK = "clock"
    GAP = "gap"
    SIZE = "size"
    MASKS = "masks"
    DAY = "day"
    LENGTH = "length"


@dataclass(frozen=True, slots=True)
class CutRules:
    """Limits of a segment.

    Attributes:
        segment_us: its length.
        gap_us: a longer silence between two frames is not bridged.
        frame_us: nominal duration of a frame.
        zone: whose midnight counts.
    """

    segment_us: int
    gap_us: int
    frame_us: int
    zone: ZoneInfo

    @classmethod
    def of(cls, settings: EncoderSettings, zone: ZoneInfo, *, gap_s: int = 1) -> CutRules:
        """Returns the rules for an encoder's settings."""
        return cls(settings.segment_s * SECOND_US, gap_s * SECOND_US, settings.frame_us, zone)


def cut_before(first: FrameStamp, last: FrameStamp, following: FrameStamp, rules: CutRules) -> Cut | None:
    """Returns why ``following`` opens a new segment; None when it goes on with the one from ``first`` to ``last``."""
    return next((cut for cut, holds in _QUESTIONS if holds(first, last, following, rules)), None)


def local_day(wall_us: int, zone: ZoneInfo) -> date:
    """Returns the local date of a moment."""
    return to_datetime(wall_us).astimezone(zone).date()


def _clock(first: FrameStamp, last: FrameStamp, following: FrameStamp, _rules: CutRules) -> bool:
    stands = following.wall_us <= last.wall_us or following.mono_us <= last.mono_us
    set_by_us = (following.wall_us - following.mono_us) - (first.wall_us - first.mono_us)
    return stands or abs(set_by_us) > STEP_US


def _gap(_first: FrameStamp, last: FrameStamp, following: FrameStamp, rules: CutRules) -> bool:
    missed_us = (following.number - last.number - 1) * rules.frame_us
    return max(following.mono_us - last.mono_us, missed_us) > rules.gap_us


def _size(first: FrameStamp, _last: FrameStamp, following: FrameStamp, _rules: CutRules) -> bool:
    return (following.width, following.height) != (first.width, first.height)


def _masks(first: FrameStamp, _last: FrameStamp, following: FrameStamp, _rules: CutRules) -> bool:
    return following.masks != first.masks


def _day(first: FrameStamp, _last: FrameStamp, following: FrameStamp, rules: CutRules) -> bool:
    if following.wall_us // _QUARTER_HOUR_US == first.wall_us // _QUARTER_HOUR_US:
        return False  # no zone has its midnight off a quarter hour (the tz database, since 1972): a quick way out
    return local_day(following.wall_us, rules.zone) != local_day(first.wall_us, rules.zone)


def _length(first: FrameStamp, _last: FrameStamp, following: FrameStamp, rules: CutRules) -> bool:
    return following.mono_us - first.mono_us + rules.frame_us // 2 >= rules.segment_us


_QUESTIONS: tuple[tuple[Cut, Callable[[FrameStamp, FrameStamp, FrameStamp, CutRules], bool]], ...] = (
    (Cut.CLOCK, _clock),
    (Cut.GAP, _gap),
    (Cut.SIZE, _size),
    (Cut.MASKS, _masks),
    (Cut.DAY, _day),
    (Cut.LENGTH, _length),
)
