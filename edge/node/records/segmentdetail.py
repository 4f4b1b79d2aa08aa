"""What a SEGMENT record says of a segment, and its times."""

from __future__ import annotations

from edge.base.clock import ClockQuality
from edge.encode.segments import Segment
from edge.node.time.dayrule import Choice
from edge.seal import manifest
from edge.seal.chain import InForce, Stamp
from edge.seal.sealing import Sealed


def segment_detail(segment: Segment, choice: Choice, key_list: str, sealed: Sealed) -> manifest.Segment:
    """Returns the record's own part; ``key_list`` is the list's hash."""
    return manifest.Segment(
        width=segment.width,
        height=segment.height,
        frames=segment.frames,
        frames_missed=segment.frames_missed,
        blanked=segment.blanked,
        day=choice.day,
        period=choice.pair.period,
        manager=choice.pair.manager,
        operator=choice.pair.operator,
        key_list=key_list,
        body_sha256=sealed.body_sha256,
        body_bytes=len(sealed.body),
        envelope_sha256=sealed.envelope_sha256,
    )


def digests_of(segment: Segment) -> InForce:
    """Returns the digests of the masks and floor that it was painted with."""
    return InForce(masks=segment.mask_digest, floor=segment.floor_digest)


def stamp_of(segment: Segment, clock: ClockQuality) -> Stamp:
    """Returns the segment's times, told on a clock of that quality."""
    return Stamp(
        start_us=segment.wall_start_us,
        end_us=max(segment.wall_start_us, segment.wall_end_us),
        mono_start_us=segment.mono_start_ns // 1000,
        mono_end_us=segment.mono_end_ns // 1000,
        clock=clock,
    )
