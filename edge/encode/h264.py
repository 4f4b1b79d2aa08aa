"""The H.264 encoder: painted frames in, access units out; x264 in software, or a board's encoder behind V4L2.

Only the codec's name, its options and whether it returns each packet at once differ between the two.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import av
import numpy as np
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame

from edge.base.errors import Stop
from edge.base.frame import Frame, PaintedFrame, Picture
from edge.encode.access_unit import AccessUnit, FrameStamp
from edge.encode.awaiting import Awaiting
from edge.encode.settings import EncoderSettings, x264_params

_FAULTS = (av.FFmpegError, ValueError)


class Codec(StrEnum):
    """Encoders of libavcodec that a node uses."""

    X264 = "libx264"
    V4L2 = "h264_v4l2m2m"


class Encoder(Protocol):
    """Takes painted frames of one size; there is no way to hand it another kind."""

    def encode(self, painted: PaintedFrame, *, keyframe: bool) -> list[AccessUnit]:
        """Returns the access units that are ready, in the order of their frames; the first frame becomes an IDR.

        The picture may be written to again once this returns.

        Raises:
            Stop: the encoder failed, or did not make the IDR that was asked for.
        """

    def flush(self) -> list[AccessUnit]:
        """Returns what is still inside and ends the encoder."""


MakeEncoder = Callable[[int, int], Encoder]
"""Makes an encoder for pictures of a width and a height."""


def codec_of_board(device: Path = Path("/dev/video11")) -> Codec:
    """Returns the board's H.264 encoder where there is one (``bcm2835-codec``: Zero 2 W, 3, 4, CM4; not the 5)."""
    return Codec.V4L2 if device.exists() and Codec.V4L2.value in av.codecs_available else Codec.X264


class PyavEncoder:
    """libavcodec's H.264 encoders.

    Args:
        settings: rate, speed, GOP.
        width: pixels, even.
        height: pixels, even.
        codec: which encoder.

    Raises:
        Stop: the encoder cannot be opened.
    """

    def __init__(self, settings: EncoderSettings, width: int, height: int, codec: Codec = Codec.X264) -> None:
        self._codec = codec
        self._size = width, height
        self._awaiting = Awaiting(codec)
        self._count = 0
        self._seen: tuple[Picture, VideoFrame] | None = None
        try:
            self._context = _context(settings, width, height, codec)
            self._context.open()
        except _FAULTS as error:
            raise self._fault("cannot be opened", error) from error

    def encode(self, painted: PaintedFrame, *, keyframe: bool) -> list[AccessUnit]:
        """See ``Encoder``."""
        stamp = FrameStamp.of(painted)
        keyframe = keyframe or self._count == 0
        self._awaiting.expect(self._count, stamp, keyframe=keyframe)
        try:
            picture = self._video_frame(painted.frame)
            picture.pts = self._count
            picture.pict_type = PictureType.I if keyframe else PictureType.NONE
            packets = self._context.encode(picture)
        except _FAULTS as error:
            raise self._fault(f"failed at frame {stamp.number}", error) from error
        self._count += 1
        return [self._unit(packet) for packet in packets]

    def flush(self) -> list[AccessUnit]:
        """See ``Encoder``."""
        try:
            packets = self._context.encode(None)
        except _FAULTS as error:
            raise self._fault("failed at the end", error) from error
        units = [self._unit(packet) for packet in packets]
        if self._awaiting:
            raise Stop(f"encoder {self._codec} kept {len(self._awaiting)} frames for itself; restart the recorder")
        return units

    def _video_frame(self, frame: Frame) -> VideoFrame:
        """Returns a frame that looks into the picture's own memory: x264 copies it before it returns.

        A camera that writes into one buffer again and again is looked at through one frame (making one costs 0.1 ms).
        Two cases get a copy: a hardware encoder, which may look later, when the camera writes there again; and a height
        that is no multiple of four, of which PyAV 18 looks for the chroma planes two rows too early.
        """
        picture, geometry = frame.picture, frame.geometry
        if picture.shape != geometry.shape or (geometry.width, geometry.height) != self._size:
            raise ValueError(f"array {picture.shape} of {geometry} does not fit pictures of {self._size}")
        if self._codec is not Codec.X264 or geometry.height % 4:
            return _copied(frame)
        if self._seen is None or self._seen[0] is not picture:
            self._seen = picture, VideoFrame.from_numpy_buffer(picture, "yuv420p", width=geometry.width)
        return self._seen[1]

    def _unit(self, packet: Packet[Any]) -> AccessUnit:
        return self._awaiting.unit(packet.pts, bytes(packet))

    def _fault(self, what: str, error: Exception) -> Stop:
        """Returns our error in libavcodec's words, without the options, which PyAV appends as a file name."""
        reason = str(error.strerror).partition(": ")[0] if isinstance(error, av.FFmpegError) else str(error)
        return Stop(f"encoder {self._codec} {what}: {reason}")


def _copied(frame: Frame) -> VideoFrame:
    """Returns the picture in memory of the library's own, plane by plane."""
    planes = frame.planes()
    result = VideoFrame(frame.geometry.width, frame.geometry.height, "yuv420p")
    for target, source in zip(result.planes, (planes.y, planes.u, planes.v), strict=True):
        rows = np.frombuffer(memoryview(target), np.uint8)[: target.height * target.line_size]
        rows.reshape(target.height, target.line_size)[:, : target.width] = source
    return result


def _context(settings: EncoderSettings, width: int, height: int, codec: Codec) -> VideoCodecContext:
    context = av.CodecContext.create(codec.value, "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.framerate = Fraction(settings.fps)
    context.time_base = 1 / Fraction(settings.fps)
    context.max_b_frames = 0
    if codec is Codec.X264:
        context.thread_count = settings.threads
        context.options = {
            "preset": settings.preset.value,
            "forced-idr": "1",
            "x264-params": x264_params(settings),
        }
    else:
        context.bit_rate = settings.bitrate_bps
        context.gop_size = round(settings.fps * settings.segment_s)
    return context
