"""Stream configurations, validated as the Raspberry Pi pipelines do: strides aligned, orientation granted or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from .scenario import current
from .values import ColorSpace, Orientation, PixelFormat, Size

RAW_SIZES = ((1536, 864), (2304, 1296), (4608, 2592))


class StreamRole(Enum):
    Raw = 0
    StillCapture = 1
    VideoRecording = 2
    Viewfinder = 3


class Stream:
    """One stream of a camera."""

    def __init__(self, configuration: StreamConfiguration) -> None:
        self.configuration = configuration


class _Formats:
    """What a raw stream can be."""

    pixel_formats = (PixelFormat("SBGGR10_CSI2P"),)

    def sizes(self, _pixel_format: PixelFormat) -> list[Size]:
        return [Size(*size) for size in RAW_SIZES]


@dataclass(eq=False)
class StreamConfiguration:
    size: Size = Size(640, 480)  # noqa: RUF009 - frozen
    pixel_format: PixelFormat = field(default_factory=lambda: PixelFormat("XBGR8888"))
    stride: int = 0
    frame_size: int = 0
    buffer_count: int = 4
    color_space: ColorSpace = field(default_factory=ColorSpace.Sycc)
    formats: _Formats = field(default_factory=_Formats)

    def __post_init__(self) -> None:
        self.stream = Stream(self)


@dataclass
class SensorConfiguration:
    bit_depth: int = 10
    output_size: Size = Size()  # noqa: RUF009 - frozen


class CameraConfiguration:
    """The streams of a camera."""

    class Status(Enum):
        Valid = 0
        Adjusted = 1
        Invalid = 2

    def __init__(self, roles: list[StreamRole]) -> None:
        self._streams = [StreamConfiguration() for _ in roles]
        self.orientation = Orientation.Rotate0
        self.sensor_config: SensorConfiguration | None = None

    def at(self, index: int) -> StreamConfiguration:
        return self._streams[index]

    def __iter__(self) -> Iterator[StreamConfiguration]:
        return iter(self._streams)

    def validate(self) -> Status:
        """Adjusts what cannot be had, and fills in strides and sizes."""
        if current.has("configuration is invalid"):
            return self.Status.Invalid
        if current.has("another size is granted"):
            first = self._streams[0]
            first.size = Size(first.size.width - 64, first.size.height)
        if current.has("no rotation is granted"):
            self.orientation = Orientation.Rotate0
        for stream in self._streams:
            _complete(stream)
        return self.Status.Valid


def _complete(stream: StreamConfiguration) -> None:
    width, height = stream.size.width, stream.size.height
    align = current.alignment
    if str(stream.pixel_format) == "YUV420":
        stream.stride = -(-width // align) * align
        if current.has("stride is too short"):
            stream.stride = width // 2
        stream.frame_size = stream.stride * height * 3 // 2
    else:
        stream.stride = -(-width * 4 // align) * align
        stream.frame_size = stream.stride * height
