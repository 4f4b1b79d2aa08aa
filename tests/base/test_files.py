"""Durable files: the old one or the new one, whole, whatever the disk refuses; locks; bounded reads."""

from __future__ import annotations

import errno
import os
import resource
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge.base import files
from edge.base.errors import AlreadyRunning, BadInput, StorageFault
from edge.base.files import Lock, durable_directory, private_directory, publish, read_bounded, write_durably

OLD, NEW = b"old" * 100, b"new" * 5000


def _failing(code: int) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> Any:
        raise OSError(code, os.strerror(code))

    return fail


FAULTS = {
    "open": ("os.open", errno.EROFS),
    "open of a full disk": ("os.open", errno.ENOSPC),
    "mode": ("os.fchmod", errno.EPERM),
    "sync": ("os.fsync", errno.EIO),
    "rename": ("pathlib.Path.replace", errno.EIO),
    "directory": ("edge.base.files.sync_directory", errno.EIO),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_refused_write_leaves_the_old_file_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    path = tmp_path / "floor"
    write_durably(path, OLD)
    target, code = FAULTS[fault]
    with monkeypatch.context() as patch:
        patch.setattr(target, _failing(code))
        with pytest.raises(StorageFault, match=os.strerror(code)):
            write_durably(path, NEW)
    assert path.read_bytes() == (NEW if fault == "directory" else OLD)
    write_durably(path, NEW)
    assert path.read_bytes() == NEW
    assert [item.name for item in tmp_path.iterdir()] == ["floor"]


def test_write_that_ends_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "floor"
    write_durably(path, OLD)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(NEW) // 2, hard))
    try:
        with pytest.raises(StorageFault, match=os.strerror(errno.EFBIG)):
            write_durably(path, NEW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == OLD
    assert [item.name for item in tmp_path.iterdir()] == ["floor"], "half a file holds room that others need"


def _in_place(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """What ``write_durably`` must not do."""
    try:
        with path.open("wb") as file:
            file.write(data[: len(data) // 2])
            file.flush()
            os.fsync(file.fileno())
            file.write(data[len(data) // 2 :])
    except OSError as error:
        raise StorageFault(str(error)) from error


def test_control_writing_in_place_leaves_half_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "floor"
    write_durably(path, OLD)
    monkeypatch.setattr("os.fsync", _failing(errno.EIO))
    with pytest.raises(StorageFault):
        _in_place(path, NEW)
    assert path.read_bytes() not in (OLD, NEW)


def _order(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Returns what a write does to the disk, in order."""
    calls: list[str] = []
    real_fsync, real_replace = os.fsync, Path.replace

    def fsync(descriptor: int) -> None:
        calls.append("sync directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "sync file")
        real_fsync(descriptor)

    def replace(source: Path, target: Path) -> Path:
        calls.append("rename")
        return real_replace(source, target)

    monkeypatch.setattr("os.fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    write_durably(path, NEW)
    return calls


def test_content_is_synced_before_the_name_and_the_name_after(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _order(tmp_path / "floor", monkeypatch) == ["sync file", "rename", "sync directory"]


def test_control_order_shows_when_the_sync_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "sync_directory", lambda _: None)
    assert _order(tmp_path / "floor", monkeypatch) == ["sync file", "rename"]


def test_mode_is_set_before_a_secret_is_written(tmp_path: Path) -> None:
    path = tmp_path / "signing.pem"
    (tmp_path / ".signing.pem.new").write_bytes(b"left over, readable by all")
    write_durably(path, b"secret", mode=0o600)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    write_durably(path, b"secret")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_link_in_the_place_of_the_new_file_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(OLD)
    (tmp_path / ".floor.new").symlink_to(elsewhere)
    with pytest.raises(StorageFault):
        write_durably(tmp_path / "floor", NEW)
    assert elsewhere.read_bytes() == OLD


def test_what_is_no_file_is_not_replaced_by_one(tmp_path: Path) -> None:
    """Root's ``--out /dev/null`` would else take the machine's device away."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(StorageFault, match="pipe: is a device, a pipe or a folder"):
        files.write_durably(pipe, b"new")
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert list(tmp_path.iterdir()) == [pipe]


def test_publish_replaces_whole_files_and_names_what_it_cannot(tmp_path: Path) -> None:
    path = tmp_path / "recorder.json"
    publish(path, OLD)
    publish(path, NEW)
    assert path.read_bytes() == NEW
    with pytest.raises(StorageFault, match="cannot be published"):
        publish(tmp_path / "none" / "recorder.json", NEW)


def test_read_takes_the_limit_and_refuses_one_byte_more(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 10)
    assert read_bounded(path, limit_bytes=10) == b"x" * 10
    with pytest.raises(BadInput, match="longer than 9 bytes"):
        read_bounded(path, limit_bytes=9)
    for bad in (tmp_path / "none", tmp_path):
        with pytest.raises(BadInput, match="cannot be read"):
            read_bounded(bad, limit_bytes=10)


def test_private_directory_is_its_owners_alone(tmp_path: Path) -> None:
    made = private_directory(tmp_path / "a" / "b")
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert private_directory(made) == made
    (tmp_path / "file").touch()
    with pytest.raises(StorageFault, match="cannot be made"):
        private_directory(tmp_path / "file")


def _synced(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Returns the folders that making ``path`` synced, in order."""
    names: list[str] = []

    def fsync(descriptor: int) -> None:
        names.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)

    monkeypatch.setattr("os.fsync", fsync)
    durable_directory(path)
    return names


def test_each_new_folders_name_is_synced_in_the_folder_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "days").mkdir()
    assert _synced(tmp_path / "days" / "cam-1" / "new", monkeypatch) == ["days", "cam-1"]
    assert stat.S_IMODE((tmp_path / "days" / "cam-1").stat().st_mode) == 0o700
    assert _synced(tmp_path / "days" / "cam-1", monkeypatch) == []


def test_control_a_folder_that_is_only_made_has_no_name_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "sync_directory", lambda _: None)
    assert _synced(tmp_path / "days", monkeypatch) == []


def test_folder_whose_name_cannot_be_synced_is_a_storage_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(StorageFault, match="days: cannot be synced"):
        durable_directory(tmp_path / "days")


def test_second_holder_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with Lock(path, "recorder") as first:
        with pytest.raises(AlreadyRunning, match="another recorder holds this directory"):
            Lock(path, "recorder")
        first.release()
        Lock(path, "recorder").release()
    Lock(path, "recorder").release()


def test_lock_goes_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    code = (
        "import sys, pathlib, edge.base.files as f\nf.Lock(pathlib.Path(sys.argv[1]), 'x')\nprint(flush=True), input()"
    )
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(AlreadyRunning):
            Lock(path, "recorder")
        other.kill()
        other.wait(10)
    Lock(path, "recorder").release()


def test_lock_that_cannot_be_had_is_a_storage_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StorageFault, match="cannot be locked"):
        Lock(tmp_path / "none" / "lock", "recorder")
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a listing of descriptors
    monkeypatch.setattr("fcntl.flock", _failing(errno.ENOLCK))
    with pytest.raises(StorageFault, match=os.strerror(errno.ENOLCK)):
        Lock(tmp_path / "lock", "recorder")
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
