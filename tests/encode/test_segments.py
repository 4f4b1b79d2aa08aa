"""Segments: each decodes on its own by a decoder that is not ours, and none mixes what must be apart."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from edge.base.clock import SECOND_US, from_iso
from edge.base.errors import Stop
from edge.base.frame import Frame, Geometry, PaintedFrame, Picture
from edge.encode.access_unit import AccessUnit
from edge.encode.cut import CutRules
from edge.encode.h264 import MakeEncoder, PyavEncoder
from edge.encode.segments import Segment, SegmentAssembler, SegmentEncoder
from edge.encode.settings import EncoderSettings
from tests.encode.samples import (
    FRAME_US,
    RULES,
    SETTINGS,
    SMALL,
    START_US,
    TOKYO,
    decode,
    durations,
    encode,
    moment,
    painted,
    probe,
    stamp,
)

TEN_YEARS_US = 315_360_000 * SECOND_US


class LateEncoder(PyavEncoder):
    """Holds three units back, as hardware encoders do."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__(SETTINGS, width, height)
        self._held: list[AccessUnit] = []

    def encode(self, painted: PaintedFrame, *, keyframe: bool) -> list[AccessUnit]:
        self._held += super().encode(painted, keyframe=keyframe)
        ready, self._held = self._held[:-3], self._held[-3:]
        return ready

    def flush(self) -> list[AccessUnit]:
        return self._held + super().flush()


class DeafEncoder(PyavEncoder):
    """Makes no IDR but the first, whatever it is asked for."""

    def encode(self, painted: PaintedFrame, *, keyframe: bool) -> list[AccessUnit]:
        return super().encode(painted, keyframe=False)


@pytest.mark.parametrize(
    "geometry",
    [Geometry(64, 48, 64), Geometry(64, 48, 70), Geometry(98, 50, 128), Geometry(480, 360, 480)],
    ids=str,
)
def test_each_segment_decodes_on_its_own(geometry: Geometry) -> None:
    segments = encode(painted(i, geometry) for i in range(45))
    assert [segment.frames for segment in segments] == [20, 20, 5]
    number = 0
    for segment in segments:
        pictures = decode(segment.mp4, geometry)
        assert len(pictures) == segment.frames
        for shown in pictures:
            assert psnr(shown[: geometry.height], painted(number, geometry).frame.planes().y) > 28
            number += 1


def psnr(one: Picture, other: Picture) -> float:
    error = float(np.mean((one.astype(float) - other.astype(float)) ** 2))
    return 10 * float(np.log10(255**2 / max(error, 1e-9)))


def test_segment_starts_on_keyframe_and_has_no_other() -> None:
    for segment in encode(painted(i) for i in range(45)):
        flags = [packet["flags"] for packet in probe(segment.mp4, "packet=flags")["packets"]]
        assert ["K" in flag for flag in flags] == [True] + [False] * (segment.frames - 1)


def test_segments_say_when_they_were_taken_and_by_what_masks() -> None:
    first, second = encode(painted(i) for i in range(25))
    assert first == Segment(
        mp4=first.mp4,
        wall_start_us=START_US,
        wall_end_us=START_US + 2_000_000,
        mono_start_ns=5_000_000_000,
        mono_end_ns=7_000_000_000,
        frames=20,
        frames_missed=0,
        width=64,
        height=48,
        mask_digest="a" * 64,
        floor_digest="b" * 64,
        blanked=False,
    )
    assert (second.wall_start_us, second.wall_end_us) == (START_US + 2_000_000, START_US + 2_500_000)
    assert (second.mono_start_ns, second.mono_end_ns) == (7_000_000_000, 7_500_000_000)


def test_one_frame_makes_a_segment_of_nominal_duration() -> None:
    (segment,) = encode([painted(0)])
    assert (segment.frames, segment.wall_end_us - segment.wall_start_us) == (1, FRAME_US)
    assert len(decode(segment.mp4, SMALL)) == 1


def test_no_frame_makes_no_segment() -> None:
    assert encode([]) == []


def test_two_runs_give_the_same_bytes() -> None:
    assert encode(painted(i) for i in range(45)) == encode(painted(i) for i in range(45))


def test_real_capture_times_are_kept() -> None:
    offsets_us = [0, 100_003, 180_000, 333_333, 400_000, 1_200_000, 1_200_001, 1_900_000]
    frames = [painted(i, **moment(START_US + offset)) for i, offset in enumerate(offsets_us)]
    (segment,) = encode(frames)
    assert [packet["pts"] for packet in probe(segment.mp4, "packet=pts")["packets"]] == offsets_us
    assert durations(segment.mp4)[-1] == FRAME_US
    assert segment.wall_end_us == START_US + 1_900_000 + FRAME_US


