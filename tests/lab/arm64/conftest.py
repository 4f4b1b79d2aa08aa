"""One system for all tests here; whatever fails, it is gone with the process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.arm64.emulation import arm64_programs
from tests.lab.arm64.system import System, open_system


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The system, entered."""
    with arm64_programs(), open_system(tmp_path_factory.mktemp("arm64")) as entered:
        yield entered
