"""Who has the camera: the recorder or a visit's aim, never both.

Rules:
  1. Whoever opens the camera holds the lock first, and until it has closed the camera.
  2. The recorder waits for an aim that is about to end, and while a visit that needs the camera is open; aim waits for
     a recorder that is about to end. Both waits are bounded, feed the monitor by the stage that they are in, and end at
     once when a stop is asked for.
  3. A second process of the same kind is a mistake and does not wait.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from edge.base.clock import Clock
from edge.base.errors import AlreadyRunning, BadInput, StorageFault
from edge.base.files import Lock, read_bounded

_log = logging.getLogger(__name__)

Holder = Literal["recorder", "aim"]

LOOK_EVERY_S = 0.2
RECORDER_WAIT_S = 75.0
"""An aim without a client ends after 60 s. Whatever lasts longer, a whole visit too, ends the recorder with a status
that lets systemd start it again."""
AIM_WAIT_S = 15.0
"""A recorder sees the visit within a second and seals what it has; a slow card may take some more."""


def take_camera(
    path: Path,
    holder: Holder,
    clock: Clock,
    stop: threading.Event,
    wait_s: float,
    *,
    wanted: Callable[[], bool] = lambda: False,
) -> Lock | None:
    """Returns the lock, or None where ``stop`` was set first.

    Args:
        wanted: whether somebody else is to have the camera, whoever has it now.

    Raises:
        AlreadyRunning: it is held for longer than ``wait_s``, or by another of the same kind.
        StorageFault: it cannot be locked.
    """
    deadline_ns, told = clock.monotonic_ns() + round(wait_s * 1e9), False
    while not stop.is_set():
        lock = None if wanted() else _try(path, holder)
        if lock is not None:
            return lock
        if clock.monotonic_ns() >= deadline_ns:
            raise AlreadyRunning(f"{path}: a visit or another process has had the camera for {wait_s:.0f} s; try again")
        if not told:
            _log.info("%s waits for the camera, %.0f s at most", holder, wait_s)
            told = True
        clock.sleep(LOOK_EVERY_S, stop)
    return None


def _try(path: Path, holder: Holder) -> Lock | None:
    try:
        lock = Lock(path, holder)
    except AlreadyRunning:
        if _holder(path) == holder:
            raise
        return None
    _say(path, holder)
    return lock


def _say(path: Path, holder: Holder) -> None:
    """Writes who has it, in place: the two are different users, and neither may replace the other's file."""
    try:
        _name_file(path).write_bytes(holder.encode())
    except OSError as error:
        raise StorageFault(f"{_name_file(path)}: cannot be written ({error.strerror})") from error


def _holder(path: Path) -> str:
    """Returns who took the lock last."""
    try:
        return read_bounded(_name_file(path), limit_bytes=64).decode("ascii", "replace")
    except BadInput:
        return ""


def _name_file(path: Path) -> Path:
    return path.with_suffix(".holder")
