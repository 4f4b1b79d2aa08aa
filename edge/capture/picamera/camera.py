"""A Raspberry Pi camera through picamera2, which owns the loop: each frame is painted in its callback, in its buffer.

Rules:
  1. ``pre_callback`` comes before capture jobs, other callbacks and encoders (picamera2's ``process_requests``): the
     frame waits there, in the camera's memory, until the reader has painted it and given it to its encoder
     (``coding.py``). Where the reader asks for the next one instead, the buffer is painted over.
  2. Nothing leaves the callback but where painting over itself fails: that exception ends picamera2's loop before
     anything else sees the frame.
  3. The callback holds picamera2's lock: nothing is captured, started or stopped in it; controls may be set.
  4. Missed frames are found by the sensor's timestamps: a slow reader makes picamera2 drop frames without a word.
  5. Frames that stop are nobody's error to picamera2. After ``RECOVER_S`` it is stopped and started once; after
     ``SILENCE_S`` in all, TryAgain. A kernel that hangs in ``stop`` holds every thread: systemd's watchdog ends that.
  6. The pictures handed out are mappings of our own, so that whoever keeps one is no bar to picamera2's closing.
"""

from __future__ import annotations

import logging
import mmap
from contextlib import ExitStack
from fractions import Fraction
from typing import Any

import numpy as np

from edge.base.clock import Clock, SimulatedClock
from edge.base.errors import BadInput, MimamoriError, Stop, TryAgain
from edge.base.frame import Frame, Geometry, Picture
from edge.capture.exposure import Exposure, Metering
from edge.capture.numbering import Numbering
from edge.capture.pace import Pace
from edge.capture.picamera.handover import Handover, Lease
from edge.capture.picamera.session import Session
from edge.capture.picamera.settings import Settings, Value, coloured, exposed, fixed
from edge.capture.picamera.times import on_our_clock, wall_us
from edge.capture.port import BoardCamera, Coder

RECOVER_S, SILENCE_S = 2.5, 5.0
LUMA, CHROMA = 16, 128

_log = logging.getLogger(__name__)


