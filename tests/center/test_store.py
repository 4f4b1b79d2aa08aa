from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.base.errors import StorageFault
from edge.center.failures import DiskFull
from edge.center.store import LocalStore

DAY = "2026-01-05"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


def append(store: LocalStore, end: int, *pieces: bytes) -> None:
    with store.hold("cam-1"):
        store.append("cam-1", DAY, end, pieces)


def test_appended_bytes_are_read_back(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    append(store, 0, b"abc", b"def")
    append(store, 6, memoryview(b"ghi").tobytes())
    assert store.read("cam-1", DAY, 2, 5) == b"cdefg"
    assert list(store.days()) == [("cam-1", DAY)]


def synced(monkeypatch: pytest.MonkeyPatch, store: LocalStore, end: int) -> list[str]:
    """Appends and returns what was synced, in order."""
    names: list[str] = []

    def sync(descriptor: int) -> None:
        names.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", sync)
        patch.setattr(os, "fdatasync", sync)
        append(store, end, b"bytes")
    return names


def test_bytes_are_synced_and_so_is_each_new_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = LocalStore(tmp_path / "store")
    assert synced(monkeypatch, store, 0) == ["store", f"{DAY}.records", "cam-1"]
    assert synced(monkeypatch, store, 5) == [f"{DAY}.records"]


def test_control_a_new_name_that_is_not_synced_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.center.store.sync_directory", lambda _: None)
    assert synced(monkeypatch, LocalStore(tmp_path / "store"), 0) == [f"{DAY}.records"]


def test_the_rest_of_a_crash_is_cut_off(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    append(store, 0, b"known")
    append(store, 5, b"never indexed, and long")
    append(store, 5, b"next")
    assert (tmp_path / "store" / "cam-1" / f"{DAY}.records").read_bytes() == b"knownnext"


def test_a_file_shorter_than_the_index_says_is_left_alone(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    append(store, 0, b"short")
    with pytest.raises(StorageFault, match="restore"):
        append(store, 9, b"more")
    assert (tmp_path / "store" / "cam-1" / f"{DAY}.records").read_bytes() == b"short"
    with pytest.raises(StorageFault, match="the index names"):
        store.read("cam-1", DAY, 0, 9)


def test_a_full_disk_takes_nothing_and_gives_its_room_back(small_disk: Path) -> None:
    store = LocalStore(small_disk / "store")
    append(store, 0, b"x" * 100_000)
    with pytest.raises(DiskFull):
        append(store, 100_000, b"y" * 400_000)
    append(store, 100_000, b"z" * 50_000)
    assert store.read("cam-1", DAY, 99_999, 2) == b"xz"


def test_one_writer_a_node_at_a_time(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    entered = threading.Event()

    def second() -> None:
        with store.hold("cam-1"):
            entered.set()

    thread = threading.Thread(target=second)
    with store.hold("cam-1"), store.hold("cam-2"):
        thread.start()
        assert not entered.wait(0.05)
    assert entered.wait(5)
    thread.join(5)


def test_a_link_in_the_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    append(store, 0, b"one")
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (tmp_path / "store" / "cam-1" / "2026-01-06.records").symlink_to(victim)
    with store.hold("cam-1"), pytest.raises(StorageFault):
        store.append("cam-1", "2026-01-06", 0, [b"overwritten"])
    assert victim.read_bytes() == b"precious"
