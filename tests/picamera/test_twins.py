"""Sources that differ only behind masks leave the same bytes, on a board whose encoder gives the same for the same."""

from __future__ import annotations

import threading

import pytest

from edge.base.clock import SystemClock
from edge.capture.picamera.session import BUFFERS
from tests.picamera import board
from tests.picamera.footage import painter, read

pytestmark = pytest.mark.usefixtures("scenario")
FRAMES, STEP_NS = 12, 25_000_000


def coded(behind: str, *, painted: bool) -> list[bytes]:
    """Returns what libx264 makes of the street with that behind its window; as one picture after another comes."""
    board.begin("pisp", behind=behind, stepped=True)
    start_ns = SystemClock().monotonic_ns() - 2_000_000_000
    with board.camera() as camera:
        coder = camera.coder(1_000_000, "superfast", 600)
        hand = threading.Thread(target=_expose, args=(start_ns,))
        hand.start()
        packets = []
        for _ in range(FRAMES):
            frame = read(camera)
            paint = painter(camera)
            kept = frame.picture.copy()
            done = paint.paint(frame)
            if not painted:
                frame.picture[:] = kept  # a painter that does not paint
            packets += coder.code(done, keyframe=False)
        hand.join(30)
        packets += coder.stop()
    return [packet.data for packet in packets]


def _expose(start_ns: int) -> None:
    """Takes one picture whenever a buffer is free."""
    clock, sensor = SystemClock(), board.sensor
    deadline_ns = clock.monotonic_ns() + 30_000_000_000
    for number in range(FRAMES):
        while sensor().queued < BUFFERS - 1 and clock.monotonic_ns() < deadline_ns:
            clock.sleep(0.002)
        sensor().expose(start_ns + number * STEP_NS)
        while sensor().shot <= number and clock.monotonic_ns() < deadline_ns:
            clock.sleep(0.002)


def test_what_goes_on_behind_masks_changes_no_byte() -> None:
    first = coded("a", painted=True)
    assert len(first) == FRAMES
    assert first == coded("b", painted=True)


def test_the_same_comparison_finds_a_painter_that_does_not_paint() -> None:
    assert coded("a", painted=False) != coded("b", painted=False)
