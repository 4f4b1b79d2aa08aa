"""Controls: their types, what a camera offers, and the check that the real ones make when they are set."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from types import SimpleNamespace
from typing import Any


class ControlType(Enum):
    Null = 0
    Bool = 1
    Byte = 2
    Integer32 = 3
    Integer64 = 4
    Float = 5
    String = 6
    Rectangle = 7
    Size = 8


@dataclass(frozen=True)
class ControlId:
    """A control; ``length`` is 0 for one value, else how many there are."""

    name: str
    type: ControlType
    length: int = 0


@dataclass(frozen=True)
class ControlInfo:
    min: Any
    max: Any
    default: Any


_TYPES = {ControlType.Bool: bool, ControlType.Integer32: int, ControlType.Integer64: int, ControlType.Float: float}


def check(control: ControlId, value: Any) -> None:
    """Raises what the real binding raises where a value has another type than its control."""
    kind = _TYPES.get(control.type)
    if kind is None:
        return
    values = value if control.length else [value]
    if not isinstance(values, list | tuple) or len(values) != max(1, control.length):
        raise RuntimeError(f"{control.name}: {value!r} is not {control.length} values")
    for item in values:
        if not isinstance(item, kind) or (kind is int and isinstance(item, bool)):
            raise RuntimeError(f"Unable to cast Python instance of type {type(item)} to C++ type: {control.name}")


SensorTimestamp = ControlId("SensorTimestamp", ControlType.Integer64)
FrameWallClock = ControlId("FrameWallClock", ControlType.Integer64)
FrameDuration = ControlId("FrameDuration", ControlType.Integer64)
FrameDurationLimits = ControlId("FrameDurationLimits", ControlType.Integer64, 2)
ExposureTime = ControlId("ExposureTime", ControlType.Integer32)
ExposureTimeMode = ControlId("ExposureTimeMode", ControlType.Integer32)
AnalogueGain = ControlId("AnalogueGain", ControlType.Float)
AnalogueGainMode = ControlId("AnalogueGainMode", ControlType.Integer32)
AeEnable = ControlId("AeEnable", ControlType.Bool)
AwbEnable = ControlId("AwbEnable", ControlType.Bool)
ColourGains = ControlId("ColourGains", ControlType.Float, 2)
Saturation = ControlId("Saturation", ControlType.Float)
HdrMode = ControlId("HdrMode", ControlType.Integer32)
NoiseReductionMode = ControlId("NoiseReductionMode", ControlType.Integer32)
AfMode = ControlId("AfMode", ControlType.Integer32)
LensPosition = ControlId("LensPosition", ControlType.Float)
ScalerCrop = ControlId("ScalerCrop", ControlType.Rectangle)


class AfModeEnum(IntEnum):
    Manual = 0
    Auto = 1
    Continuous = 2


class HdrModeEnum(IntEnum):
    Off = 0
    SingleExposure = 3


class _NoiseReductionModeEnum(IntEnum):
    Off = 0
    Fast = 1
    HighQuality = 2
    Minimal = 3
    ZSL = 4


draft = SimpleNamespace(NoiseReductionModeEnum=_NoiseReductionModeEnum, NoiseReductionMode=NoiseReductionMode)


def offered(*, lens: bool, hdr: bool) -> dict[ControlId, ControlInfo]:
    """What a sensor offers."""
    controls = {
        FrameDurationLimits: ControlInfo(8333, 1_000_000, 33_333),
        ExposureTime: ControlInfo(26, 220_416, 20_000),
        AnalogueGain: ControlInfo(1.1228070259094238, 16.0, 1.0),
        AeEnable: ControlInfo(False, True, True),
        AwbEnable: ControlInfo(False, True, True),
        ColourGains: ControlInfo(0.0, 32.0, 1.0),
        Saturation: ControlInfo(0.0, 32.0, 1.0),
        NoiseReductionMode: ControlInfo(0, 4, 0),
        ScalerCrop: ControlInfo(None, None, None),
    }
    if lens:
        controls |= {AfMode: ControlInfo(0, 2, 0), LensPosition: ControlInfo(0.0, 32.0, 1.0)}
    if hdr:
        controls |= {HdrMode: ControlInfo(0, 4, 0)}
    return controls
