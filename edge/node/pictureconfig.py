"""``[source]`` and ``[encoder]`` of ``node.toml``: where frames come from, and how they are encoded."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from edge.base.model import Strict
from edge.base.paths import ConfigPath
from edge.encode.settings import EncoderSettings, Preset
from edge.node.picameraconfig import PicameraConfig, bitrate_fault, picture_fault
from edge.wire.advice import ladder

BITRATE_MIN_BPS = 64_000
SIZE, FPS = (1280, 960), 15
"""What a source without a size and rate of its own is asked for (R-MATSUDO-09)."""


class SourceConfig(Strict):
    """``[source]``: where frames come from.

    Attributes:
        kind: ``street`` is drawn in code; ``file`` needs ``path``; ``v4l2`` takes a device such as ``/dev/video0``;
            ``picamera`` is a Raspberry Pi's camera.
        width, height: 0 for the source's own size; all but a file: ``SIZE``.
        fps: 0 for the source's own rate; all but a file: ``FPS``.
        fast: as fast as it goes, on a simulated clock.
    """

    kind: Literal["street", "file", "v4l2", "picamera"]
    path: ConfigPath | None = None
    loop: bool = False
    width: Annotated[int, Field(ge=0, le=4096, multiple_of=2)] = 0
    height: Annotated[int, Field(ge=0, le=4096, multiple_of=2)] = 0
    fps: Annotated[int, Field(ge=0, le=60)] = 0
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 1
    rain_percent: Annotated[int, Field(ge=0, le=100)] = 0
    behind: Literal["a", "b"] = "a"
    fast: bool = False
    picamera: PicameraConfig | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> SourceConfig:
        if (self.width == 0) != (self.height == 0):
            raise ValueError("give both width and height, or neither")
        if (self.path is None) != (self.kind in ("street", "picamera")):
            raise ValueError("kinds file and v4l2 need a path, street and picamera take none")
        if self.kind in ("v4l2", "picamera") and self.fast:
            raise ValueError("a device cannot run faster than time; leave out fast")
        if self.kind != "picamera" and self.picamera is not None:
            raise ValueError(f"[source.picamera] is for kind picamera, not {self.kind}")
        return self

    @model_validator(mode="after")
    def _a_raspberry_pi_can_give_it(self) -> SourceConfig:
        if self.kind == "picamera":
            fault = picture_fault(self.size or SIZE, self.fps or FPS, self.of_picamera.small)
            if fault is not None:
                raise ValueError(fault)
        return self

    @property
    def of_picamera(self) -> PicameraConfig:
        """What is set of a Raspberry Pi's camera."""
        return self.picamera or PicameraConfig()

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height where they are asked for."""
        return (self.width, self.height) if self.width else None


class EncoderConfig(Strict):
    """``[encoder]``: H.264 settings; see ``edge.encode.settings``.

    Attributes:
        bitrate_floor_bps: as low as the bitrate may step where the line could not carry the footage before it expires
            (``edge.uplink.adaptation``); a third of ``bitrate_bps`` unless given, ``bitrate_bps`` itself for no steps.
    """

    bitrate_bps: Annotated[int, Field(ge=BITRATE_MIN_BPS, le=20_000_000)] = 1_500_000
    bitrate_floor_bps: Annotated[int, Field(ge=BITRATE_MIN_BPS, le=20_000_000)] | None = None
    preset: Annotated[Preset, Field(strict=False)] = Preset.SUPERFAST
    quality: Annotated[int, Field(ge=0, le=51)] = 21
    threads: Annotated[int, Field(ge=1, le=4)] = 1

    @field_validator("bitrate_floor_bps")
    @classmethod
    def _floor_lies_below(cls, floor_bps: int | None, info: ValidationInfo) -> int | None:
        bitrate_bps = info.data.get("bitrate_bps")
        if floor_bps is not None and bitrate_bps is not None and floor_bps > bitrate_bps:
            raise ValueError(f"{floor_bps} lies above bitrate_bps, {bitrate_bps}; a floor is at most that")
        return floor_bps

    @property
    def rungs(self) -> tuple[int, ...]:
        """The bitrates that may be used, highest first."""
        floor_bps = max(BITRATE_MIN_BPS, self.bitrate_bps // 3)
        return ladder(self.bitrate_bps, self.bitrate_floor_bps or floor_bps)

    def settings(self, fps: Fraction, bitrate_bps: int | None = None) -> EncoderSettings:
        """Returns the encoder's settings for a source's rate, at another bitrate than the configured one if given."""
        return EncoderSettings(
            bitrate_bps=bitrate_bps or self.bitrate_bps,
            fps=fps,
            preset=self.preset,
            quality=self.quality,
            threads=self.threads,
        )


def fits_source(encoder: EncoderConfig, info: ValidationInfo) -> EncoderConfig:
    """Refuses bitrates that the encoder of the source before it in the file cannot be set to."""
    source = info.data.get("source")
    fault = bitrate_fault(encoder.rungs) if source is not None and source.kind == "picamera" else None
    if fault is not None:
        raise ValueError(fault)
    return encoder
