from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.crash.devices import Lab, open_lab


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with open_lab() as made:
        yield made
