"""What a picamera2 camera is asked for, and the control values that follow: pure.

Rules:
  1. Each value has its control's type: picamera2 passes on a wrong one, and dies of it in its own thread.
  2. What the camera does not offer is left out; what it offers and could carry light from one place of the picture to
     another, or from one frame to the next, is fixed or off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from edge.base.clock import SECOND_US
from edge.base.errors import BadConfiguration
from edge.capture.exposure import Exposure

Gains = tuple[float, float]
"""Red's and blue's."""
Value = bool | int | float | tuple[int, ...] | tuple[float, ...]

_NUMBERS = {"Bool": bool, "Byte": int, "Integer32": int, "Integer64": int, "Float": float}
_MANUAL_FOCUS = _NO_HDR = 0
"""libcamera's AfModeManual and HdrModeOff."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What is asked for.

    Attributes:
        size: width and height; the height a multiple of four.
        small: of the second picture, at most half of ``size`` each way; None for none.
        rotation: 0 or 180 degrees; the sensor turns it.
        mirror: left and right changed.
        focus_dioptres: where a lens that moves is held; 0 is infinity.
        day_gains, night_gains: white balance; None takes the sensor's own curve at 5,500 and 4,000 K.
        night_colour: colours at night; without them infrared light does not paint the street purple.
    """

    size: tuple[int, int]
    fps: Fraction
    small: tuple[int, int] | None = None
    rotation: int = 0
    mirror: bool = False
    focus_dioptres: float = 0.5
    day_gains: Gains | None = None
    night_gains: Gains | None = None
    night_colour: bool = False

    @property
    def flips(self) -> tuple[bool, bool]:
        """Whether the picture is mirrored across and down."""
        turned = self.rotation == 180
        return self.mirror != turned, turned

    @property
    def period_us(self) -> int:
        """From frame to frame."""
        return round(SECOND_US / self.fps)


def fixed(settings: Settings) -> dict[str, Value]:
    """Returns what holds by day and night."""
    return {
        "FrameDurationLimits": (settings.period_us, settings.period_us),
        "AeEnable": False,
        "AwbEnable": False,
        "HdrMode": _NO_HDR,
        "AfMode": _MANUAL_FOCUS,
        "LensPosition": settings.focus_dioptres,
    }


def exposed(exposure: Exposure) -> dict[str, Value]:
    """Returns the controls of an exposure."""
    return {"ExposureTime": exposure.time_us, "AnalogueGain": exposure.gain}


def coloured(gains: tuple[Gains, Gains] | None, *, night: bool, night_colour: bool) -> dict[str, Value]:
    """Returns white balance and saturation by day and by night; no gains for a sensor without colours."""
    tints: dict[str, Value] = {} if gains is None else {"ColourGains": gains[night]}
    return tints | {"Saturation": 0.0 if night and not night_colour else 1.0}


def typed(values: Mapping[str, Value], offered: Mapping[str, str]) -> dict[str, Value]:
    """Returns those of ``values`` that the camera offers, each in its control's type (rule 1).

    Args:
        offered: names of libcamera's control types by control.

    Raises:
        BadConfiguration: a value cannot be that type without loss.
    """
    return {name: _typed(name, value, offered[name]) for name, value in values.items() if name in offered}


def _typed(name: str, value: Value, kind: str) -> Value:
    number = _NUMBERS.get(kind)
    if number is None:
        raise BadConfiguration(f"control {name} is of libcamera's type {kind}, which is not set here")
    if isinstance(value, tuple):
        return tuple(_number(name, item, number) for item in value)
    return _number(name, value, number)


def _number(name: str, value: float, number: type[bool | int | float]) -> float:
    if isinstance(value, bool) is not (number is bool) or number(value) != value:
        raise BadConfiguration(f"control {name}: {value!r} is no {number.__name__}, which it takes")
    return number(value)
