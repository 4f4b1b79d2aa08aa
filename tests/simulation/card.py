"""The node's card: the port ``Disk`` over files in memory, which every process reads, and beside them the medium.

The files are the page cache: what was written is read at once. The medium has what was synced; a power cut leaves there
a random part of the rest, torn at 512 bytes, and the files become what the medium is. A killed process changes nothing.
Every change is told to a ``Watcher`` as records that came, were synced, or went.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from random import Random

from edge.seal.record import BLOCK_BYTES, Header
from tests.simulation.entries import Entry, Headers, Key, Watcher, belongs, is_whole, reel_header

SECTOR_BYTES = 512


class PowerCut(Exception):
    """The power is gone; nothing of the node's runs after it."""


class Killed(Exception):
    """The process that made the call is gone; what it wrote stays in the page cache."""


class Card:
    """The port ``Disk``.

    Attributes:
        refused: (call, reel's name): such a call fails until the card heals.
        fired: refused calls so far.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.headers = folder, Headers()
        self.refused: set[tuple[str, str]] = set()
        self.bad: dict[str, set[int]] = {}
        self.fired = 0
        self.entries: dict[str, dict[int, Entry]] = {}
        self.watcher: Watcher
        self._medium: dict[str, bytearray] = {}
        self._pending: dict[str, list[tuple[int, bytes]]] = {}
        self._differs: set[str] = set()
        self._random = Random(seed)
        self._armed: tuple[int, type[Exception]] | None = None

    def arm(self, calls: int, end: type[Exception]) -> None:
        """The so-many-th changing call from now on does not come back."""
        self._armed = calls, end

    def disarm(self) -> None:
        self._armed = None

    def sizes(self) -> dict[str, int]:
        return {path.name: path.stat().st_size for path in sorted(self.folder.iterdir())}

    def allocate(self, name: str, size: int) -> None:
        self._count(after=False)
        path = self.folder / name
        path.touch()
        os.truncate(path, size)
        self._medium[name] = self._medium.get(name, bytearray()).ljust(size, b"\0")
        self._pending.setdefault(name, [])
        self.entries.setdefault(name, {})

    def sync_names(self) -> None:
        self._count(after=False)

    def open(self, name: str) -> CardFile:
        return CardFile(self, name)

    def write(self, name: str, descriptor: int, offset: int, data: bytes) -> None:
        """Hands bytes to the page cache; where it is refused, a part of them may have got there."""
        self._count(after=False)
        refused = ("write", name) in self.refused
        if refused:
            data = data[: self._random.randrange(0, len(data) + 1, SECTOR_BYTES)]
        self._put(name, descriptor, offset, data)
        if refused:
            self.fired += 1
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        self._count(after=True)

    def zero(self, name: str, descriptor: int, offset: int, length: int) -> None:
        self._count(after=False)
        self._put(name, descriptor, offset, bytes(length), how="erased")
        self._count(after=True)

    def sync(self, name: str) -> None:
        """Makes what is pending durable; a refused sync drops the pages, and some of them had reached the medium."""
        self._count(after=False)
        if ("sync", name) in self.refused:
            self._settle(name, self._random)
            self._differs.add(name)
            self.fired += 1
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        for offset, data in self._pending[name]:
            self._medium[name][offset : offset + len(data)] = data
        self._pending[name].clear()
        for entry in self.entries[name].values():
            if not entry.synced and self._on_medium(entry):
                entry.synced = True
                self.watcher.synced(entry)
        self._count(after=True)

    def spoil(self, name: str, block: int, random: Random) -> None:
        """Makes a block unreadable: its content is gone until something else is written there."""
        if name not in self._medium:
            return
        self.bad.setdefault(name, set()).add(block)
        noise, offset = random.randbytes(BLOCK_BYTES), block * BLOCK_BYTES
        self._medium[name][offset : offset + BLOCK_BYTES] = noise
        with (self.folder / name).open("r+b") as file:
            os.pwrite(file.fileno(), noise, offset)
        self._drop(name, offset, offset + BLOCK_BYTES, "damaged")

    def cut(self, random: Random) -> None:
        """Cuts the power: of what was not synced a random part is left."""
        self.disarm()
        for name in sorted(self._medium):
            if self._pending[name] or name in self._differs:
                self._settle(name, random)
                with (self.folder / name).open("r+b") as file:
                    os.pwrite(file.fileno(), self._medium[name], 0)
                self.entries[name] = {entry.start: entry for entry in self._whole(name)}
        self._differs.clear()

    def headers_on_medium(self) -> Iterator[Header]:
        """Yields every header that a thief's reader would find, its body whole or not."""
        for name in sorted(self._medium):
            data = self._medium[name]
            for offset in range(BLOCK_BYTES, len(data), BLOCK_BYTES):
                header = self.headers.at(data, offset)
                if header is not None:
                    yield header

    def holds(self, key: Key) -> bool:
        """Tells whether a reader of this lap finds the record, on the medium."""
        found = (entry for entries in self.entries.values() for entry in entries.values())
        return any(entry.key == key and entry.synced and not entry.stale for entry in found)

    def all(self) -> Iterator[Entry]:
        """Yields the whole records of this lap."""
        for name in sorted(self.entries):
            yield from (entry for entry in self.entries[name].values() if not entry.stale)

    def data(self, name: str) -> bytearray:
        """The medium of one reel."""
        return self._medium[name]

    def _on_medium(self, entry: Entry) -> bool:
        data, header = self._medium[entry.name], entry.header
        there = data[entry.start : entry.start + len(header.data)] == header.data
        return there and is_whole(header, data, entry.start)

    def _put(self, name: str, descriptor: int, offset: int, data: bytes, how: str = "overwritten") -> None:
        os.pwrite(descriptor, data, offset)
        self._pending[name].append((offset, data))
        if data and name in self.bad:
            self.bad[name] -= set(range(offset // BLOCK_BYTES, -(-(offset + len(data)) // BLOCK_BYTES)))
        self._drop(name, offset, offset + len(data), how)
        start = BLOCK_BYTES if offset == 0 else offset
        header = self.headers.at(data, start - offset)
        if header is not None and len(data) >= start - offset + header.record_bytes:
            self.entries[name][start] = Entry(header, name, start)
        if offset == 0:
            self._new_lap(name, os.pread(descriptor, BLOCK_BYTES, 0))

    def _new_lap(self, name: str, data: bytes) -> None:
        reel = reel_header(data)
        for entry in list(self.entries[name].values()):
            if reel is not None and not entry.stale and not belongs(entry, reel):
                entry.stale = True
                self.watcher.went(entry, "overwritten")

    def _drop(self, name: str, start: int, end: int, how: str) -> None:
        found = self.entries[name]
        for entry in [entry for entry in found.values() if entry.start < end and start < entry.end]:
            del found[entry.start]
            if not entry.stale:
                self.watcher.went(entry, how)

    def _settle(self, name: str, random: Random) -> None:
        """Lets a random part of what is pending reach the medium."""
        kept = random.choice((0.0, 0.5, 1.0))
        for offset, data in self._pending[name]:
            for start in range(0, len(data), SECTOR_BYTES):
                if random.random() < kept:
                    sector = data[start : start + SECTOR_BYTES]
                    self._medium[name][offset + start : offset + start + len(sector)] = sector
        self._pending[name].clear()

    def _whole(self, name: str) -> Iterator[Entry]:
        data, offset = self._medium[name], BLOCK_BYTES
        reel = reel_header(data)
        while offset < len(data):
            header = self.headers.at(data, offset)
            step = BLOCK_BYTES
            if header is not None and is_whole(header, data, offset):
                entry = Entry(header, name, offset, synced=True)
                entry.stale = reel is not None and not belongs(entry, reel)
                yield entry
                step = header.record_bytes
            offset += step

    def _count(self, *, after: bool) -> None:
        """Counts a call twice, before and after it took effect, so that either can be its end."""
        if self._armed is None:
            return
        left, end = self._armed
        self._armed = left - 1, end
        if left <= 1:
            self._armed = None
            raise end


class CardFile:
    """The port ``ReelFile``."""

    def __init__(self, card: Card, name: str) -> None:
        self._card, self._name = card, name
        self._descriptor = os.open(card.folder / name, os.O_RDWR | os.O_CLOEXEC)

    def read(self, length: int, offset: int) -> bytes:
        bad = self._card.bad.get(self._name)
        if bad and not bad.isdisjoint(range(offset // BLOCK_BYTES, -(-(offset + length) // BLOCK_BYTES))):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return os.pread(self._descriptor, length, offset)

    def write(self, data: bytes, offset: int) -> None:
        self._card.write(self._name, self._descriptor, offset, data)

    def sync(self) -> None:
        self._card.sync(self._name)

    def zero(self, offset: int, length: int) -> None:
        self._card.zero(self._name, self._descriptor, offset, length)

    def forget(self) -> None:
        """What is read is the medium's already: a bad block is bad for every reader."""

    def close(self) -> None:
        os.close(self._descriptor)
