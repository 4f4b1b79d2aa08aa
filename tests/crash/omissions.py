"""Steps left out on purpose that more than one control takes away."""

from __future__ import annotations

from pathlib import Path


def write_unsynced(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Renames into place without any sync."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(data)
    temporary.replace(path)


def sync_nothing(path: Path) -> None:
    """Leaves a folder's names to chance."""
