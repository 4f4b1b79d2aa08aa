"""Fixtures: a provisioned node, films, and processes that start in no time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.node.processes import Command, command, stop_all
from tests.node.systemd import Systemd
from tests.node.town import Town, make_video


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five seconds of a test card, 128x96, ten frames a second."""
    return make_video(tmp_path_factory.mktemp("film") / "film.mp4")


@pytest.fixture
def make_town(tmp_path: Path, film: Path) -> Callable[..., Town]:
    """A node that plays the film, as fast as it goes, unless ``changes`` say otherwise."""

    def make(**changes: Any) -> Town:
        town = Town(tmp_path / "node", source={"path": str(film)})
        town.configure(**changes)
        return town

    return make


@pytest.fixture
def town(make_town: Callable[..., Town]) -> Town:
    return make_town()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    """The service manager's socket."""
    manager = Systemd(tmp_path / "notify")
    yield manager
    manager.close()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Command]]:
    """Starts ``mimamori`` with some words, as a process of its own; whatever still runs at the end is killed."""
    started: list[Command] = []

    def start(*words: object, **environment: str) -> Command:
        started.append(command(tmp_path, *words, **environment))
        return started[-1]

    yield start
    stop_all(started)
