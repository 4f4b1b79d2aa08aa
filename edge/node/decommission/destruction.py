"""Overwrites files where they lie, then takes their names away; and overwrites what no file holds any more.

What a card's controller has put aside by itself nobody can reach. It holds sealed records, whose keys the city
destroys, and keys that open nothing and that the city has revoked.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from edge.base.errors import StorageFault
from edge.base.files import sync_directory

_CHUNK = bytes(1 << 20)
_FILLER = ".overwrite"


@dataclass
class Destroyed:
    """What was overwritten so far."""

    files: int = 0
    length: int = 0


def destroy(path: Path, done: Destroyed, *, but: frozenset[Path] = frozenset()) -> None:
    """Overwrites a file, or every file below a folder, and takes the names away; nothing happens where there is none.

    Links are taken away and not followed. A folder itself stays, for it may be a partition's.

    Args:
        but: files that stay.

    Raises:
        StorageFault: the disk refused; what was overwritten stays so.
    """
    try:
        if path.is_dir() and not path.is_symlink():
            for child in sorted(path.iterdir()):
                destroy(child, done, but=but)
                if child.is_dir() and not child.is_symlink() and not child.is_mount() and not any(child.iterdir()):
                    child.rmdir()
            sync_directory(path)
        elif path not in but:
            with suppress(FileNotFoundError):  # a process that still runs may replace its own
                _destroy_file(path, done)
    except OSError as error:
        raise StorageFault(f"{path}: cannot be destroyed ({error.strerror}); try again, or destroy the card") from error


def overwrite_free_space(folder: Path) -> bool:
    """Fills the rest of a folder's partition with zeros; False where the partition is not the node's own.

    Raises:
        StorageFault: the disk refused for another reason than that it is full.
    """
    mount = folder
    while not mount.is_mount():
        mount = mount.parent
    if mount == Path("/"):
        return False
    filler = mount / _FILLER
    try:
        with filler.open("wb", buffering=0) as file:
            with suppress(_Full):
                while True:
                    _write(file.fileno(), _CHUNK)
            os.fsync(file.fileno())
        filler.unlink()
        sync_directory(mount)
    except OSError as error:
        raise StorageFault(f"{mount}: its free space cannot be overwritten ({error.strerror})") from error
    return True


class _Full(Exception):
    """The partition takes no more."""


def _write(descriptor: int, data: bytes) -> None:
    try:
        if os.write(descriptor, data) == 0:
            raise _Full
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise _Full from error
        raise


def _destroy_file(path: Path, done: Destroyed) -> None:
    if not path.is_symlink() and path.is_file():
        length = path.stat().st_size
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
        try:
            offset = 0
            while offset < length:
                offset += os.pwrite(descriptor, _CHUNK[: length - offset], offset)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        done.files += 1
        done.length += length
    path.unlink()
