"""A city, its opened center, and the running stack."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.base.config import load
from edge.center.center import Center, open_center
from edge.center.config import CenterConfig
from tests.center.city import City
from tests.center.showcase import LABELS
from tests.center.stack import Stack, free_port


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path / "city", extra=LABELS)


@pytest.fixture
def center(city: City) -> Iterator[Center]:
    opened = open_center(load(city.config_path, CenterConfig))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stack")
    port = free_port()
    broker = f"""
[mqtt]
host = "localhost"
port = {port}
ca = "ca.pem"
certificate = "center.pem"
key = "center.key"
"""
    stack = Stack(City(folder, extra=broker), folder / "run", mqtt_port=port)
    try:
        stack.start_mosquitto()
        stack.start_center()
        stack.start_nginx()
        yield stack
    finally:
        stack.stop()
