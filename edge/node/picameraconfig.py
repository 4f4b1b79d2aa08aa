"""``[source.picamera]`` of ``node.toml``, and what a Raspberry Pi's camera and encoder can do."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from edge.base.model import Strict

Gain = Annotated[float, Field(gt=0.1, le=16.0)]
SizePx = Annotated[int, Field(ge=0, le=2048, multiple_of=2)]

PICTURE_BLOCKS, SECOND_BLOCKS = 8192, 245_760
"""Blocks of 16 x 16 pixels in a picture and in a second: H.264 level 4.0, which the hardware encoder is set to."""
BITRATE_BPS = (300_000, 10_000_000)
"""Below it the boards' firmware gives up on pictures (rpicam-apps issues 664 and 682: 10 to 290 kbit/s); above it a
picture may outgrow the encoder's buffers of 512 KiB."""


class PicameraConfig(Strict):
    """The table.

    Attributes:
        small_width, small_height: of a second picture of each frame, painted with the first; 0 for none.
        rotation, mirror: how the camera hangs.
        focus_dioptres: where a lens that moves is held; 0 is infinity, 0.5 is sharp from 1 m on.
        day_gains, night_gains: red's and blue's; the sensor's own curve unless given.
        night_colour: colours at night, on a camera that keeps its infrared filter in.
    """

    small_width: SizePx = 0
    small_height: SizePx = 0
    rotation: Literal[0, 180] = 0
    mirror: bool = False
    focus_dioptres: Annotated[float, Field(ge=0.0, le=32.0)] = 0.5
    day_gains: Annotated[tuple[Gain, Gain], Field(strict=False)] | None = None
    night_gains: Annotated[tuple[Gain, Gain], Field(strict=False)] | None = None
    night_colour: bool = False

    @model_validator(mode="after")
    def _is_whole(self) -> PicameraConfig:
        if (self.small_width == 0) != (self.small_height == 0):
            raise ValueError("give both small_width and small_height, or neither")
        return self

    @property
    def small(self) -> tuple[int, int] | None:
        """Size of the second picture, where there is one."""
        return (self.small_width, self.small_height) if self.small_width else None


def picture_fault(size: tuple[int, int], fps: int, small: tuple[int, int] | None) -> str | None:
    """Returns what of a picture a Raspberry Pi cannot give; None where nothing."""
    width, height = size
    blocks = -(-width // 16) * -(-height // 16)
    if height % 4:
        return f"height {height}: picamera2's encoders take multiples of four"
    if blocks > PICTURE_BLOCKS or blocks * fps > SECOND_BLOCKS:
        return f"{width}x{height} at {fps}: the encoder does 1920x1088, and 1920x1080 at 30 frames a second, at most"
    if small is not None and (2 * small[0] > width or 2 * small[1] > height):
        return f"picamera: small picture {small[0]}x{small[1]} is more than half of {width}x{height} in one direction"
    return None


def bitrate_fault(rungs: tuple[int, ...]) -> str | None:
    """Returns what of a ladder of bitrates the hardware encoder cannot be set to; None where nothing."""
    low, high = BITRATE_BPS
    if rungs[0] > high:
        return f"bitrate_bps: {rungs[0]} bit/s; a Raspberry Pi's encoder takes {high} at most"
    if rungs[-1] < low:
        return f"bitrate_floor_bps: {rungs[-1]} bit/s; below {low} a Raspberry Pi's encoder may stand still"
    return None
