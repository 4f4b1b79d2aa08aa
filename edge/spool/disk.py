"""The spool's port to the disk, and the adapter that drives the real one.

Every call that can fail raises OSError; the spool decides what that means. Nothing here buffers.
"""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path
from typing import Protocol

_ZERO_CHUNK_BYTES = 1024 * 1024
_KEEP_SIZE_AND_ZERO_RANGE = 0x01 | 0x10
"""FALLOC_FL_KEEP_SIZE | FALLOC_FL_ZERO_RANGE, linux/falloc.h."""


class ReelFile(Protocol):
    """One open reel."""

    def read(self, length: int, offset: int) -> bytes:
        """Returns up to ``length`` bytes; fewer only at the end of the file."""

    def write(self, data: bytes, offset: int) -> None:
        """Hands all of ``data`` to the disk in one call; durable only after ``sync``."""

    def sync(self) -> None:
        """Makes what was written durable (fdatasync)."""

    def forget(self) -> None:
        """Lets go of what memory holds of the file, so that the next read asks the medium."""

    def zero(self, offset: int, length: int) -> None:
        """Makes a range read as zeros and keeps its room; durable only after ``sync``."""

    def close(self) -> None:
        """Lets go of the file."""


class Disk(Protocol):
    """The spool's folder."""

    def sizes(self) -> dict[str, int]:
        """Returns every name in the folder with its length in bytes; anything but a plain file has -1."""

    def allocate(self, name: str, size: int) -> None:
        """Makes the file, or completes a shorter one, so that all of it has room; its length and room are durable.

        Where it fails the file is as short as before, so that other files find what room there is.
        """

    def sync_names(self) -> None:
        """Makes new names durable."""

    def open(self, name: str) -> ReelFile:
        """Opens an allocated reel for reading and writing."""


class LocalReelFile:
    """A reel on a mounted file system."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)

    def read(self, length: int, offset: int) -> bytes:
        return os.pread(self._descriptor, length, offset)

    def write(self, data: bytes, offset: int) -> None:
        written = os.pwrite(self._descriptor, data, offset)
        if written != len(data):
            raise OSError(errno.EIO, f"short write: {written} of {len(data)} bytes")

    def sync(self) -> None:
        os.fdatasync(self._descriptor)

    def forget(self) -> None:
        os.posix_fadvise(self._descriptor, 0, 0, os.POSIX_FADV_DONTNEED)

    def zero(self, offset: int, length: int) -> None:
        if not _zero_range(self._descriptor, offset, length):
            for start in range(offset, offset + length, _ZERO_CHUNK_BYTES):
                self.write(bytes(min(_ZERO_CHUNK_BYTES, offset + length - start)), start)

    def close(self) -> None:
        os.close(self._descriptor)


class LocalDisk:
    """A folder on a mounted file system."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def sizes(self) -> dict[str, int]:
        with os.scandir(self._folder) as entries:
            return {
                entry.name: entry.stat(follow_symlinks=False).st_size if entry.is_file(follow_symlinks=False) else -1
                for entry in entries
            }

    def allocate(self, name: str, size: int) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(self._folder / name, flags, 0o640)
        try:
            before = os.fstat(descriptor).st_size
            try:
                os.posix_fallocate(descriptor, 0, size)
            except OSError:
                os.ftruncate(descriptor, before)
                raise
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def sync_names(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def open(self, name: str) -> LocalReelFile:
        return LocalReelFile(self._folder / name)


def _zero_range(descriptor: int, offset: int, length: int) -> bool:
    """Asks the file system, which writes no data; False where it cannot (tmpfs)."""
    number = _fallocate(descriptor, _KEEP_SIZE_AND_ZERO_RANGE, offset, length)
    if number in {errno.EOPNOTSUPP, errno.ENOSYS}:
        return False
    if number:
        raise OSError(number, os.strerror(number))
    return True


def _fallocate(descriptor: int, mode: int, offset: int, length: int) -> int:
    """Calls fallocate(2), which Python offers without modes only; returns 0 or the error number."""
    call = ctypes.CDLL(None, use_errno=True).fallocate
    call.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_longlong, ctypes.c_longlong)
    return 0 if call(descriptor, mode, offset, length) == 0 else ctypes.get_errno()
