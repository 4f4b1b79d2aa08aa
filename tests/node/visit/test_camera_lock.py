"""Who has the camera: one of recorder and aim, after a bounded wait."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from edge.base.errors import AlreadyRunning
from edge.base.files import Lock
from edge.node.visit.cameralock import AIM_WAIT_S, RECORDER_WAIT_S, Holder, take_camera
from tests.clocks import HandClock


def take(path: Path, holder: Holder, clock: HandClock | None = None, wait_s: float = AIM_WAIT_S) -> Lock | None:
    return take_camera(path, holder, clock or HandClock(), threading.Event(), wait_s)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "camera.lock"


@pytest.mark.parametrize(("first", "second"), [("recorder", "aim"), ("aim", "recorder")])
def test_camera_has_one_holder_and_the_other_waits_for_it(path: Path, first: Holder, second: Holder) -> None:
    lock, clock = take(path, first), HandClock()
    assert lock is not None
    with pytest.raises(AlreadyRunning, match="15 s"):
        take(path, second, clock)
    assert AIM_WAIT_S <= clock.at_ns / 1e9 < AIM_WAIT_S + 1
    lock.release()
    assert take(path, second) is not None


def test_wait_ends_when_the_other_lets_go(path: Path) -> None:
    held = take(path, "recorder")
    assert held is not None
    lock = held

    class Leaves(HandClock):
        def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
            super().sleep(seconds)
            if self.at_ns > 3 * 10**9:
                lock.release()

    clock = Leaves()
    assert take(path, "aim", clock) is not None
    assert clock.at_ns < 4 * 10**9


def test_second_of_a_kind_does_not_wait(path: Path) -> None:
    lock, clock = take(path, "recorder"), HandClock()
    with pytest.raises(AlreadyRunning):
        take(path, "recorder", clock)
    assert clock.slept == []
    assert lock is not None


def test_recorder_leaves_a_free_camera_to_a_visit(path: Path) -> None:
    clock, wanted = HandClock(), [True] * 10
    lock = take_camera(
        path, "recorder", clock, threading.Event(), RECORDER_WAIT_S, wanted=lambda: bool(wanted and wanted.pop())
    )
    assert lock is not None and clock.at_ns == 2 * 10**9


def test_stop_ends_the_wait(path: Path) -> None:
    lock, stop = take(path, "aim"), threading.Event()
    stop.set()
    assert take_camera(path, "recorder", HandClock(), stop, RECORDER_WAIT_S) is None
    assert lock is not None
