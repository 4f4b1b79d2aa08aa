"""picamera2 itself over the simulated libcamera, one scenario a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.picamera import board


@pytest.fixture
def scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A board with its sensor and its tuning file; nothing goes wrong yet."""
    board.tuning_at(tmp_path, "vc4")
    board.tuning_at(tmp_path, "pisp")
    monkeypatch.setenv("HOME", str(tmp_path))
    yield board.begin()
    board.begin()
