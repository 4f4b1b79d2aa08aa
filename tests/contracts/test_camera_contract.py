"""What every camera keeps, on each adapter alike (the rules of ``edge.capture.port``)."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from edge.base.clock import SystemClock, from_iso
from edge.base.frame import Frame, Geometry
from edge.capture.file import FileCamera
from edge.capture.pace import Pace
from edge.capture.picamera.camera import PicameraCamera
from edge.capture.picamera.session import BUFFERS
from edge.capture.picamera.settings import Settings
from edge.capture.port import Camera
from edge.capture.street import StreetCamera
from edge.capture.v4l2 import V4l2Camera
from tests.capture import videos
from tests.capture.simulated_device import EndlessDevice
from tests.picamera import board

Make = Callable[[Path], Camera]
COUNT = 6
START = from_iso("2026-01-05T10:00:00+09:00")


def fast() -> Pace:
    return Pace(SystemClock(), fast=True, start_us=START)


def street(folder: Path) -> Camera:
    return StreetCamera(fast(), size=(160, 120), frames=COUNT)


def rainy_street(folder: Path) -> Camera:
    return StreetCamera(fast(), size=(130, 98), frames=COUNT, rain=0.6)


def file(folder: Path) -> Camera:
    return FileCamera(videos.write(folder / "a.mp4", pictures=COUNT), fast())


def odd_file(folder: Path) -> Camera:
    return FileCamera(videos.write(folder / "a.mkv", pictures=COUNT, size=(63, 47), codec="ffv1"), fast())


def variable_rate_file(folder: Path) -> Camera:
    path = videos.write(folder / "a.mkv", pictures=COUNT, at_ms=[0, 30, 500, 510, 900, 1900])
    return FileCamera(path, fast())


def file_in_422(folder: Path) -> Camera:
    return FileCamera(videos.write(folder / "a.mp4", pictures=COUNT, pix_fmt="yuv422p"), fast())


def scaled_file_at_another_rate(folder: Path) -> Camera:
    path = videos.write(folder / "a.mp4", pictures=COUNT)
    return FileCamera(path, fast(), size=(98, 62), fps=Fraction(30))


def device(folder: Path) -> Camera:
    clock = SystemClock()
    source = EndlessDevice(COUNT)
    return V4l2Camera(Path("/dev/video0"), Pace(clock), clock, size=(64, 48), open_source=source.open)


def pi_up_to_4(folder: Path) -> Camera:
    return on_board("vc4", folder, (320, 240))


def pi_5_whose_rows_are_longer_than_the_picture(folder: Path) -> Camera:
    return on_board("pisp", folder, (200, 120))


def on_board(name: str, folder: Path, size: tuple[int, int]) -> Camera:
    board.begin(name)
    board.tuning_at(folder, name)
    clock = SystemClock()
    return PicameraCamera(Settings(size, Fraction(60)), Pace(clock), clock)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where picamera2 looks for a sensor's tuning first."""
    monkeypatch.setenv("HOME", str(tmp_path))


ENDING: tuple[Make, ...] = (
    street,
    rainy_street,
    file,
    odd_file,
    variable_rate_file,
    file_in_422,
    scaled_file_at_another_rate,
)
GOING_ON: tuple[Make, ...] = (pi_up_to_4, pi_5_whose_rows_are_longer_than_the_picture)
ALL = (*ENDING, device, *GOING_ON)


def name(make: Make) -> str:
    return make.__name__


def some(camera: Camera) -> list[Frame]:
    """Returns the first frames, without their pictures' bytes kept apart."""
    frames = []
    for _ in range(1 if isinstance(camera, V4l2Camera) else COUNT):
        frame = camera.read()
        assert frame is not None
        frames.append(frame)
    return frames


