"""A camera on a Video4Linux device: a USB camera, or any that the kernel shows as /dev/videoN.

The kernel hands frames to whoever waits in an ioctl that nothing can interrupt, so a thread of its own waits there and
the reader watches the clock: five seconds without a frame is a fault, not a wait for ever.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import av

from edge.base.clock import SECOND_US, Clock
from edge.base.errors import BadInput, MimamoriError, Stop, TryAgain
from edge.base.frame import Frame, Geometry
from edge.base.workers import Worker
from edge.capture.numbering import Numbering
from edge.capture.pace import Pace
from edge.capture.planes import Filler, even_size
from edge.capture.port import Camera

SILENCE_S = 5.0
"""A device without a frame for longer is at fault."""
_ADVICE = {
    errno.ENOENT: "plug the camera in, or name another of /dev/video*",
    errno.ENODEV: "plug the camera in, or name another of /dev/video*",
    errno.EACCES: "add this user to the group video",
    errno.EPERM: "add this user to the group video",
    errno.EBUSY: "stop the program that uses it (fuser -v names it)",
    errno.EINVAL: "ask for a size and rate that v4l2-ctl --list-formats-ext shows",
    errno.ENOTTY: "it is no camera: name another of /dev/video*",
}


class Source(Protocol):
    """An open device: its pictures as they are exposed."""

    rate: Fraction | None

    def images(self) -> Iterator[av.VideoFrame]:
        """Yields pictures; ends when the device goes away."""

    def close(self) -> None:
        """Gives the device back."""


class Device:
    """A device opened through FFmpeg's v4l2 input."""

    def __init__(self, path: Path, size: tuple[int, int], fps: Fraction) -> None:
        options = {"video_size": f"{size[0]}x{size[1]}", "framerate": f"{fps.numerator}/{fps.denominator}"}
        self._container = av.open(str(path), mode="r", format="v4l2", options=options)
        self._stream = self._container.streams.video[0]
        self.rate = self._stream.average_rate

    def images(self) -> Iterator[av.VideoFrame]:
        for packet in self._container.demux(self._stream):
            try:
                yield from packet.decode()
            except av.error.InvalidDataError:
                # USB cameras now and then send a broken JPEG; the pause counts it as missed.
                continue

    def close(self) -> None:
        self._container.close()


@dataclass(frozen=True, slots=True)
class _Arrived:
    """A picture with the time of its exposure and its number, missed ones counted."""

    image: av.VideoFrame
    mono_ns: int
    number: int


