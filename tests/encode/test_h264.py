"""The encoder: IDRs on request, packets at once, nothing of the encoder's own words, the same bytes on every run."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from edge.base.errors import Stop
from edge.base.frame import Geometry, split
from edge.encode.access_unit import AccessUnit, split_nals
from edge.encode.fmp4 import fragmented_mp4
from edge.encode.h264 import Codec, PyavEncoder, _copied, codec_of_board
from edge.encode.settings import EncoderSettings
from tests.encode.samples import FRAME_US, SETTINGS, decode, painted, picture, stamp

SIZES = [
    Geometry(64, 48, 64),
    Geometry(64, 48, 70),
    Geometry(98, 50, 128),
    Geometry(480, 360, 512),
    Geometry(16, 16, 16),
]


def units_of(geometry: Geometry, count: int, settings: EncoderSettings = SETTINGS) -> list[AccessUnit]:
    encoder = PyavEncoder(settings, geometry.width, geometry.height)
    units = [unit for i in range(count) for unit in encoder.encode(painted(i, geometry), keyframe=i % 5 == 0)]
    return units + encoder.flush()


@pytest.mark.parametrize("geometry", SIZES, ids=str)
def test_idrs_are_where_they_were_asked_for(geometry: Geometry) -> None:
    units = units_of(geometry, 12)
    assert [unit.keyframe for unit in units] == [i % 5 == 0 for i in range(12)]
    assert [unit.stamp for unit in units] == [stamp(i, width=geometry.width, height=geometry.height) for i in range(12)]


@pytest.mark.parametrize("geometry", [*SIZES, Geometry(638, 358, 638), Geometry(480, 270, 512)], ids=str)
def test_decoded_planes_are_the_pictures_own(geometry: Geometry) -> None:
    """Luma and chroma each lie where they should, whatever the height divides by."""
    durations_us = [FRAME_US] * 2
    (shown, *_) = decode(fragmented_mp4(units_of(geometry, 2), durations_us), geometry)
    flat = Geometry(geometry.width, geometry.height, geometry.width)
    wanted, found = split(picture(geometry, 0), geometry), split(shown.copy(), flat)
    for name in ("y", "u", "v"):
        apart = np.abs(getattr(wanted, name).astype(int) - getattr(found, name))
        assert apart.mean() < 4, name


def test_copied_picture_is_encoded_as_the_camera_s_own() -> None:
    """What a hardware encoder is given is what x264 looks at."""
    frame = painted(3, Geometry(96, 64, 128)).frame
    direct = VideoFrame.from_numpy_buffer(frame.picture, "yuv420p", width=96)
    assert np.array_equal(_copied(frame).to_ndarray(), direct.to_ndarray())


@pytest.mark.parametrize("threads", [1, 4])
def test_each_packet_returns_in_the_call_that_gave_its_frame(threads: int) -> None:
    encoder = PyavEncoder(replace(SETTINGS, threads=threads), 64, 48)
    for i in range(5):
        assert [unit.stamp.number for unit in encoder.encode(painted(i), keyframe=False)] == [i]
    assert encoder.flush() == []


@pytest.mark.parametrize("bitrate_bps", [64_000, 1_500_000])
def test_same_frames_give_the_same_bytes(bitrate_bps: int) -> None:
    geometry, settings = Geometry(320, 240, 320), replace(SETTINGS, bitrate_bps=bitrate_bps)
    assert units_of(geometry, 12, settings) == units_of(geometry, 12, settings)


def test_padding_of_the_rows_does_not_reach_the_encoder() -> None:
    tight, wide = units_of(Geometry(64, 48, 64), 6), units_of(Geometry(64, 48, 128), 6)
    assert [unit.data for unit in tight] == [unit.data for unit in wide]


def test_one_sample_of_the_picture_does_reach_the_encoder() -> None:
    """The control of the test above."""
    frame = painted(0)
    frame.frame.picture[20, 20] ^= 0x80
    (changed,) = PyavEncoder(SETTINGS, 64, 48).encode(frame, keyframe=True)
    assert changed.data != units_of(Geometry(64, 48, 64), 1)[0].data


def test_encoder_says_nothing_of_itself() -> None:
    units = units_of(Geometry(64, 48, 64), 12)
    assert {nal[0] & 0x1F for unit in units for nal in split_nals(unit.data)} == {1, 5, 7, 8}
    assert not any(b"x264" in unit.data for unit in units)


def test_the_library_would_say_it() -> None:
    """The control of the test above: libx264's first packet, as it comes, names x264 and its settings."""
    context = av.CodecContext.create("libx264", "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height, context.pix_fmt, context.time_base = 64, 48, "yuv420p", Fraction(1, 10)
    frame = av.VideoFrame.from_ndarray(picture(Geometry(64, 48, 64), 0), "yuv420p")
    assert any(b"x264" in bytes(packet) for packet in [*context.encode(frame), *context.encode(None)])


def test_picture_may_be_written_to_once_encode_returns() -> None:
    frame, encoder = painted(0), PyavEncoder(SETTINGS, 64, 48)
    units = encoder.encode(frame, keyframe=True)
    frame.frame.picture[:] = 16
    units += encoder.encode(painted(1), keyframe=False)
    assert units == units_of(Geometry(64, 48, 64), 2)


def test_bitrate_is_held() -> None:
    geometry = Geometry(320, 240, 320)
    settings = replace(SETTINGS, bitrate_bps=200_000)
    encoder = PyavEncoder(settings, 320, 240)
    frames = [painted(i, geometry) for i in range(60)]
    units = [unit for i, frame in enumerate(frames) for unit in encoder.encode(frame, keyframe=i % 20 == 0)]
    assert sum(len(unit.data) for unit in units) * 8 <= settings.bitrate_bps * (6 + settings.vbv_s)


@pytest.mark.parametrize("geometry", [Geometry(66, 48, 66), Geometry(64, 50, 64)], ids=str)
def test_picture_of_another_size_is_refused(geometry: Geometry) -> None:
    encoder = PyavEncoder(SETTINGS, 64, 48)
    with pytest.raises(Stop, match=r"encoder libx264 failed at frame 0: .* does not fit"):
        encoder.encode(painted(0, geometry), keyframe=True)


def test_array_of_another_shape_than_its_geometry_is_refused() -> None:
    frame = painted(0)
    wrong = replace(frame, frame=replace(frame.frame, picture=frame.frame.picture[:-1]))
    with pytest.raises(Stop, match="does not fit"):
        PyavEncoder(SETTINGS, 64, 48).encode(wrong, keyframe=True)


def test_frame_after_the_end_is_refused() -> None:
    encoder = PyavEncoder(SETTINGS, 64, 48)
    encoder.flush()
    with pytest.raises(Stop, match="encoder libx264 failed"):
        encoder.encode(painted(0), keyframe=True)
    with pytest.raises(Stop, match="at the end"):
        encoder.flush()


class DeafContext:
    """libavcodec's encoder, except that it makes no IDR but the first."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def encode(self, frame: av.VideoFrame) -> Any:
        frame.pict_type = 0
        return self._context.encode(frame)


class LateContext(DeafContext):
    """An encoder that returns the packets of another time."""

    def encode(self, frame: av.VideoFrame) -> Any:
        frame.pts = 1000
        return self._context.encode(frame)


def test_encoder_that_makes_no_idr_is_noticed() -> None:
    encoder = PyavEncoder(SETTINGS, 64, 48)
    encoder.encode(painted(0), keyframe=True)
    encoder._context = cast(Any, DeafContext(encoder._context))
    with pytest.raises(Stop, match="made no IDR of frame 1, though it was asked to"):
        encoder.encode(painted(1), keyframe=True)


def test_packet_that_belongs_to_no_frame_is_refused() -> None:
    encoder = PyavEncoder(SETTINGS, 64, 48)
    encoder._context = cast(Any, LateContext(encoder._context))
    with pytest.raises(Stop, match="returned a packet of time 1000, which no frame has"):
        encoder.encode(painted(0), keyframe=True)


def test_frames_that_the_encoder_keeps_are_noticed() -> None:
    class Empty:
        def encode(self, frame: av.VideoFrame | None) -> list[bytes]:
            return []

    encoder = PyavEncoder(SETTINGS, 64, 48)
    encoder._context = cast(Any, Empty())
    encoder.encode(painted(0), keyframe=True)
    with pytest.raises(Stop, match="kept 1 frames for itself"):
        encoder.flush()


def test_encoder_that_cannot_be_opened_says_so() -> None:
    with pytest.raises(Stop, match=r"encoder libx264 cannot be opened: Invalid argument$"):
        PyavEncoder(SETTINGS, 20_000, 20_000)


@pytest.mark.skipif(Path("/dev/video11").exists(), reason="this board has the device")
def test_board_encoder_without_its_device_says_so() -> None:
    with pytest.raises(Stop, match="encoder h264_v4l2m2m cannot be opened"):
        PyavEncoder(SETTINGS, 64, 48, Codec.V4L2)


def test_codec_goes_by_the_device(tmp_path: Path) -> None:
    device = tmp_path / "video11"
    assert codec_of_board(device) is Codec.X264
    device.touch()
    assert codec_of_board(device) is Codec.V4L2
