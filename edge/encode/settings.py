"""How the encoder is set, for our own encoder and, word for word, for any other program that is compared with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from edge.base.clock import SECOND_US
from edge.base.errors import BadConfiguration


class Preset(StrEnum):
    """x264's presets that a node can keep up with; each step takes more CPU and gives a better picture."""

    ULTRAFAST = "ultrafast"
    SUPERFAST = "superfast"
    VERYFAST = "veryfast"
    FASTER = "faster"
    FAST = "fast"


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """Settings of the H.264 encoder.

    Attributes:
        bitrate_bps: upper limit, held over ``vbv_s``; a quiet street takes less.
        fps: nominal frames a second; real frames may come later or go missing.
        preset: x264's preset.
        quality: x264's constant rate factor, 0 to 51; lower is better. What it wants is given up to ``bitrate_bps``.
        segment_s: length of a segment, which is one closed GOP.
        vbv_s: how many seconds of ``bitrate_bps`` the rate may run ahead, so that an IDR has room.
        threads: slices encoded at once. With more than one, packets still return at once, but near the rate's limit
            x264 lets slices look at each other's progress: two runs then differ in bytes, and each slice costs bits.

    Raises:
        BadConfiguration: a value out of its bounds.
    """

    bitrate_bps: int = 1_500_000
    fps: Fraction = Fraction(15)
    preset: Preset = Preset.SUPERFAST
    quality: int = 21
    segment_s: int = 2
    vbv_s: Fraction = Fraction(1)
    threads: int = 1

    def __post_init__(self) -> None:
        _bound("bitrate_bps", self.bitrate_bps, 64_000, 50_000_000)
        _bound("fps", self.fps, Fraction(1, 10), 120)
        _bound("quality", self.quality, 0, 51)
        _bound("segment_s", self.segment_s, 1, 10)
        _bound("vbv_s", self.vbv_s, Fraction(1, 4), 10)
        _bound("threads", self.threads, 1, 16)

    @property
    def frame_us(self) -> int:
        """Nominal duration of a frame, microseconds."""
        return round(SECOND_US / self.fps)


def x264_params(settings: EncoderSettings) -> str:
    """Returns what ``ffmpeg -x264-params`` takes for the same encoding.

    No B-frames, no lookahead and slices for threads: a frame's packet returns in the call that gave the frame, so a
    power cut costs what its segment holds and nothing more. ``keyint=infinite``: IDRs are where segments are cut, and
    nowhere else. ``force-cfr``: rates are counted in frames, so that a stepped clock cannot change the picture.
    """
    kbit = settings.bitrate_bps // 1000
    return ":".join(
        (
            f"crf={settings.quality}",
            f"vbv-maxrate={kbit}",
            f"vbv-bufsize={int(kbit * settings.vbv_s)}",
            "keyint=infinite:min-keyint=1:scenecut=0:open-gop=0:bframes=0",
            "rc-lookahead=0:sync-lookahead=0:mbtree=0:force-cfr=1",
            f"sliced-threads=1:threads={settings.threads}",
            "repeat-headers=1:annexb=1:aud=0",
        )
    )


def ffmpeg_arguments(settings: EncoderSettings) -> tuple[str, ...]:
    """Returns the output arguments that make the ffmpeg command encode as we do, IDRs every ``segment_s`` included."""
    return (
        *("-c:v", "libx264", "-preset", settings.preset.value, "-x264-params", x264_params(settings)),
        *("-forced-idr", "1", "-force_key_frames", f"expr:gte(t,n_forced*{settings.segment_s})"),
        *("-pix_fmt", "yuv420p", "-threads", str(settings.threads)),
    )


def _bound(name: str, value: Fraction | int, low: Fraction | int, high: Fraction | int) -> None:
    if not low <= value <= high:
        raise BadConfiguration(f"encoder: {name} is {value}; it must be between {low} and {high}")
