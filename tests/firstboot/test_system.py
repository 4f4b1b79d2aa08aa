"""What first boot writes is on the card, whole, before its name is."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from edge.base.errors import Stop
from edge.firstboot.system import System


def test_all_of_a_file_is_written_before_it_is_synced_and_synced_before_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a power cut leaves a file of zeros under the right name."""
    synced: list[tuple[int, bool]] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode):
            synced.append((status.st_size, (tmp_path / "etc" / "x").exists()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    System(tmp_path).write("/etc/x", b"steps", 0o600)
    assert synced == [(5, False)]
    assert (tmp_path / "etc" / "x").stat().st_mode & 0o777 == 0o600


def test_an_erased_file_is_overwritten_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, held = tmp_path / "secret", tmp_path / "held"
    path.write_bytes(b"a ticket")
    os.link(path, held)
    System(tmp_path).erase(path)
    assert not path.exists() and held.read_bytes() == bytes(8)
    System(tmp_path).erase(path)


def test_a_program_that_fails_is_told_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(Stop, match=r"sh -c echo no room.*: status 3: no room"):
        System(tmp_path).run("sh", "-c", "echo no room >&2; exit 3")
    with pytest.raises(Stop, match="cannot be started"):
        System(tmp_path).run("/no/such/program")