def test_last_frame_lasts_until_the_next_segment() -> None:
    jitter_us = [(i * 7919) % 30_000 for i in range(45)]
    frames = [painted(i, **moment(START_US + i * FRAME_US + late)) for i, late in enumerate(jitter_us)]
    segments = encode(frames)
    assert len(segments) == 3
    for before, after in pairwise(segments):
        assert before.wall_end_us == after.wall_start_us
        assert before.wall_start_us + sum(durations(before.mp4)) == before.wall_end_us


def test_segment_ends_at_midnight_in_tokyo() -> None:
    midnight = from_iso("2026-01-06T00:00:00+09:00")
    frames = [painted(i, **moment(midnight - 750_000 + i * FRAME_US)) for i in range(20)]
    before, after = encode(frames)
    assert (before.frames, after.frames) == (8, 12)
    assert before.wall_start_us < midnight <= after.wall_start_us < midnight + FRAME_US


@pytest.mark.parametrize("change", [{"mask_digest": "c" * 64}, {"floor_digest": "c" * 64}, {"blanked": True}])
def test_segment_never_mixes_masks(change: dict[str, Any]) -> None:
    before, after = encode([painted(i, **(change if i >= 7 else {})) for i in range(15)])
    assert (before.frames, after.frames) == (7, 8)
    assert (before.mask_digest, before.floor_digest, before.blanked) == ("a" * 64, "b" * 64, False)
    assert {"mask_digest": after.mask_digest, "floor_digest": after.floor_digest, "blanked": after.blanked} == {
        "mask_digest": "a" * 64,
        "floor_digest": "b" * 64,
        "blanked": False,
    } | change


def test_encoder_that_makes_no_idr_cannot_mix_masks() -> None:
    """The control: the encoder's driver asks, the encoder does not obey, the assembler refuses."""
    encoder = SegmentEncoder(lambda width, height: DeafEncoder(SETTINGS, width, height), RULES)
    encoder.push(painted(0))
    with pytest.raises(Stop, match=r"frame 1 must begin a segment \(masks\)"):
        encoder.push(painted(1, mask_digest="c" * 64))


def test_missed_frames_are_counted_where_they_are_missing() -> None:
    numbers = [2, 3, 5, 9, *range(10, 22), 24, 25]
    first, second = encode(painted(i) for i in numbers)
    assert (first.frames, first.frames_missed, first.missed_before) == (16, 2 + 1 + 3, 2)
    assert (second.frames, second.frames_missed, second.missed_before) == (2, 2, 2)
    assert first.wall_end_us == START_US + 21 * FRAME_US + FRAME_US
    assert second.wall_start_us == START_US + 24 * FRAME_US


def test_gap_closes_the_segment_and_is_not_bridged() -> None:
    before, after = encode(painted(i) for i in [0, 1, 2, 30, 31])
    assert (before.frames, before.wall_end_us) == (3, START_US + 3 * FRAME_US)
    assert (after.frames, after.frames_missed, after.wall_start_us) == (2, 27, START_US + 30 * FRAME_US)


def test_clock_that_runs_back_closes_the_segment() -> None:
    set_us = START_US - 5_000_000
    frames = [painted(i) for i in range(3)] + [painted(i, wall_us=set_us + i * FRAME_US) for i in range(3, 5)]
    before, after = encode(frames)
    assert (before.frames, before.wall_end_us) == (3, START_US + 3 * FRAME_US)
    assert (after.frames, after.wall_start_us, after.frames_missed) == (2, set_us + 3 * FRAME_US, 0)
    assert before.mono_end_ns == after.mono_start_ns == 5_300_000_000


@pytest.mark.parametrize("step_us", [-TEN_YEARS_US, -SECOND_US, -6000, 6000, 900_000, SECOND_US, TEN_YEARS_US])
def test_setting_the_clock_shows_in_no_segments_length(step_us: int) -> None:
    """Two segments of three frames, whatever the clock was set by between them; the pause between is nobody's."""
    walls = [START_US + i * FRAME_US + (step_us if i >= 3 else 0) for i in range(6)]
    before, after = encode(painted(i, wall_us=wall_us) for i, wall_us in enumerate(walls))
    for segment in (before, after):
        assert (segment.frames, segment.wall_end_us - segment.wall_start_us) == (3, 3 * FRAME_US)
        assert segment.mono_end_ns - segment.mono_start_ns == 3 * FRAME_US * 1000
        assert durations(segment.mp4) == [FRAME_US] * 3
    assert after.wall_start_us - before.wall_end_us == step_us


