"""One lab a module, and the city's side for those that ask for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.nodes import NodeLab, open_lab
from tests.lab.nodes.townhall import TownHall


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeLab]:
    with open_lab(tmp_path_factory.mktemp("nodes")) as lab:
        yield lab


@pytest.fixture(scope="module")
def town(lab: NodeLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TownHall]:
    """Center, nginx and mosquitto, in the lab's network."""
    town = TownHall(tmp_path_factory.mktemp("city"))
    with lab.network():
        town.start_all()
    yield town
    town.stop()
