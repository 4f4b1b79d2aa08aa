"""Durable small files, bounded reads, locks and private directories."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from edge.base.errors import AlreadyRunning, BadInput, StorageFault


def write_durably(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Replaces ``path`` by ``data`` so that after a power cut it is the old file or the new one, whole.

    Raises:
        StorageFault: the disk refused; the old file stands, or the new one whose name is not synced. Or ``path`` is a
            device, a pipe or a folder, which a file must not take the place of.
    """
    temporary = path.with_name(f".{path.name}.new")
    try:
        if path.exists() and not path.is_file():
            raise StorageFault(f"{path}: is a device, a pipe or a folder; give the name of a file")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_directory(path.parent)
    except OSError as error:
        _give_back(temporary)
        raise StorageFault(f"{path}: cannot be written ({error.strerror})") from error


def publish(path: Path, data: bytes) -> None:
    """Replaces a file in a run directory, whole but not durable: after a restart it is made anew."""
    temporary = path.with_name(f".{path.name}.new")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        _give_back(temporary)
        raise StorageFault(f"{path}: cannot be published ({error.strerror})") from error


def _give_back(temporary: Path) -> None:
    """Takes a half-written file away, for it may hold the last room of a full disk."""
    with suppress(OSError):
        temporary.unlink(missing_ok=True)


def sync_directory(path: Path) -> None:
    """Makes new names in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_bounded(path: Path, *, limit_bytes: int) -> bytes:
    """Returns the file's bytes.

    Raises:
        BadInput: missing, unreadable or longer than ``limit_bytes``.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limit_bytes + 1)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror})") from error
    if len(data) > limit_bytes:
        raise BadInput(f"{path}: longer than {limit_bytes} bytes, which is the limit for this kind of file")
    return data


Version = tuple[int, int, int, int]


def version_of(path: Path) -> Version | None:
    """Returns what tells one version of a file from the next, or None where there is no file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_size


def is_free(path: Path) -> bool:
    """Whether a folder can be made there: there is nothing yet, or an empty folder.

    Raises:
        BadInput: it cannot be looked at, or is no folder.
    """
    try:
        return not path.exists() or next(path.iterdir(), None) is None
    except OSError as error:
        raise BadInput(f"{path}: cannot be used ({error.strerror}); give an empty or a new folder") from error


def private_directory(path: Path) -> Path:
    """Makes ``path``, readable by its owner alone, and parents where missing; one that exists keeps its mode.

    Raises:
        StorageFault: it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StorageFault(f"{path}: cannot be made ({error.strerror}); give a folder that can be written") from error
    return path


def durable_directory(path: Path) -> Path:
    """Makes ``path`` like ``private_directory``, so that what is synced in it can be reached after a power cut.

    Raises:
        StorageFault: it cannot be made or synced.
    """
    if path.is_dir():
        return path
    durable_directory(path.parent)
    private_directory(path)
    try:
        sync_directory(path.parent)
    except OSError as error:
        raise StorageFault(f"{path}: cannot be synced ({error.strerror})") from error
    return path


class Lock:
    """An exclusive lock on a file or folder, held as long as the process lives or until ``release``.

    Args:
        path: lock file, created where missing; or the folder itself, in which nothing is written then.
        holder: what would run twice, for the message: ``recorder``.

    Raises:
        AlreadyRunning: another process holds it.
        StorageFault: it cannot be opened or locked.
    """

    def __init__(self, path: Path, holder: str, *, folder: bool = False) -> None:
        self._descriptor = -1
        try:
            flags = os.O_RDONLY | os.O_DIRECTORY if folder else os.O_RDWR | os.O_CREAT
            self._descriptor = os.open(path, flags | os.O_CLOEXEC, 0o644)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.release()
            raise AlreadyRunning(f"{path}: another {holder} holds this directory; stop it first") from error
        except OSError as error:
            self.release()
            raise StorageFault(f"{path}: cannot be locked ({error.strerror})") from error

    def release(self) -> None:
        """Lets the next one in."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Lock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
