"""One suite for both adapters of the disk's port."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from random import Random

import pytest

from edge.spool import disk as module
from edge.spool.disk import Disk, LocalDisk
from tests.spool.simulated_disk import SimulatedDisk

SIZE = 3 * 1024 * 1024


@pytest.fixture(params=["local", "simulated"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Disk:
    return LocalDisk(tmp_path) if request.param == "local" else SimulatedDisk()


def test_allocated_file_has_its_length_and_reads_as_zeros(disk: Disk) -> None:
    disk.allocate("reel-00000", SIZE)
    disk.sync_names()
    assert disk.sizes() == {"reel-00000": SIZE}
    file = disk.open("reel-00000")
    assert file.read(SIZE + 1, 0) == bytes(SIZE)
    file.close()


def test_allocating_again_keeps_what_is_there(disk: Disk) -> None:
    disk.allocate("a", 4096)
    file = disk.open("a")
    file.write(b"held", 10)
    file.sync()
    disk.allocate("a", SIZE)
    assert file.read(6, 9) == b"\0held\0"
    assert disk.sizes() == {"a": SIZE}
    file.close()


def test_zeroed_range_reads_as_zeros_and_nothing_else_does(disk: Disk) -> None:
    disk.allocate("a", SIZE)
    file = disk.open("a")
    file.write(b"\xff" * SIZE, 0)
    file.zero(4096, SIZE - 8192)
    file.sync()
    assert file.read(SIZE, 0) == b"\xff" * 4096 + bytes(SIZE - 8192) + b"\xff" * 4096
    assert disk.sizes() == {"a": SIZE}
    file.close()


def test_what_is_promised_durable_is_synced_by_the_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test without a power cut sees what a missing sync loses; so the calls are listened to on their way."""
    asked: list[tuple[str, str]] = []

    def listen(name: str) -> None:
        real = getattr(os, name)

        def call(descriptor: int) -> None:
            asked.append((name, Path(f"/proc/self/fd/{descriptor}").readlink().name))
            real(descriptor)

        monkeypatch.setattr(os, name, call)

    listen("fsync")
    listen("fdatasync")
    disk = LocalDisk(tmp_path)
    disk.allocate("a", 4096)
    disk.sync_names()
    file = disk.open("a")
    file.write(b"held", 0)
    assert asked == [("fsync", "a"), ("fsync", tmp_path.name)]
    file.sync()
    assert asked[2:] == [("fdatasync", "a")]
    file.close()


def test_file_that_is_not_there_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        LocalDisk(tmp_path).open("reel-00000")


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"1234")
    (tmp_path / "reel-00000").symlink_to(tmp_path / "elsewhere")
    disk = LocalDisk(tmp_path)
    assert disk.sizes()["reel-00000"] == -1
    with pytest.raises(OSError, match="symbolic"):
        disk.open("reel-00000")
    with pytest.raises(OSError, match="symbolic"):
        disk.allocate("reel-00000", 4096)


def test_short_write_is_a_failed_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = LocalDisk(tmp_path)
    disk.allocate("a", 4096)
    file = disk.open("a")
    monkeypatch.setattr(os, "pwrite", lambda descriptor, data, offset: len(data) - 1)
    with pytest.raises(OSError, match="short write: 3 of 4 bytes"):
        file.write(b"1234", 0)


@pytest.mark.parametrize("number", [errno.EOPNOTSUPP, errno.ENOSYS])
def test_zeros_are_written_where_the_file_system_cannot_zero_a_range(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    disk = LocalDisk(tmp_path)
    disk.allocate("a", SIZE)
    file = disk.open("a")
    file.write(b"\xff" * SIZE, 0)
    monkeypatch.setattr(module, "_fallocate", lambda descriptor, mode, offset, length: number)
    file.zero(4096, SIZE - 4096)
    assert file.read(SIZE, 0) == b"\xff" * 4096 + bytes(SIZE - 4096)


def test_refused_zeroing_is_an_error(tmp_path: Path) -> None:
    disk = LocalDisk(tmp_path)
    disk.allocate("a", 4096)
    file = disk.open("a")
    file.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        file.zero(0, 4096)


def test_unsynced_writes_are_lost_on_the_simulated_disk_only_in_part() -> None:
    disk = SimulatedDisk()
    disk.allocate("a", 1 << 16)
    file = disk.open("a")
    file.write(b"s" * 4096, 0)
    file.sync()
    file.write(b"u" * 32768, 4096)
    disk.cut_power(Random(1))
    assert file.read(4096, 0) == b"s" * 4096
    assert {file.read(512, offset) for offset in range(4096, 36864, 512)} == {b"u" * 512, bytes(512)}


@pytest.mark.parametrize("gives_back", [True, False], ids=["held", "control"])
def test_refused_allocation_keeps_none_of_the_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gives_back: bool
) -> None:
    """A disk that runs full half way leaves the file as long as the room that it found."""

    def run_full(descriptor: int, offset: int, length: int) -> None:
        os.truncate(descriptor, length // 2)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", run_full)
    if not gives_back:
        monkeypatch.setattr(os, "ftruncate", lambda *_: None)
    with pytest.raises(OSError, match="No space"):
        LocalDisk(tmp_path).allocate("reel-00000", SIZE)
    assert (tmp_path / "reel-00000").stat().st_size == (0 if gives_back else SIZE // 2)
