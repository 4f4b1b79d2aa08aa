"""The camera manager: cameras, and an eventfd that says when requests are ready."""

from __future__ import annotations

import os
import threading
from contextlib import suppress

from .camera import Camera, Request
from .scenario import current


class CameraManager:
    """There is one a process, as long as somebody holds it."""

    _one: CameraManager | None = None

    def __init__(self) -> None:
        self.event_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._ready: list[Request] = []
        self._lock = threading.Lock()
        self.cameras = [Camera(self, index) for index in range(current.cameras)]

    @classmethod
    def singleton(cls) -> CameraManager:
        if cls._one is None or [camera.model for camera in cls._one.cameras] != [current.model] * current.cameras:
            cls._one = cls()
        return cls._one

    def done(self, request: Request) -> None:
        """A request is ready."""
        with self._lock:
            self._ready.append(request)
        os.eventfd_write(self.event_fd, 1)

    def get_ready_requests(self) -> list[Request]:
        with suppress(BlockingIOError):
            os.eventfd_read(self.event_fd)
        with self._lock:
            ready, self._ready = self._ready, []
        return ready

    def __del__(self) -> None:
        os.close(self.event_fd)
