"""One frame at a time from picamera2's loop to the reader, which holds that loop up until the frame is done with.

Rules:
  1. A buffer leaves the callback painted by the reader, or painted over by the callback; nothing else lets it go.
  2. The callback waits without limit: who watches the reader is the process's monitor. ``close`` ends the wait.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from edge.base.clock import Clock
from edge.base.frame import Picture
from edge.capture.exposure import Exposure


@dataclass(slots=True, eq=False)
class Lease:
    """A frame in the callback's hand.

    Attributes:
        request: picamera2's; its own callback keeps it alive.
        main, small: the pictures, in the camera's own memory.
        sensor_ns: when the sensor began to expose it, as the camera says.
        mono_ns: the same, on our clock.
        wall_ns: the camera's wall clock then; None where it has none.
        synced: closed once writing has ended: only then do the camera's other units see what was written.
        painted: the reader has painted it and is done with it.
    """

    request: Any
    main: Picture
    small: Picture | None
    sensor_ns: int
    mono_ns: int
    wall_ns: int | None
    number: int
    exposure: Exposure
    synced: ExitStack
    painted: bool = False
    _done: threading.Event = field(default_factory=threading.Event)

    def finish(self, *, painted: bool) -> None:
        """Lets the callback go on."""
        self.painted = painted
        self._done.set()

    def wait(self) -> bool:
        """Waits in the callback; returns whether the frame was painted."""
        self._done.wait()
        return self.painted


class Handover:
    """Where callback and reader meet.

    Attributes:
        failure: what the callback met instead of a frame.
    """

    def __init__(self) -> None:
        self._lock, self._there = threading.Lock(), threading.Event()
        self._lease: Lease | None = None
        self._closed = False
        self.failure: Exception | None = None

    def offer(self, lease: Lease) -> bool:
        """Gives a frame to the reader and waits; returns whether it was painted."""
        with self._lock:
            if self._closed:
                return False
            self._lease = lease
            self._there.set()
        return lease.wait()

    def fail(self, error: Exception) -> None:
        """Tells the reader what went wrong in the callback."""
        self.failure = error
        self._there.set()

    def take(self, clock: Clock, timeout_s: float) -> Lease | None:
        """Returns the next frame; None where none came in time.

        Raises:
            Exception: what the callback failed with.
        """
        clock.sleep(timeout_s, self._there)
        with self._lock:
            lease, self._lease = self._lease, None
            self._there.clear()
        failure, self.failure = self.failure, None
        if failure is not None and lease is None:
            raise failure
        return lease

    def close(self) -> None:
        """Lets go of a frame that nobody took, and of all that come."""
        with self._lock:
            self._closed = True
            lease, self._lease = self._lease, None
        if lease is not None:
            lease.finish(painted=False)
