"""The camera that the configuration names is the one that is opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edge.base.clock import SystemClock
from edge.base.errors import BadInput
from edge.capture.file import FileCamera
from edge.capture.street.camera import StreetCamera
from edge.node.pictureconfig import SourceConfig
from edge.node.source import open_camera
from tests.node.town import FPS, HEIGHT, START_US, WIDTH, Town


def opened(town: Town, **fields: Any) -> Any:
    return open_camera(SourceConfig.model_validate(fields), town.clock, "Asia/Tokyo")


def test_street_is_drawn_in_the_asked_size(town: Town) -> None:
    with opened(town, kind="street", width=WIDTH, height=HEIGHT, fps=FPS, fast=True) as camera:
        assert isinstance(camera, StreetCamera)
        assert (camera.geometry.width, camera.geometry.height, int(camera.fps)) == (WIDTH, HEIGHT, FPS)
        frame = camera.read()
        assert frame is not None and frame.wall_us == START_US


def test_film_is_played_once_or_on_and_on(town: Town, film: Path) -> None:
    for loop, more in ((False, False), (True, True)):
        with opened(town, kind="file", path=str(film), loop=loop, fast=True) as camera:
            assert isinstance(camera, FileCamera)
            for _ in range(50):
                assert camera.read() is not None
            assert (camera.read() is not None) == more


def test_missing_device_is_named(town: Town) -> None:
    source = SourceConfig.model_validate({"kind": "v4l2", "path": "/dev/video-none"})
    with pytest.raises(BadInput, match="/dev/video-none"):
        open_camera(source, SystemClock(), "Asia/Tokyo")
