"""The camera's process as the steps see it: over its real socket, gone and back again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.base.clock import SystemClock
from edge.commission.previewlink import FrameHead, Request, pack, parse_head
from edge.commission.previewserver import PreviewServer
from edge.commission.steps_camera import LiveCamera

PATIENCE_S = 20.0
JPEG = b"\xff\xd8picture\xff\xd9"


def head(number: int) -> FrameHead:
    return FrameHead(
        number=number,
        at=0,
        width=64,
        height=48,
        sharpness_middle=2500,
        sharpness_whole=0,
        brightness=0,
        painted=True,
        masks=None,
        raster=None,
        covered=0,
        refused="",
    )


class Aim:
    """A camera's process: sends frames without end and keeps the drafts that it is given."""

    def __init__(self, path: Path) -> None:
        self.drafts: list[bytes] = []
        self.told = threading.Condition()
        self._stop = threading.Event()
        self._server = PreviewServer(path, SystemClock())
        self._thread = threading.Thread(target=self._work, name="aim")
        self._thread.start()

    def _work(self) -> None:
        number = 0
        while not self._stop.wait(0.01):
            for message in self._server.serve():
                assert parse_head(Request, message).kind == "draft"
                with self.told:
                    self.drafts.append(message.body)
                    self.told.notify_all()
            if self._server.has_room:
                number += 1
                self._server.send(pack(head(number), JPEG))

    def await_draft(self, draft: bytes) -> None:
        with self.told:
            assert self.told.wait_for(lambda: draft in self.drafts, PATIENCE_S)

    def close(self) -> None:
        self._stop.set()
        self._thread.join(PATIENCE_S)
        self._server.close()


@pytest.fixture
def camera(tmp_path: Path) -> Iterator[LiveCamera]:
    camera = LiveCamera(tmp_path / "aim.sock", SystemClock())
    camera.start()
    yield camera
    camera.close()


def test_frames_come_newest_first_and_drafts_go_out(tmp_path: Path, camera: LiveCamera) -> None:
    aim = Aim(tmp_path / "aim.sock")
    first = camera.newest(-1, PATIENCE_S)
    assert first is not None and (first.jpeg, first.sharpness) == (JPEG, 2500)
    later = camera.newest(first.number, PATIENCE_S)
    assert later is not None and later.number > first.number
    camera.paint(b"draft")
    aim.await_draft(b"draft")
    aim.close()


def test_camera_that_is_not_there_gives_nothing_and_no_failure(camera: LiveCamera) -> None:
    camera.paint(b"draft")
    assert camera.newest(-1, 0.05) is None


def test_new_camera_gets_the_draft_of_the_one_before_and_no_old_frame_is_shown(
    tmp_path: Path, camera: LiveCamera
) -> None:
    aim = Aim(tmp_path / "aim.sock")
    assert camera.newest(-1, PATIENCE_S) is not None
    camera.paint(b"draft")
    aim.await_draft(b"draft")
    aim.close()
    again = Aim(tmp_path / "aim.sock")
    assert camera.newest(10**9, PATIENCE_S) is not None
    again.await_draft(b"draft")
    again.close()
