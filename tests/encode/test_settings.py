"""Encoder settings: their bounds, and the words that make ffmpeg encode the same."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from typing import Any

import pytest

from edge.base.errors import BadConfiguration
from edge.encode.settings import EncoderSettings, Preset, ffmpeg_arguments, x264_params

ACCEPTED: list[dict[str, Any]] = [
    {},
    {"bitrate_bps": 64_000},
    {"bitrate_bps": 50_000_000},
    {"fps": Fraction(1, 10)},
    {"fps": Fraction(30_000, 1001)},
    {"quality": 0},
    {"quality": 51},
    {"segment_s": 1},
    {"vbv_s": Fraction(1, 4)},
    {"threads": 4},
]
REJECTED: list[dict[str, Any]] = [
    {"bitrate_bps": 63_999},
    {"bitrate_bps": 50_000_001},
    {"fps": 0},
    {"fps": 121},
    {"quality": -1},
    {"quality": 52},
    {"segment_s": 0},
    {"segment_s": 11},
    {"vbv_s": 0},
    {"threads": 0},
]


@pytest.mark.parametrize("values", ACCEPTED)
def test_settings_within_bounds_are_taken(values: dict[str, Any]) -> None:
    EncoderSettings(**values)


@pytest.mark.parametrize("values", REJECTED)
def test_settings_out_of_bounds_are_refused_by_name(values: dict[str, Any]) -> None:
    with pytest.raises(BadConfiguration, match=f"encoder: {next(iter(values))} is .* between"):
        EncoderSettings(**values)


def test_frame_duration_is_rounded_to_microseconds() -> None:
    assert EncoderSettings().frame_us == 66_667
    assert EncoderSettings(fps=Fraction(30_000, 1001)).frame_us == 33_367


def test_x264_parameters_carry_rate_and_buffer() -> None:
    words = x264_params(EncoderSettings(bitrate_bps=800_000, vbv_s=Fraction(3, 2), quality=26)).split(":")
    assert {"crf=26", "vbv-maxrate=800", "vbv-bufsize=1200", "keyint=infinite", "bframes=0"} <= set(words)


@pytest.mark.parametrize("preset", Preset)
def test_ffmpeg_takes_the_arguments(preset: Preset) -> None:
    source = ("-f", "lavfi", "-i", "testsrc=size=64x48:rate=15:duration=4.1")
    arguments = ffmpeg_arguments(EncoderSettings(preset=preset))
    command = ("ffmpeg", "-v", "error", *source, *arguments, "-f", "h264", "-")
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0 and not done.stderr
    assert done.stdout.count(b"\0\0\1\x65") == 3