def test_clock_that_is_set_during_a_silence_bridges_nothing() -> None:
    before, _ = encode([painted(0), painted(1), painted(2, wall_us=START_US, mono_ns=65_000_000_000)])
    assert before.wall_end_us == START_US + 2 * FRAME_US


def test_monotonic_clock_that_stands_takes_nominal_durations() -> None:
    """No kernel's clock does that; two pictures that a driver stamps alike must not spoil a file all the same."""
    first, *others = encode(painted(i, mono_ns=7) for i in range(4))
    assert (first.mono_start_ns, first.mono_end_ns) == (7, 7 + FRAME_US * 1000)
    assert [other.frames for other in others] == [1, 1, 1]


@pytest.mark.parametrize("also", [{}, {"wall_us": START_US}, {"wall_us": START_US + 60_000_000}])
def test_picture_that_changes_size_opens_a_segment_of_that_size(also: dict[str, int]) -> None:
    other = Geometry(98, 50, 98)
    before, after = encode([painted(0), painted(1), painted(2, other, **also)])
    assert (before.width, before.height, after.width, after.height) == (64, 48, 98, 50)
    assert len(decode(before.mp4, SMALL)) == 2 and len(decode(after.mp4, other)) == 1


def test_encoder_that_lags_makes_the_same_segments() -> None:
    frames = [painted(i, blanked=30 <= i < 33) for i in range(45)]
    assert encode(frames, LateEncoder) == encode(frames)


def test_recording_goes_on_after_finish() -> None:
    encoder = SegmentEncoder(lambda width, height: PyavEncoder(SETTINGS, width, height), RULES)
    encoder.push(painted(0))
    assert [segment.frames for segment in encoder.finish()] == [1]
    encoder.push(painted(1))
    (segment,) = encoder.finish()
    assert (segment.wall_start_us, segment.frames_missed) == (START_US + FRAME_US, 0)
    assert len(decode(segment.mp4, SMALL)) == 1


class FailingEncoder(PyavEncoder):
    """Fails at the third frame, or at the end."""

    def encode(self, painted: PaintedFrame, *, keyframe: bool) -> list[AccessUnit]:
        if painted.frame.number == 2:
            raise Stop("encoder libx264 failed at frame 2")
        return super().encode(painted, keyframe=keyframe)

    def flush(self) -> list[AccessUnit]:
        raise Stop("encoder libx264 failed at the end")


@pytest.mark.parametrize("pushed", [2, 3])
def test_what_was_encoded_before_a_fault_is_kept(pushed: int) -> None:
    encoder = SegmentEncoder(lambda width, height: FailingEncoder(SETTINGS, width, height), RULES)
    with pytest.raises(Stop, match="failed at"):
        for i in range(pushed):
            encoder.push(painted(i))
        encoder.finish()
    (segment,) = encoder.finish()
    assert segment.frames == len(decode(segment.mp4, SMALL)) == 2


def test_unit_that_is_no_idr_cannot_begin_a_segment() -> None:
    units = [unit for i in range(2) for unit in begun().encode(painted(i), keyframe=False)]
    with pytest.raises(Stop, match=r"frame 1 must begin a segment \(first frame\)"):
        SegmentAssembler(RULES).add(replace(units[0], keyframe=False, stamp=stamp(1)))


def begun() -> PyavEncoder:
    return PyavEncoder(SETTINGS, 64, 48)


@pytest.mark.parametrize("number", [3, 2, 0])
def test_frames_that_are_not_numbered_upwards_are_refused(number: int) -> None:
    encoder = SegmentEncoder(lambda width, height: PyavEncoder(SETTINGS, width, height), RULES)
    encoder.push(painted(3))
    with pytest.raises(Stop, match=f"frame {number} came after frame 3"):
        encoder.push(painted(4, number=number))


