"""Fixtures: one failing folder for all, and each scenario's template, made once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.faults.lab import open_folder
from tests.faults.scenario import Scenario, prepare
from tests.faults.trial import Trial


@pytest.fixture(scope="session")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    with open_folder() as folder:
        yield Trial(folder, tmp_path_factory.mktemp("faults") / "node")


@pytest.fixture(scope="session")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Scenario]:
    templates: Path = tmp_path_factory.mktemp("templates")
    return cache(lambda name: prepare(templates, name))
