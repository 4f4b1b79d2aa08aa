"""/dev/video11, the board's H.264 encoder behind V4L2: what picamera2's own encoder asks of it, coded by x264.

It reads what hardware sees of a DMA buffer. ``/dev/video20`` tells which board it is, as picamera2 asks.
"""

from __future__ import annotations

import mmap
import os
import queue
import threading
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
import numpy as np
import videodev2 as v

from . import dma, kernel
from .scenario import current

CODEC, ISP = "/dev/video11", "/dev/video20"
_CAPTURE_BYTES = 512 << 10
_SLOTS = 16

made: list[Codec] = []


@dataclass
class Codec:
    """One opening of the encoder."""

    controls: dict[int, int] = field(default_factory=dict)
    size: tuple[int, int, int] = (0, 0, 0)
    forced: bool = False
    context: Any = None

    def __post_init__(self) -> None:
        self.fd = os.memfd_create("codec", os.MFD_CLOEXEC)
        os.ftruncate(self.fd, _CAPTURE_BYTES * _SLOTS)
        self._map = mmap.mmap(self.fd, _CAPTURE_BYTES * _SLOTS)
        self._free: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._read: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._coded: queue.SimpleQueue[tuple[int, int, bool, int]] = queue.SimpleQueue()
        self._work = threading.Condition()
        self._taken = 0

    def ioctl(self, request: int, argument: Any) -> int:
        handler = _HANDLERS.get(request)
        if handler is not None:
            handler(self, argument)
        return 0

    def poll(self, timeout_ms: int | None) -> list[tuple[int, int]]:
        """Waits until something was read or coded."""
        with self._work:
            self._work.wait_for(lambda: not (self._read.empty() and self._coded.empty()), (timeout_ms or 0) / 1000)
            event = (0 if self._coded.empty() else 1) | (0 if self._read.empty() else 4)
        return [(self.fd, event)] if event else []

    def set_control(self, argument: Any) -> None:
        self.controls[argument.id] = argument.value
        self.forced |= argument.id == v.V4L2_CID_MPEG_VIDEO_FORCE_KEY_FRAME

    def set_controls(self, argument: Any) -> None:
        for index in range(argument.count):
            self.set_control(argument.controls[index])

    def set_format(self, argument: Any) -> None:
        if argument.type == v.V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE:
            picture = argument.fmt.pix_mp
            self.size = picture.width, picture.height, picture.plane_fmt[0].bytesperline

    def query(self, argument: Any) -> None:
        argument.m.planes[0].length = _CAPTURE_BYTES
        argument.m.planes[0].m.mem_offset = argument.index * _CAPTURE_BYTES

    def enqueue(self, argument: Any) -> None:
        if argument.type == v.V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE:
            self._free.put(argument.index)
            return
        self._taken += 1
        if current.has("codec stalls", self._taken):
            return
        stamp_us = argument.timestamp.tv_sec * 1_000_000 + argument.timestamp.tv_usec
        self._encode(dma.buffers[argument.m.planes[0].m.fd].seen, stamp_us)
        with self._work:
            self._read.put(argument.index)
            self._work.notify_all()

    def dequeue(self, argument: Any) -> None:
        if argument.type == v.V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE:
            argument.index = self._read.get()
            return
        argument.index, used, keyframe, stamp_us = self._coded.get()
        argument.flags = v.V4L2_BUF_FLAG_KEYFRAME if keyframe else 0
        argument.m.planes[0].bytesused, argument.m.planes[0].length = used, _CAPTURE_BYTES
        argument.timestamp.tv_sec, argument.timestamp.tv_usec = divmod(stamp_us, 1_000_000)

    def _encode(self, seen: Any, stamp_us: int) -> None:
        width, height, stride = self.size
        picture = np.ascontiguousarray(seen[: stride * height * 3 // 2].reshape(height * 3 // 2, stride))
        frame = av.VideoFrame.from_numpy_buffer(picture, "yuv420p", width=width)
        frame.pts = stamp_us
        if self.forced:
            frame.pict_type, self.forced = av.video.frame.PictureType.I, False
        for packet in self._context(width, height).encode(frame):
            if current.has("codec leaves one out") and self._taken == 5:
                continue
            slot, data = self._free.get(), bytes(packet)
            assert len(data) <= _CAPTURE_BYTES, "a picture larger than a capture buffer is cut off by the real one"
            self._map[slot * _CAPTURE_BYTES : slot * _CAPTURE_BYTES + len(data)] = data
            self._coded.put((slot, len(data), packet.is_keyframe, packet.pts))

    def _context(self, width: int, height: int) -> Any:
        if self.context is None:
            context = av.CodecContext.create("libx264", "w")
            context.width, context.height, context.pix_fmt = width, height, "yuv420p"
            context.time_base, context.framerate = Fraction(1, 1_000_000), Fraction(30)
            context.thread_count, context.max_b_frames = 1, 0
            context.bit_rate = self.controls.get(v.V4L2_CID_MPEG_VIDEO_BITRATE, 10_000_000)
            context.gop_size = self.controls.get(v.V4L2_CID_MPEG_VIDEO_H264_I_PERIOD, 60)
            context.options = {"preset": "ultrafast", "tune": "zerolatency", "forced-idr": "1"}
            context.open()
            self.context = context
        return self.context


_HANDLERS = {
    v.VIDIOC_S_CTRL: Codec.set_control,
    v.VIDIOC_S_EXT_CTRLS: Codec.set_controls,
    v.VIDIOC_S_FMT: Codec.set_format,
    v.VIDIOC_QUERYBUF: Codec.query,
    v.VIDIOC_QBUF: Codec.enqueue,
    v.VIDIOC_DQBUF: Codec.dequeue,
}


def _open_codec() -> int:
    if current.has("codec is busy"):
        raise OSError(16, os.strerror(16), CODEC)
    codec = Codec()
    made.append(codec)
    return kernel.answers(codec.fd, codec.ioctl, codec.poll)


def _open_isp() -> int:
    def capabilities(request: int, argument: Any) -> int:
        argument.card[:] = {"vc4": b"bcm2835-isp", "pisp": b"pispbe"}[current.board].ljust(len(argument.card), b"\0")
        return 0

    return kernel.answers(os.memfd_create("isp", os.MFD_CLOEXEC), capabilities)


def answer() -> None:
    """Begins to answer."""
    kernel.device(CODEC, _open_codec)
    kernel.device(ISP, _open_isp)
