"""The V4L2 camera, on a simulated device: everything but the call that opens a real one."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import pytest

from edge.base.clock import ClockQuality, SystemClock
from edge.base.errors import BadInput, TryAgain
from edge.capture.pace import Pace
from edge.capture.v4l2 import V4l2Camera
from tests.capture import videos
from tests.capture.simulated_device import SimulatedDevice

DEVICE = Path("/dev/video0")


class PatientClock(SystemClock):
    """Real time, but waiting for a device that stays silent ends at once."""

    def __init__(self, silent: bool = False) -> None:
        self.silent = silent

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        if not self.silent:
            super().sleep(seconds, stop)

    def quality(self) -> ClockQuality:
        return ClockQuality.SYNCHRONISED


@contextmanager
def camera(
    device: SimulatedDevice, clock: SystemClock | None = None, size: tuple[int, int] = (64, 48)
) -> Iterator[V4l2Camera]:
    """Opens the camera on a device that is unplugged at the end, so that closing need not wait for its next picture."""
    clock = clock or SystemClock()
    with V4l2Camera(DEVICE, Pace(clock), clock, size=size, open_source=device.open) as it:
        yield it
        device.unplug()


def test_frames_carry_picture_and_time_of_exposure() -> None:
    device = SimulatedDevice()
    exposed_ns = SystemClock().monotonic_ns() - 40_000_000
    with camera(device) as it:
        device.give(3, exposed_ns=exposed_ns)
        frame = it.read()
        now_us = SystemClock().now_us()
    assert frame is not None
    assert videos.index_of(float(frame.planes().y.mean())) == 3
    assert abs(frame.mono_ns - exposed_ns) < 2000
    assert 40_000 <= now_us - frame.wall_us < 10_000_000
    assert (it.fps, frame.number) == (Fraction(10), 0)


def test_another_size_than_asked_is_scaled() -> None:
    device = SimulatedDevice()
    with camera(device, size=(100, 40)) as it:
        device.give(1)
        frame = it.read()
    assert frame is not None
    assert frame.picture.shape == (60, 100)


def test_a_pause_counts_what_was_missed() -> None:
    device = SimulatedDevice()
    start_ns = SystemClock().monotonic_ns() - 2_000_000_000
    numbers = []
    with camera(device) as it:
        for at_ms in (0, 100, 210, 500, 600):
            device.give(0, exposed_ns=start_ns + at_ms * 1_000_000)
            frame = it.read()
            assert frame is not None
            numbers.append(frame.number)
    assert numbers == [0, 1, 2, 5, 6]


def test_times_of_another_clock_give_way_to_arrival() -> None:
    device = SimulatedDevice()
    with camera(device) as it:
        before_ns = SystemClock().monotonic_ns()
        device.give(0, exposed_ns=1_700_000_000_000_000_000)
        frame = it.read()
    assert frame is not None
    assert before_ns <= frame.mono_ns <= SystemClock().monotonic_ns()


def test_silence_is_told_and_reading_can_go_on() -> None:
    device, clock = SimulatedDevice(), PatientClock(silent=True)
    with camera(device, clock) as it:
        with pytest.raises(TryAgain, match="no frame for 5 s"):
            it.read()
        clock.silent = False
        device.give(2)
        frame = it.read()
    assert frame is not None


def test_unplugged_camera_is_told() -> None:
    device = SimulatedDevice()
    with camera(device) as it:
        device.unplug()
        with pytest.raises(BadInput, match="went away"):
            it.read()
        with pytest.raises(BadInput, match="went away"):
            it.read()


def test_failing_camera_is_told() -> None:
    device = SimulatedDevice()
    with camera(device) as it:
        device.fail(OSError(errno.ENODEV, "No such device"))
        with pytest.raises(BadInput, match="the camera failed"):
            it.read()


def test_close_gives_the_device_back_once() -> None:
    device = SimulatedDevice()
    with camera(device) as it:
        device.unplug()
        it.close()
    assert device.closed == 1
    assert it.read() is None


def test_close_leaves_a_device_alone_that_is_stuck_in_the_kernel() -> None:
    device, clock = SimulatedDevice(), SystemClock()
    it = V4l2Camera(DEVICE, Pace(clock), clock, size=(64, 48), open_source=device.open, patience_s=0.01)
    it.close()
    assert device.closed == 0
    device.unplug()


def test_fast_pace_is_refused() -> None:
    clock = SystemClock()
    with pytest.raises(BadInput, match="cannot run faster than time"):
        V4l2Camera(DEVICE, Pace(clock, fast=True), clock)


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOENT, "plug the camera in"),
        (errno.EACCES, "group video"),
        (errno.EBUSY, "stop the program"),
        (errno.EINVAL, "list-formats-ext"),
        (errno.ENOTTY, "it is no camera"),
        (errno.EIO, "dmesg"),
    ],
)
def test_device_that_cannot_be_opened_says_what_to_do(number: int, advice: str) -> None:
    def refuse(path: Path, size: tuple[int, int], fps: Fraction) -> SimulatedDevice:
        raise OSError(number, os.strerror(number), str(path))

    clock = SystemClock()
    with pytest.raises(BadInput, match=advice) as caught:
        V4l2Camera(DEVICE, Pace(clock), clock, open_source=refuse)
    assert str(DEVICE) in str(caught.value)


def test_what_is_no_device_is_refused_by_the_real_opener(tmp_path: Path) -> None:
    clock = SystemClock()
    plain = tmp_path / "video0"
    plain.write_bytes(b"x" * 100)
    for path in (tmp_path / "missing", plain):
        with pytest.raises(BadInput, match="camera"):
            V4l2Camera(path, Pace(clock), clock)


def test_ffmpegs_own_errors_are_told_too() -> None:
    def refuse(path: Path, size: tuple[int, int], fps: Fraction) -> SimulatedDevice:
        raise av.error.InvalidDataError(1, "Invalid data")

    clock = SystemClock()
    with pytest.raises(BadInput, match="not a camera"):
        V4l2Camera(DEVICE, Pace(clock), clock, open_source=refuse)
