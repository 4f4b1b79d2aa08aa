"""A simulated camera: available, acquired, configured, running; a sensor thread fills what is queued."""

from __future__ import annotations

import ctypes
import json
import logging
import queue
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from . import controls, dma, properties, scene
from .configuration import CameraConfiguration, Stream, StreamRole
from .controls import ControlId
from .scenario import current
from .values import Rectangle, Size

if TYPE_CHECKING:
    from .manager import CameraManager

_log = logging.getLogger("simulated libcamera")


class FrameMetadata:
    class Status(Enum):
        Success = 0
        Error = 1
        Cancelled = 2


class FrameBuffer:
    """A buffer of one stream."""

    class Plane:
        fd = offset = length = 0

    def __init__(self, planes: list[Any]) -> None:
        self.planes = planes
        self.metadata = SimpleNamespace(
            status=FrameMetadata.Status.Success, planes=[SimpleNamespace(bytes_used=plane.length) for plane in planes]
        )


class Request:
    class Status(Enum):
        Pending = 0
        Complete = 1
        Cancelled = 2

    def __init__(self, cookie: int) -> None:
        self.cookie = cookie
        self.status = self.Status.Pending
        self.buffers: dict[Stream, FrameBuffer] = {}
        self.metadata: dict[ControlId, Any] = {}
        self.controls: dict[ControlId, Any] = {}

    def add_buffer(self, stream: Stream, buffer: FrameBuffer) -> None:
        self.buffers[stream] = buffer

    def set_control(self, control: ControlId, value: Any) -> None:
        controls.check(control, value)
        self.controls[control] = value

    def reuse(self) -> None:
        _keep_evidence(self)
        self.status, self.metadata, self.controls = self.Status.Pending, {}, {}


class State(IntEnum):
    AVAILABLE = 0
    ACQUIRED = 1
    CONFIGURED = 2
    RUNNING = 3


@dataclass
class Sensor:
    """What the sensor and its processor are set to."""

    settings: dict[ControlId, Any] = field(default_factory=dict)
    frame: int = -1

    @property
    def duration_us(self) -> int:
        return int(self.settings.get(controls.FrameDurationLimits, (33_333, 33_333))[0])

    @property
    def level(self) -> float:
        """How bright a picture comes out."""
        time_us = self.settings.get(controls.ExposureTime, scene.REFERENCE_US)
        return float(current.light * time_us / scene.REFERENCE_US * self.settings.get(controls.AnalogueGain, 1.0))


