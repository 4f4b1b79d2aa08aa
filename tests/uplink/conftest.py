"""Fixtures: one set of certificates for all tests, a center and a town for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.base.clock import SystemClock
from tests.uplink.town import Center, Pki, Town, make_town, serve


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("pki"), SystemClock().now_us())


@pytest.fixture
def center(pki: Pki) -> Iterator[Center]:
    with serve(Center(pki)) as center:
        yield center


@pytest.fixture
def town(tmp_path: Path, center: Center) -> Iterator[Town]:
    town = make_town(tmp_path, center)
    yield town
    town.close()
