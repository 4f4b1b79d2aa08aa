"""The only place that asks for the time or sleeps; everything else is handed a clock."""

from __future__ import annotations

import ctypes
import mmap
import struct
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from edge.base.errors import BadInput

SECOND_US = 1_000_000
STEP_US = 5_000
"""The wall clock was set when it moved by more than this against the monotonic one. Slewing parts them by nothing, for
it moves both alike (clock_gettime(2)); what is left is the noise of reading two clocks one after the other."""
_TIGHT_NS = 200_000
_TRIES = 5


class ClockQuality(StrEnum):
    """How far a wall time can be believed."""

    SYNCHRONISED = "synchronised"
    """The kernel says that a time service keeps the clock."""
    RECEIPTED = "receipted"
    """A verified receipt's signed time agreed with the clock since boot."""
    UNTRUSTED = "untrusted"
    SIMULATED = "simulated"
    """A demonstration's clock: such records are refused by any root that is not a demonstration's."""


class Clock(Protocol):
    """Wall time, monotonic time and waiting."""

    def now_us(self) -> int:
        """UTC, microseconds since 1970."""

    def monotonic_ns(self) -> int:
        """Nanoseconds since an arbitrary start; never runs back while the process lives."""

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        """Waits; returns at once when ``stop`` is set."""

    def quality(self) -> ClockQuality:
        """How far ``now_us`` can be believed."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Both clocks at one instant: UTC microseconds, monotonic nanoseconds."""

    wall_us: int
    mono_ns: int


def read_both(clock: Clock) -> Reading:
    """Reads both clocks within 0.2 ms; where others keep this thread waiting, the narrowest of five tries counts."""
    best: tuple[int, Reading] | None = None
    for _ in range(_TRIES):
        before_ns, wall_us, after_ns = clock.monotonic_ns(), clock.now_us(), clock.monotonic_ns()
        took_ns = after_ns - before_ns
        if best is None or took_ns < best[0]:
            best = took_ns, Reading(wall_us, before_ns + took_ns // 2)
        if took_ns <= _TIGHT_NS:
            break
    assert best is not None
    return best[1]


class SystemClock:
    """The machine's clocks."""

    def now_us(self) -> int:
        return time.time_ns() // 1000

    def monotonic_ns(self) -> int:
        return time.monotonic_ns()

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        if seconds <= 0:
            return
        if stop is None:
            time.sleep(seconds)
        else:
            stop.wait(seconds)

    def quality(self) -> ClockQuality:
        return ClockQuality.SYNCHRONISED if _kernel_synchronised() else ClockQuality.UNTRUSTED


class SimulatedClock:
    """A wall clock in a small file that several processes share; one of them, the leader, moves it on.

    Demonstrations and replays only: its quality is always ``simulated``. Sleeping takes real time.
    """

    _FORMAT = struct.Struct("@Q")  # native: one aligned store, so no other process reads half of a new time

    def __init__(self, path: Path) -> None:
        self._real = SystemClock()
        try:
            with path.open("r+b") as file:
                self._map = mmap.mmap(file.fileno(), self._FORMAT.size)
        except (OSError, ValueError) as error:
            raise BadInput(
                f"{path}: no simulated clock there ({error}); create it with SimulatedClock.create"
            ) from error

    @classmethod
    def create(cls, path: Path, start_us: int) -> SimulatedClock:
        """Makes the file, with the clock standing at ``start_us``."""
        path.write_bytes(cls._FORMAT.pack(start_us))
        return cls(path)

    def advance_to(self, now_us: int) -> None:
        """Moves the clock on; it never runs back."""
        if now_us > self.now_us():
            self._FORMAT.pack_into(self._map, 0, now_us)

    def now_us(self) -> int:
        return int(self._FORMAT.unpack_from(self._map, 0)[0])

    def monotonic_ns(self) -> int:
        return self._real.monotonic_ns()

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        self._real.sleep(seconds, stop)

    def quality(self) -> ClockQuality:
        return ClockQuality.SIMULATED


def to_datetime(moment_us: int) -> datetime:
    """Returns the aware UTC datetime of ``moment_us``."""
    return datetime.fromtimestamp(moment_us // SECOND_US, UTC).replace(microsecond=moment_us % SECOND_US)


def from_iso(text: str) -> int:
    """Returns UTC microseconds of an ISO 8601 time that names its zone.

    Raises:
        ValueError: not ISO 8601, without a zone, or before 1970.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} names no time zone; write for example 2026-01-05T10:00:00+09:00")
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    if delta.days < 0:
        raise ValueError(f"{text!r} lies before 1970")
    return (delta.days * 86_400 + delta.seconds) * SECOND_US + delta.microseconds


def _kernel_synchronised() -> bool:
    """Asks adjtimex(2); TIME_ERROR (5) means that nobody keeps the clock."""
    buffer = (ctypes.c_char * 512)()
    return int(ctypes.CDLL(None).adjtimex(ctypes.byref(buffer))) in range(5)