def test_default_rate_gives_a_good_picture() -> None:
    """1280x960 at 15 frames a second and 1.5 Mbit/s: a picture like the source, within the rate."""
    geometry, settings = Geometry(1280, 960, 1280), EncoderSettings()
    frames = [street_like(geometry, i, settings.frame_us) for i in range(31)]
    segments = encode(frames, lambda width, height: PyavEncoder(settings, width, height), CutRules.of(settings, TOKYO))
    assert [segment.frames for segment in segments] == [30, 1]
    shown = np.concatenate([decode(segment.mp4, geometry) for segment in segments])
    assert min(psnr(one[:960], frame.frame.planes().y) for one, frame in zip(shown, frames, strict=True)) > 34
    assert len(segments[0].mp4) * 8 <= settings.bitrate_bps * (2 + settings.vbv_s)


def street_like(geometry: Geometry, number: int, frame_us: int) -> PaintedFrame:
    """A still background of many small surfaces with three things that move through it."""
    coarse = np.random.default_rng(7).integers(60, 180, (90, 80), dtype=np.uint8)
    scene = np.kron(coarse, np.ones((16, 16), np.uint8))
    for top, speed in ((200, 9), (500, -14), (700, 4)):
        left = (300 + number * speed) % 1100
        scene[top : top + 120, left : left + 90] = 180 + top // 20
    scene[960:] = 128
    frame = Frame(scene, geometry, START_US + number * frame_us, number * frame_us * 1000, number)
    return PaintedFrame(frame, "a" * 64, "b" * 64, False)


class Counted:
    """Makes real encoders of one bitrate and counts them."""

    def __init__(self, bitrate_bps: int) -> None:
        self.settings, self.made = replace(SETTINGS, bitrate_bps=bitrate_bps), 0

    def __call__(self, width: int, height: int) -> PyavEncoder:
        self.made += 1
        return PyavEncoder(self.settings, width, height)


RICH, POOR = 4_000_000, 64_000
POOR_BYTES = 3 * POOR // 8
"""Most that a segment of 2 s takes: the rate may run ahead by one second."""
BUSY = Geometry(320, 240, 320)


def step_at(encoder: SegmentEncoder, index: int, make: Any, frames: int = 70) -> list[Segment]:
    segments = []
    for i in range(frames):
        if i == index:
            encoder.renew(make)
        segments += encoder.push(painted(i, BUSY))
    return segments + encoder.finish()


@pytest.mark.parametrize("index", [0, 1, 20, 25, 39, 40])
def test_new_encoder_begins_with_a_segment_and_no_frame_is_lost(index: int) -> None:
    rich, poor = Counted(RICH), Counted(POOR)
    segments = step_at(SegmentEncoder(rich, RULES), index, poor)
    assert [segment.frames for segment in segments] == [20, 20, 20, 10]
    assert (rich.made, poor.made) == (min(index, 1), 1)
    first_poor = -(-index // 20)
    for place, (segment, after) in enumerate(pairwise(segments)):
        assert segment.wall_end_us == after.wall_start_us
        assert (len(segment.mp4) > POOR_BYTES + 2048) is (place < first_poor)
    shown = [picture for segment in segments for picture in decode(segment.mp4, BUSY)]
    assert len(shown) == 70
    for number, picture in enumerate(shown):
        assert psnr(picture[: BUSY.height], painted(number, BUSY).frame.planes().y) > 20


def test_late_units_of_the_old_encoder_are_not_lost_over_a_step() -> None:
    encoder = SegmentEncoder(LateEncoder, RULES)
    segments = []
    for i in range(45):
        if i == 25:
            encoder.renew(LateEncoder)
        segments += encoder.push(painted(i))
    assert [segment.frames for segment in segments + encoder.finish()] == [20, 20, 5]


class Forgetful(SegmentEncoder):
    """Takes the new encoder at once, wherever it is, and drops the old one with what it holds."""

    def renew(self, make_encoder: MakeEncoder) -> None:
        self._make_encoder, self._encoder = make_encoder, None


def test_step_within_a_segment_would_be_noticed() -> None:
    """Control of the tests above: a new encoder begins with an IDR, so a segment would be cut short, or frames lost."""
    segments = step_at(Forgetful(Counted(RICH), RULES), 25, Counted(POOR))
    assert [segment.frames for segment in segments] != [20, 20, 20, 10]


def test_last_renewal_before_a_segment_counts() -> None:
    first, second = Counted(RICH), Counted(POOR)
    encoder = SegmentEncoder(Counted(RICH), RULES)
    for i in range(10):
        encoder.push(painted(i))
    encoder.renew(first)
    encoder.renew(second)
    assert encoder.renewing
    for i in range(10, 25):
        encoder.push(painted(i))
    assert not encoder.renewing
    assert (first.made, second.made) == (0, 1)
