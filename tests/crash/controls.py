"""What the controls share: steps left out on purpose, and the search for the state that shows it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.crash.devices import Lab
from tests.crash.powercut import Target, run

STATES = 500
ATTEMPTS = 3
"""How the kernel groups its writes differs from run to run, so a seed can miss its state once; the next ones do not."""


def require_noticed(lab: Lab, target: Target[Any], says: str, seed: int = 1) -> None:
    """Fails unless a state within the limit has a fault that fits ``says``."""
    tallies = []
    for attempt in range(ATTEMPTS):
        tallies.append(run(lab, target, STATES, seed=seed + attempt, until_fault=True))
        if any(re.search(says, fault) for fault in tallies[-1].faults):
            return
    pytest.fail(f"no fault like {says!r}: {tallies}")


def write_unsynced(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Renames into place without any sync."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(data)
    temporary.replace(path)


def sync_nothing(path: Path) -> None:
    """Leaves a folder's names to chance."""
