"""The record store: append-only files of whole records, one a node and day, and their headers once bodies expire.

Rules:
  1. Whoever changes a node's files holds the node's lock (``hold``), in whichever process.
  2. The index says where a file ends. What stands beyond is the rest of a crash: it is cut off before an append.
  3. Bytes are synced before the index may name them; a new file's name is synced too.
  4. A file shorter than the index says is a fault, never filled up: the node keeps its records until a person looks.
  5. Headers are written whole and durable before a day's bodies are removed, so chains stay.
  6. Bodies go past the page cache (open(2), O_DIRECT) where file system and alignment allow: nobody reads them soon,
     and the copy cost more of the CPU than all the rest of an append. It changes nothing about rule 3.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from edge.base.errors import StorageFault
from edge.base.files import durable_directory, private_directory, sync_directory, write_durably
from edge.base.model import Day, NodeId
from edge.center.failures import disk_error
from edge.seal.record import Buffer


class RecordStore(Protocol):
    """Where record bytes lie; the index knows what they are."""

    @contextmanager
    def hold(self, node: NodeId) -> Iterator[None]:
        """Keeps everyone else from changing this node's files."""

    def append(self, node: NodeId, day: Day, known_end: int, pieces: Sequence[Buffer]) -> None:
        """Makes ``pieces`` durable from byte ``known_end`` of the day's file on.

        Raises:
            StorageFault: nothing counts; ``DiskFull`` where there is no room.
        """

    def read(self, node: NodeId, day: Day, offset: int, length: int, *, headers: bool = False) -> bytes:
        """Returns exactly ``length`` bytes of the day's records, or of its kept headers.

        Raises:
            StorageFault: not readable, or the file is shorter.
        """

    def keep_headers(self, node: NodeId, day: Day, headers: bytes) -> None:
        """Makes the bare headers of a day durable."""

    def days(self) -> Iterator[tuple[NodeId, Day]]:
        """Yields every node's days that have bodies."""

    def remove_bodies(self, node: NodeId, day: Day) -> None:
        """Removes the day's records; none there is well too."""


class LocalStore:
    """The store in a directory of this machine: ``<node>/<day>.records``, ``<node>/<day>.headers``."""

    def __init__(self, folder: Path) -> None:
        self._folder = durable_directory(folder)

    @contextmanager
    def hold(self, node: NodeId) -> Iterator[None]:
        descriptor = self._open_lock(node)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def append(self, node: NodeId, day: Day, known_end: int, pieces: Sequence[Buffer]) -> None:
        path = self._path(node, day, "records")
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                _cut_to(descriptor, path, known_end)
                _set_direct(descriptor, on=True)
                _write_synced(descriptor, known_end, pieces)
            finally:
                os.close(descriptor)
            if known_end == 0:
                sync_directory(path.parent)
        except OSError as error:
            raise disk_error(error, str(path)) from error

    def read(self, node: NodeId, day: Day, offset: int, length: int, *, headers: bool = False) -> bytes:
        path = self._path(node, day, "headers" if headers else "records")
        try:
            with path.open("rb") as file:
                data = os.pread(file.fileno(), length, offset)
        except OSError as error:
            raise disk_error(error, str(path)) from error
        if len(data) != length:
            raise StorageFault(f"{path}: ends at byte {offset + len(data)}, the index names {offset + length}")
        return data

    def keep_headers(self, node: NodeId, day: Day, headers: bytes) -> None:
        write_durably(self._path(node, day, "headers"), headers, mode=0o600)

    def days(self) -> Iterator[tuple[NodeId, Day]]:
        for path in sorted(self._folder.glob("*/*.records")):
            yield path.parent.name, path.stem

    def remove_bodies(self, node: NodeId, day: Day) -> None:
        path = self._path(node, day, "records")
        path.unlink(missing_ok=True)
        sync_directory(path.parent)

    def _path(self, node: NodeId, day: Day, kind: str) -> Path:
        return self._folder / node / f"{day}.{kind}"

    def _open_lock(self, node: NodeId) -> int:
        folder = self._folder / node
        try:
            if not folder.is_dir():
                private_directory(folder)
                sync_directory(self._folder)
            return os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise disk_error(error, str(folder)) from error


def _cut_to(descriptor: int, path: Path, known_end: int) -> None:
    size = os.fstat(descriptor).st_size
    if size < known_end:
        raise StorageFault(f"{path}: ends at byte {size}, the index names {known_end}; restore it before going on")
    if size > known_end:
        os.ftruncate(descriptor, known_end)


def _write_synced(descriptor: int, start: int, pieces: Sequence[Buffer]) -> None:
    try:
        offset = start
        for piece in pieces:
            offset += _write_all(descriptor, offset, piece)
        os.fdatasync(descriptor)
    except OSError:
        os.ftruncate(descriptor, start)  # gives the room back; were it to fail, the next append cuts (rule 2)
        raise


def _write_all(descriptor: int, offset: int, piece: Buffer) -> int:
    view = memoryview(piece)
    while view:
        try:
            written = os.pwrite(descriptor, view, offset)
        except OSError as error:
            if error.errno != errno.EINVAL or not _set_direct(descriptor, on=False):
                raise
            continue  # not aligned as this disk wants it
        offset, view = offset + written, view[written:]
    return len(piece)


def _set_direct(descriptor: int, *, on: bool) -> bool:
    """Turns O_DIRECT on or off; tells whether that changed anything."""
    before = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    wanted = before | os.O_DIRECT if on else before & ~os.O_DIRECT
    if wanted == before:
        return False
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETFL, wanted)
    except OSError:
        return False  # a file system without it
    return True