class Camera:
    """One camera.

    Attributes:
        started_with: controls of every start; ``configured`` counts configurations.
        tuning: what the tuning file said when it was acquired.
    """

    def __init__(self, manager: CameraManager, index: int) -> None:
        self._manager, self.model = manager, current.model
        self.id = f"/base/soc/i2c0mux/i2c@1/{self.model}@1a-{index}"
        self.properties = {
            properties.Model: self.model,
            properties.Location: 2,
            properties.Rotation: 0,
            properties.PixelArraySize: Size(4608, 2592),
            properties.ColorFilterArrangement: 0,
        }
        self.controls = controls.offered(lens=current.lens, hdr=current.board == "pisp")
        self._state = State.AVAILABLE
        self._queue: deque[Request] = deque()
        self._lock = threading.Lock()
        self._sensor = Sensor()
        self._thread: threading.Thread | None = None
        self._running = threading.Event()
        self._steps: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self.configured, self.started_with = 0, list[dict[ControlId, Any]]()
        self.tuning: dict[str, Any] | None = None
        self.granted: CameraConfiguration | None = None

    def acquire(self) -> None:
        self._require(State.AVAILABLE)
        if current.has("busy"):
            raise RuntimeError("Failed to acquire camera: Device or resource busy")
        path = _tuning_file()
        self.tuning = json.loads(path.read_text(encoding="utf-8")) if path else None
        self._state = State.ACQUIRED

    def release(self) -> None:
        self._require(State.ACQUIRED, State.CONFIGURED)
        self._state = State.AVAILABLE

    def generate_configuration(self, roles: list[StreamRole]) -> CameraConfiguration:
        return CameraConfiguration(roles)

    def configure(self, configuration: CameraConfiguration) -> int:
        self._require(State.ACQUIRED, State.CONFIGURED)
        if current.has("configuration fails"):
            return -22
        self.configured += 1
        self.granted = configuration
        self._state = State.CONFIGURED
        return 0

    def create_request(self, cookie: int) -> Request:
        return Request(cookie)

    def start(self, settings: dict[ControlId, Any]) -> None:
        self._require(State.CONFIGURED)
        if current.has("start fails"):
            raise RuntimeError("Failed to start camera: Broken pipe")
        for control, value in settings.items():
            controls.check(control, value)
        self.started_with.append(dict(settings))
        self._sensor.settings.update(settings)
        self._state = State.RUNNING
        self._running.set()
        self._steps = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._expose_on, name="simulated sensor", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._require(State.RUNNING)
        if current.has("stop holds every thread"):
            ctypes.PyDLL(None).usleep(2_500_000)  # as the real one does while the kernel hangs: without letting go
        if current.has("stop takes its time"):
            ctypes.CDLL(None).usleep(2_500_000)
        self._running.clear()
        self._steps.put(None)
        assert self._thread is not None
        self._thread.join()
        self._state = State.CONFIGURED
        with self._lock:
            cancelled, self._queue = list(self._queue), deque()
        for request in cancelled:
            request.status = Request.Status.Cancelled
            self._manager.done(request)

    def queue_request(self, request: Request) -> None:
        self._require(State.RUNNING)
        self._sensor.settings.update(request.controls)
        with self._lock:
            self._queue.append(request)

    def expose(self, at_ns: int | None = None) -> None:
        """Takes one picture, now or at a given time; in a stepped scenario the only way to get one."""
        self._steps.put(time.monotonic_ns() if at_ns is None else at_ns)

    @property
    def settings(self) -> dict[str, Any]:
        """What the sensor is set to, by name."""
        return {control.name: value for control, value in self._sensor.settings.items()}

    @property
    def shot(self) -> int:
        """How many pictures were taken, whoever got them."""
        return self._sensor.frame + 1

    @property
    def queued(self) -> int:
        """How many requests wait for a picture."""
        return len(self._queue)

    def _require(self, *states: State) -> None:
        if current.has("unplugged", self._sensor.frame):
            raise RuntimeError("Failed to talk to camera: No such device")
        if self._state not in states:
            raise RuntimeError(f"Camera in {self._state.name} state trying to do what needs {states}")

    def _expose_on(self) -> None:
        steps, due_ns = self._steps, time.monotonic_ns()
        while self._running.is_set():
            due_ns += self._sensor.duration_us * 1000
            try:
                wait_s = None if current.stepped else max(0.0, (due_ns - time.monotonic_ns()) / 1e9)
                at_ns = steps.get(timeout=wait_s)
            except queue.Empty:
                at_ns = time.monotonic_ns()
            if at_ns is None:
                return
            self._expose(at_ns)

    def _expose(self, at_ns: int) -> None:
        number = self._sensor.frame + 1
        self._take(number, at_ns)
        self._sensor.frame = number

    def _take(self, number: int, at_ns: int) -> None:
        if any(current.has(fault, number) for fault in ("frames stop", "unplugged")):
            return
        with self._lock:
            request = self._queue.popleft() if self._queue else None
        if request is None:
            return  # nobody gave a buffer back in time: the picture is lost, and nothing says so
        for stream, buffer in request.buffers.items():
            self._fill(stream, buffer, number)
        request.metadata = self._metadata(at_ns, number)
        request.status = Request.Status.Complete
        self._manager.done(request)

    def _fill(self, stream: Stream, buffer: FrameBuffer, number: int) -> None:
        own, memory = stream.configuration, dma.buffers[buffer.planes[0].fd]
        if str(own.pixel_format) != "YUV420":
            return
        scene.draw(
            memory.memory,
            own.size.width,
            own.size.height,
            own.stride,
            number=number,
            behind=current.behind,
            level=self._sensor.level,
        )
        memory.filled()

    def _metadata(self, at_ns: int, number: int) -> dict[ControlId, Any]:
        told: dict[ControlId, Any] = {
            controls.SensorTimestamp: at_ns,
            controls.FrameDuration: self._sensor.duration_us,
            controls.ExposureTime: self._sensor.settings.get(controls.ExposureTime, scene.REFERENCE_US),
            controls.AnalogueGain: self._sensor.settings.get(controls.AnalogueGain, 1.0),
            controls.ScalerCrop: Rectangle(0, 0, 4608, 2592),
        }
        if current.has("no timestamp", number):
            del told[controls.SensorTimestamp]
        if current.wall_unit_ns:
            wall_ns = time.time_ns() - (time.monotonic_ns() - at_ns)
            told[controls.FrameWallClock] = wall_ns // current.wall_unit_ns
        return told


def _tuning_file() -> Path | None:
    import os

    path = os.environ.get("LIBCAMERA_RPI_TUNING_FILE")
    return Path(path) if path else None


def _keep_evidence(request: Request) -> None:
    """Writes down what lies behind the private window in each stream, as processor and hardware see it."""
    if current.evidence is None:
        return
    looks = []
    for stream, buffer in request.buffers.items():
        own, memory = stream.configuration, dma.buffers[buffer.planes[0].fd]
        size = own.size.width, own.size.height, own.stride
        looks.append([own.size.width, scene.middle(memory.memory, *size), scene.middle(memory.seen, *size)])
    with Path(current.evidence).open("a", encoding="utf-8") as file:
        file.write(json.dumps(looks) + "\n")