class V4l2Camera(Camera):
    """Reads a V4L2 device.

    The kernel's timestamps give the times where they are on the monotonic clock, else the time of arrival. A pause of
    more than one and a half periods counts what was missed in it, also where the camera itself slows down in the dark
    (switch that off: ``v4l2-ctl -c exposure_dynamic_framerate=0``). A slow reader gets the newest frame.

    Args:
        path: the device.
        pace: stamps the frames; a device sets its own pace, so never a fast one.
        size: asked of the device; another size that it answers with is scaled.
        open_source: opens the device; tests hand in a source of their own.
        patience_s: how long ``close`` waits for the device's next picture.

    Raises:
        BadInput: missing, not permitted, busy, no camera; the message says what to do. Later from ``read``: unplugged.
        TryAgain: from ``read``: no frame for 5 s.
    """

    def __init__(
        self,
        path: Path,
        pace: Pace,
        clock: Clock,
        *,
        size: tuple[int, int] = (1280, 960),
        fps: Fraction = Fraction(15),
        open_source: Callable[[Path, tuple[int, int], Fraction], Source] = Device,
        patience_s: float = 2.0,
    ) -> None:
        if pace.fast:
            raise BadInput(f"{path}: a camera cannot run faster than time; leave out --fast and --start")
        width, height = even_size(*size)
        self._path = path
        self._pace = pace
        self._clock = clock
        self._patience_s = patience_s
        self._source = _opened(path, size, fps, open_source)
        self.fps = self._source.rate or fps
        self.geometry = Geometry(width, height, width)
        self._filler = Filler(self.geometry, (width, height))
        self._mailbox = _Mailbox()
        self._worker = Worker("v4l2", self._receive, on_failure=self._mailbox.end)
        self._worker.start()
        self._open = True

    def read(self) -> Frame | None:
        if not self._open:
            return None
        arrived = self._mailbox.take(self._clock)
        if arrived is None:
            self._explain()
            return None
        self._filler.fill(arrived.image)
        moment = self._pace.arrived(arrived.mono_ns)
        return Frame(self._filler.picture, self.geometry, moment.wall_us, moment.mono_ns, arrived.number)

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        self._worker.stop()
        try:
            self._worker.join(self._patience_s)
        except Stop:
            # A dead device keeps its thread in the kernel; closing under it would crash, so the process's end does it.
            return
        except Exception:  # noqa: BLE001 - whatever ended it was already told by read
            pass
        self._source.close()

    def _explain(self) -> None:
        failure = self._worker.failure
        if isinstance(failure, MimamoriError):
            raise failure
        if failure is not None:
            raise BadInput(f"{self._path}: the camera failed ({failure}); look at its plug and supply") from failure
        if self._mailbox.ended:
            raise BadInput(f"{self._path}: the camera went away; look at its plug and supply")
        raise TryAgain(f"{self._path}: no frame for {SILENCE_S:.0f} s; unplug the camera and plug it in again")

    def _receive(self, stop: threading.Event) -> None:
        """Waits for pictures in a thread and leaves the newest in the mailbox."""
        times = _Times(self.fps, self._clock)
        for image in self._source.images():
            if stop.is_set():
                return
            mono_ns = times.exposed_ns(image)
            self._mailbox.put(_Arrived(image, mono_ns, times.number(mono_ns)))
        self._mailbox.end()


class _Times:
    """Times and numbers of a device's pictures."""

    def __init__(self, fps: Fraction, clock: Clock) -> None:
        self._clock, self._numbering = clock, Numbering(fps)
        self.number = self._numbering.number

    def exposed_ns(self, image: av.VideoFrame) -> int:
        """Returns the kernel's time of exposure where it is on the monotonic clock, else now."""
        now_ns = self._clock.monotonic_ns()
        if image.pts is None or image.time_base is None:
            return self._numbering.later(now_ns)
        stamp_ns = round(image.pts * image.time_base * SECOND_US) * 1000
        recent = 0 <= now_ns - stamp_ns < SILENCE_S * 1e9
        return self._numbering.later(stamp_ns if recent else now_ns)


class _Mailbox:
    """Holds the newest picture; an older one that nobody took is dropped, and its number shows it.

    Attributes:
        ended: nothing more will come; what is held can still be taken.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: _Arrived | None = None
        self._changed = threading.Event()
        self.ended = False

    def put(self, arrived: _Arrived) -> None:
        with self._lock:
            self._newest = arrived
            self._changed.set()

    def end(self) -> None:
        """Nothing more will come."""
        with self._lock:
            self.ended = True
            self._changed.set()

    def take(self, clock: Clock) -> _Arrived | None:
        """Returns the newest picture, waiting for it up to the limit; None where none came or the thread ended."""
        clock.sleep(SILENCE_S, self._changed)
        with self._lock:
            newest, self._newest = self._newest, None
            if not self.ended:
                self._changed.clear()
        return newest


def _opened(
    path: Path,
    size: tuple[int, int],
    fps: Fraction,
    open_source: Callable[[Path, tuple[int, int], Fraction], Source],
) -> Source:
    try:
        return open_source(path, size, fps)
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, "look at its plug and at dmesg")
        raise BadInput(f"{path}: the camera cannot be opened ({error.strerror}); {advice}") from error
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        raise BadInput(f"{path}: not a camera that can be read ({error}); name one of /dev/video*") from error