class PicameraCamera(BoardCamera):
    """The first camera of the board.

    Args:
        pace: stamps the frames; a camera sets its own pace, so never a fast one.

    Raises:
        BadInput: none there, busy, or not what is asked for. Later from ``read``: it cannot be started or brought back.
        BadConfiguration: picamera2 is missing or too old.
        TryAgain: from ``read``: no frame for 5 s.
    """

    def __init__(self, settings: Settings, pace: Pace, clock: Clock) -> None:
        if pace.fast:
            raise BadInput("a camera cannot run faster than time; leave out fast")
        self.fps = Fraction(settings.fps)
        self._settings, self._pace, self._clock = settings, pace, clock
        self._handover, self._numbering = Handover(), Numbering(self.fps)
        self._pictures: dict[int, Picture] = {}
        self._held: Lease | None = None
        self._last: Exposure | None = None
        self._session = Session(settings, self._arrived)
        self.geometry, self.small = self._session.geometry, self._session.small
        self._metering = Metering(self._session.limits)
        self.night = False
        self._started, self._open = False, True

    def read(self) -> Frame | None:
        self._let_go()
        if not self._open:
            return None
        if not self._started:
            self._started = True
            self._session.start(self._controls())
        lease = self._held = self._next()
        self._last = lease.exposure
        moment = self._pace.arrived(lease.mono_ns)
        wall = moment.wall_us
        if lease.wall_ns is not None and not isinstance(self._clock, SimulatedClock):
            wall = wall_us(lease.wall_ns, wall)
        small = None
        if lease.small is not None and self.small is not None:
            small = Frame(lease.small, self.small, wall, moment.mono_ns, lease.number)
        return Frame(lease.main, self.geometry, wall, moment.mono_ns, lease.number, small)

    def meter(self, level: float) -> None:
        if self._last is None or not self._metering.take(level, self._last, self._clock.monotonic_ns()):
            return
        if self._metering.night != self.night:
            _log.info("it is %s", "night" if self._metering.night else "day")
        self.night = self._metering.night
        self._session.set(self._led())

    def coder(self, bitrate_bps: int, preset: str, longest_gop: int) -> Coder:
        from edge.capture.picamera.coding import CameraCoder, make_encoder

        encoder = make_encoder(bitrate_bps, self.fps, preset, longest_gop)
        return CameraCoder(encoder, self.geometry, lambda: self._held, self._clock)

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        self._handover.close()
        self._let_go()
        self._session.close()
        self._pictures.clear()

    def _let_go(self) -> None:
        """The frame that was read last is done with; one that nobody painted is painted over in the callback."""
        lease, self._held = self._held, None
        if lease is not None and not lease.painted:
            lease.finish(painted=False)

    def _next(self) -> Lease:
        lease = self._await(RECOVER_S)
        if lease is None:
            _log.warning("no frame for %.1f s: the camera is stopped and started", RECOVER_S)
            self._session.restart(self._controls())
            lease = self._await(SILENCE_S - RECOVER_S)
        if lease is None:
            raise TryAgain(f"the camera has given no frame for {SILENCE_S:.0f} s; look at its ribbon and supply")
        return lease

    def _await(self, timeout_s: float) -> Lease | None:
        try:
            return self._handover.take(self._clock, max(timeout_s, 3 * float(1 / self.fps)))
        except MimamoriError:
            raise
        except Exception as error:
            raise Stop(f"a frame of the camera cannot be taken ({type(error).__name__}: {error})") from error

    def _controls(self) -> dict[str, Value]:
        return fixed(self._settings) | self._led()

    def _led(self) -> dict[str, Value]:
        """Returns the controls that follow the light."""
        colours = coloured(self._session.gains, night=self.night, night_colour=self._settings.night_colour)
        return exposed(self._metering.exposure) | colours

    def _arrived(self, request: Any) -> None:
        """Runs in picamera2's loop (rules 1 to 3)."""
        painted = False
        try:
            with ExitStack() as synced:
                lease = self._lease(request, synced)
                painted = self._handover.offer(lease)
        except Exception as error:  # noqa: BLE001 - whatever it is ends picamera2's loop, which would tell nobody
            self._handover.fail(error)
        if not painted:
            self._paint_over(request)

    def _lease(self, request: Any, synced: ExitStack) -> Lease:
        told = request.get_metadata()
        sensor_ns = int(told["SensorTimestamp"])
        mono_ns = self._numbering.later(on_our_clock(sensor_ns, self._clock.monotonic_ns()))
        main = self._mapped(request, "main", self.geometry, synced)
        small = None if self.small is None else self._mapped(request, "lores", self.small, synced)
        wall_ns = told.get("FrameWallClock")
        exposure = Exposure(int(told["ExposureTime"]), float(told["AnalogueGain"]))
        number = self._numbering.number(mono_ns)
        return Lease(request, main, small, sensor_ns, mono_ns, wall_ns, number, exposure, synced)

    def _mapped(self, request: Any, name: str, geometry: Geometry, synced: ExitStack) -> Picture:
        """Returns a stream's picture; what is written there counts once ``synced`` is closed."""
        from picamera2 import MappedArray

        synced.enter_context(MappedArray(request, name, reshape=False))
        plane = request.request.buffers[request.stream_map[name]].planes[0]
        picture = self._pictures.get(plane.fd)
        if picture is None:
            size_bytes = geometry.shape[0] * geometry.shape[1]
            memory = np.frombuffer(mmap.mmap(plane.fd, plane.length), np.uint8)
            picture = self._pictures[plane.fd] = memory[:size_bytes].reshape(geometry.shape)
        return picture

    def _paint_over(self, request: Any) -> None:
        """Leaves nothing of the frame, whatever its form: luma black, colours grey, padding too."""
        from picamera2 import MappedArray

        for name, geometry in (("main", self.geometry), ("lores", self.small)):
            if geometry is None:
                continue
            with MappedArray(request, name, reshape=False) as mapped:
                luma_bytes = geometry.height * geometry.stride
                mapped.array[:luma_bytes], mapped.array[luma_bytes:] = LUMA, CHROMA
