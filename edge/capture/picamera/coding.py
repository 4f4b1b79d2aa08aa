"""H.264 from the camera's own buffers, by picamera2's encoders: the board's hardware, or libx264 on a Pi 5.

Rules:
  1. picamera2's loop does not know the encoder: it is handed a frame here alone, and here only for a ``PaintedFrame``
     that is in the camera's hand. What no painter has seen cannot be coded.
  2. Writing is over and synced before the encoder is told: hardware reads memory, not the processor's cache.
  3. Packets are known by their time (the sensor's, from the encoder's first frame on), not by when they come; libx264
     with one thread gives them at once, and what is left comes from ``stop``.
  4. ``Output`` only enqueues, and lets no exception out: it may run in the encoder's own thread, which would end of it.
  5. At most ``IN_FLIGHT`` frames are inside; where none comes out for ``STALL_S``, the encoder stands still.
  6. Each start takes a new encoder: one that did not start would say for ever that it runs. Its rate is fixed then.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from fractions import Fraction
from queue import SimpleQueue
from typing import Any

import picamera2.platform
from av.video.frame import PictureType, VideoFrame
from picamera2.encoders.libav_h264_encoder import LibavH264Encoder
from picamera2.outputs import Output

from edge.base.clock import Clock
from edge.base.errors import Stop
from edge.base.frame import Geometry, PaintedFrame
from edge.capture.picamera.handover import Lease
from edge.capture.picamera.session import FORMAT, encoder_fault
from edge.capture.port import Coded

IN_FLIGHT = 2
STALL_S = 2.0
_FAULTS = (RuntimeError, OSError, ValueError, KeyError, TypeError)


class Queue(Output):  # type: ignore[misc]
    """Takes packets; ``came`` is set by each."""

    def __init__(self, came: threading.Event) -> None:
        super().__init__()
        self.packets: SimpleQueue[tuple[int, bytes]] = SimpleQueue()
        self._came = came

    def outputframe(
        self,
        frame: bytes,
        _keyframe: bool = True,
        timestamp: int | None = None,
        _packet: object = None,
        _audio: bool = False,
    ) -> None:
        """Enqueues a packet with its time, microseconds from the encoder's first frame."""
        self.packets.put((-1 if timestamp is None else timestamp, frame))
        self._came.set()


class Libx264(LibavH264Encoder):  # type: ignore[misc]
    """picamera2's libx264, with its rate bounded over a second, and IDRs when they are asked for.

    picamera2 asks for one by a letter, which PyAV takes no more: it raises TypeError.
    """

    def force_key_frame(self) -> None:
        """Lets the next frame become an IDR."""
        self._stream.forced = True

    def _start(self) -> None:
        super()._start()
        self._stream.codec_context.options |= {"maxrate": str(self.bitrate), "bufsize": str(self.bitrate)}
        self._stream: Any = _Stream(self._stream)


class _Stream:
    """An output stream of PyAV; all but ``encode`` is its own."""

    def __init__(self, stream: Any) -> None:
        self._stream, self.forced = stream, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def encode(self, frame: VideoFrame | None = None) -> Any:
        if frame is not None and self.forced:
            frame.pict_type, self.forced = PictureType.I, False
        return self._stream.encode(frame)


def make_encoder(bitrate_bps: int, fps: Fraction, preset: str, longest_gop: int) -> Any:
    """Returns the board's encoder: hardware up to the Pi 4, libx264 on a Pi 5."""
    if picamera2.platform.get_platform() is picamera2.platform.Platform.VC4:
        from picamera2.encoders.h264_encoder import H264Encoder

        return H264Encoder(bitrate=bitrate_bps, repeat=True, iperiod=longest_gop, framerate=float(fps))
    encoder = Libx264(bitrate=bitrate_bps, repeat=True, iperiod=longest_gop, framerate=fps)
    encoder.threads, encoder.preset = 1, preset
    return encoder


class CameraCoder:
    """See ``edge.capture.port.Coder``.

    Args:
        encoder: of picamera2, not started yet.
        held: returns the frame in the camera's hand.
    """

    def __init__(self, encoder: Any, geometry: Geometry, held: Callable[[], Lease | None], clock: Clock) -> None:
        self._encoder, self._held, self._clock = encoder, held, clock
        self._came = threading.Event()
        self._output = Queue(self._came)
        self._inside: deque[tuple[int, int]] = deque()
        """Times of frames that were handed in: the sensor's, microseconds, and ours, nanoseconds."""
        self._begin(geometry)

    def code(self, painted: PaintedFrame, *, keyframe: bool) -> list[Coded]:
        lease, frame = self._held(), painted.frame
        if lease is None or lease.main is not frame.picture:
            raise Stop(f"frame {frame.number} is not in the camera's hand, so its buffer may hold another by now")
        lease.synced.close()
        self._inside.append((lease.sensor_ns // 1000, frame.mono_ns))
        try:
            if keyframe:
                self._encoder.force_key_frame()
            self._encoder.encode("main", lease.request)
        except _FAULTS as error:
            raise encoder_fault(f"failed at frame {frame.number}", error) from error
        lease.finish(painted=True)
        return self._ready()

    def stop(self) -> list[Coded]:
        if not self._encoder.running:
            return []
        try:
            self._encoder.stop()
        except _FAULTS as error:
            raise encoder_fault("cannot be stopped", error) from error
        return self._arrived()

    def _begin(self, geometry: Geometry) -> None:
        encoder = self._encoder
        encoder.name, encoder.format, encoder.stride = "main", FORMAT, geometry.stride
        encoder.width, encoder.height = geometry.width, geometry.height
        encoder.output = self._output
        try:
            encoder.start()
        except _FAULTS as error:
            raise encoder_fault("cannot be started", error) from error

    def _ready(self) -> list[Coded]:
        """Returns what has come, waiting while too much is inside."""
        coded = self._arrived()
        while len(self._inside) > IN_FLIGHT:
            self._came.clear()
            more = self._arrived()
            if not more:
                self._clock.sleep(STALL_S, self._came)
                more = self._arrived()
            if not more:
                raise Stop(
                    f"the camera's encoder has given nothing for {STALL_S:.0f} s, {len(self._inside)} frames are "
                    "inside; the recorder must be started anew"
                )
            coded += more
        return coded

    def _arrived(self) -> list[Coded]:
        """Returns the packets that have come; frames before a packet's that gave none were left out by the encoder."""
        coded = []
        while not self._output.packets.empty():
            after_us, data = self._output.packets.get()
            sensor_us = after_us + (self._encoder.firsttimestamp or 0)
            while self._inside and self._inside[0][0] < sensor_us:
                self._inside.popleft()
            if not self._inside or self._inside[0][0] != sensor_us:
                raise Stop(f"the camera's encoder returned a packet of time {after_us}, which no frame has")
            coded.append(Coded(self._inside.popleft()[1], data))
        return coded