@pytest.mark.parametrize("make", ALL, ids=name)
def test_pictures_are_i420_of_the_cameras_geometry(make: Make, tmp_path: Path) -> None:
    with make(tmp_path) as camera:
        assert camera.fps > 0
        for frame in some(camera):
            assert frame.geometry == camera.geometry
            assert (frame.geometry.width % 2, frame.geometry.height % 2) == (0, 0)
            assert frame.picture.shape == camera.geometry.shape
            assert frame.picture.flags.writeable
            assert frame.planes().y.base is not None


@pytest.mark.parametrize("make", [*ENDING, *GOING_ON], ids=name)
def test_numbers_and_times_rise(make: Make, tmp_path: Path) -> None:
    with make(tmp_path) as camera:
        frames = some(camera)
    assert frames[0].number == 0
    for earlier, later in pairwise(frames):
        assert later.number > earlier.number
        assert later.wall_us > earlier.wall_us
        assert later.mono_ns > earlier.mono_ns


def pictures(camera: Camera, scribble: int | None) -> list[bytes]:
    result = []
    while frame := camera.read():
        result.append(frame.picture.tobytes())
        if scribble is not None:
            frame.picture[:] = scribble
    return result


@pytest.mark.parametrize("make", ENDING, ids=name)
def test_what_is_written_into_a_picture_never_shows_up_again(make: Make, tmp_path: Path) -> None:
    with make(tmp_path) as clean, make(tmp_path) as scribbled:
        assert pictures(clean, None) == pictures(scribbled, 16)


@pytest.mark.parametrize("make", GOING_ON, ids=name)
def test_what_is_written_into_a_buffer_that_comes_again_does_not_come_with_it(make: Make, tmp_path: Path) -> None:
    with make(tmp_path) as camera:
        for _ in range(3 * BUFFERS):
            frame = camera.read()
            assert frame is not None
            assert (frame.planes().y != 17).all()
            frame.picture[:] = 17


def test_a_camera_that_keeps_what_was_written_fails_that_check() -> None:
    class Sticky(Camera):
        geometry = Geometry(2, 2, 2)
        fps = Fraction(1)

        def __init__(self) -> None:
            self.picture = np.zeros(self.geometry.shape, np.uint8)
            self.number = -1

        def read(self) -> Frame | None:
            self.number += 1
            return Frame(self.picture, self.geometry, 0, 0, self.number) if self.number < 3 else None

        def close(self) -> None:
            pass

    with Sticky() as clean, Sticky() as scribbled:
        assert pictures(clean, None) != pictures(scribbled, 16)


@pytest.mark.parametrize("make", ENDING, ids=name)
def test_fast_runs_are_the_same_to_the_byte(make: Make, tmp_path: Path) -> None:
    def run() -> list[tuple[int, int, int, bytes]]:
        result = []
        with make(tmp_path) as camera:
            while frame := camera.read():
                result.append((frame.number, frame.wall_us, frame.mono_ns, frame.picture.tobytes()))
        return result

    first = run()
    assert first == run()
    assert first[0][1] == START


@pytest.mark.parametrize("make", ENDING, ids=name)
def test_after_the_end_there_is_nothing_for_ever(make: Make, tmp_path: Path) -> None:
    with make(tmp_path) as camera:
        while camera.read():
            pass
        assert [camera.read() for _ in range(3)] == [None, None, None]


@pytest.mark.parametrize("make", ALL, ids=name)
def test_close_can_be_called_twice_and_ends_reading(make: Make, tmp_path: Path) -> None:
    camera = make(tmp_path)
    camera.read()
    camera.close()
    camera.close()
    assert camera.read() is None


@pytest.mark.parametrize("make", ALL, ids=name)
def test_close_gives_back_file_descriptors(make: Make, tmp_path: Path) -> None:
    with make(tmp_path) as camera:
        camera.read()
    before = descriptors()
    for _ in range(3):
        with make(tmp_path) as camera:
            camera.read()
    assert descriptors() == before


def descriptors() -> int:
    """Returns how many are open; what a library leaves to the collector of garbage (picamera2 its selectors) is not."""
    gc.collect()
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - counts what is open now
