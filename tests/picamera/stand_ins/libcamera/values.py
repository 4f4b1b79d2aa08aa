"""Sizes, colours and directions, as libcamera's binding has them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(eq=True, frozen=True)
class Size:
    width: int = 0
    height: int = 0


@dataclass(eq=True, frozen=True)
class Rectangle:
    x: int = 0
    y: int = 0
    width: int = 0
    height: int = 0


class PixelFormat:
    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return self.name


class Transform:
    """Mirrored across, mirrored down, rows for columns. picamera2 brings the comparison."""

    def __init__(self, other: Transform | None = None, *, hflip: int = 0, vflip: int = 0, transpose: int = 0) -> None:
        self.hflip: bool = bool(hflip if other is None else other.hflip)
        self.vflip: bool = bool(vflip if other is None else other.vflip)
        self.transpose: bool = bool(transpose if other is None else other.transpose)

    def __str__(self) -> str:
        return f"<Transform {self.hflip} {self.vflip} {self.transpose}>"


class Orientation(Enum):
    Rotate0 = 1
    Rotate0Mirror = 2
    Rotate180 = 3
    Rotate180Mirror = 4
    Rotate90Mirror = 5
    Rotate270 = 6
    Rotate270Mirror = 7
    Rotate90 = 8


class ColorSpace:
    """Primaries, transfer function, matrix and range. picamera2 brings the comparison."""

    class Range(Enum):
        Full = 0
        Limited = 1

    class YcbcrEncoding(Enum):
        Null = 0
        Rec601 = 1
        Rec709 = 2

    def __init__(self, primaries: ColorSpace | str, transfer: str = "", encoding: object = None, range_: object = None):
        other = primaries if isinstance(primaries, ColorSpace) else None
        self.primaries: object = primaries if other is None else other.primaries
        self.transferFunction: object = transfer if other is None else other.transferFunction
        self.ycbcrEncoding: object = encoding if other is None else other.ycbcrEncoding
        self.range: object = range_ if other is None else other.range

    def __str__(self) -> str:
        return f"<ColorSpace {self.primaries}/{self.transferFunction}>"

    @classmethod
    def Sycc(cls) -> ColorSpace:
        return cls("Rec709", "Srgb", cls.YcbcrEncoding.Rec601, cls.Range.Full)

    @classmethod
    def Smpte170m(cls) -> ColorSpace:
        return cls("Smpte170m", "Rec709", cls.YcbcrEncoding.Rec601, cls.Range.Limited)

    @classmethod
    def Rec709(cls) -> ColorSpace:
        return cls("Rec709", "Rec709", cls.YcbcrEncoding.Rec709, cls.Range.Limited)

    @classmethod
    def Raw(cls) -> ColorSpace:
        return cls("Raw", "Linear", cls.YcbcrEncoding.Null, cls.Range.Full)
