"""Steps left out on purpose that more than one control takes away."""

from __future__ import annotations

import os
from pathlib import Path

from edge.base.files import sync_directory


def write_unsynced(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Renames into place without any sync."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(data)
    temporary.replace(path)


def sync_nothing(path: Path) -> None:
    """Leaves a folder's names to chance."""


def write_in_place(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Syncs, but what a cut interrupts stands in the file's place."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    sync_directory(path.parent)
