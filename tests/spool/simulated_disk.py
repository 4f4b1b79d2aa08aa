"""A disk in memory that forgets what was not synced, tears writes at 512 bytes, counts, and fails on demand."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from random import Random

SECTOR_BYTES = 512


@dataclass
class Contents:
    """One file: what the medium holds, and what was written since its last sync, in order."""

    durable: bytearray
    pending: list[tuple[int, bytes]] = field(default_factory=list)
    bad_blocks: set[int] = field(default_factory=set)


class PowerCut(Exception):
    """The power went while the disk was at work; no code of the node's runs after it."""


class SimulatedDisk:
    """The port ``Disk``.

    Args:
        syncs_work: False sabotages it: ``sync`` returns and nothing is durable.
    """

    def __init__(self, *, syncs_work: bool = True) -> None:
        self.files: dict[str, Contents] = {}
        self.syncs_work = syncs_work
        self.calls: list[tuple[str, str, int]] = []
        """Name of the call, file, bytes."""
        self.fail: set[tuple[str, str]] = set()
        """Calls that fail: (call, file name)."""
        self.error = errno.EIO
        self.fail_at: int | None = None
        """Number of the one call, counted from 0, that fails."""
        self.cut_at_sync = False
        """The next sync does not come back."""

    def sizes(self) -> dict[str, int]:
        self.called("sizes", "")
        return {name: len(contents.durable) for name, contents in self.files.items()}

    def allocate(self, name: str, size: int) -> None:
        self.called("allocate", name, size)
        old = self.files.get(name, Contents(bytearray()))
        self.files[name] = Contents(old.durable + bytes(max(0, size - len(old.durable))))

    def sync_names(self) -> None:
        self.called("sync_names", "")

    def open(self, name: str) -> SimulatedReelFile:
        self.called("open", name)
        if name not in self.files:
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
        return SimulatedReelFile(self, name)

    def called(self, call: str, name: str, size: int = 0) -> None:
        self.calls.append((call, name, size))
        if call == "sync" and self.cut_at_sync:
            self.cut_at_sync = False
            raise PowerCut
        if len(self.calls) - 1 == self.fail_at or (call, name) in self.fail or (call, "*") in self.fail:
            raise OSError(self.error, os.strerror(self.error))

    def cut_power(self, random: Random) -> None:
        """Keeps a random subset of the sectors that were written and not synced."""
        self.cut_at_sync = False
        for contents in self.files.values():
            for offset, data in contents.pending:
                for start in range(0, len(data), SECTOR_BYTES):
                    if random.random() < 0.5:
                        sector = data[start : start + SECTOR_BYTES]
                        contents.durable[offset + start : offset + start + len(sector)] = sector
            contents.pending.clear()

    def count(self, call: str) -> int:
        return sum(1 for name, _, _ in self.calls if name == call)

    def written(self) -> int:
        return sum(size for name, _, size in self.calls if name == "write")


class SimulatedReelFile:
    """The port ``ReelFile``."""

    def __init__(self, disk: SimulatedDisk, name: str) -> None:
        self._disk, self._name = disk, name

    @property
    def _contents(self) -> Contents:
        return self._disk.files[self._name]

    def read(self, length: int, offset: int) -> bytes:
        self._disk.called("read", self._name)
        contents = self._contents
        for block in range(offset // 4096, -(-min(offset + length, len(contents.durable)) // 4096)):
            if block in contents.bad_blocks:
                raise OSError(errno.EIO, "bad sector")
        data = bytearray(contents.durable[offset : offset + length])
        for start, written in contents.pending:
            low, high = max(start, offset), min(start + len(written), offset + length)
            if low < high:
                data[low - offset : high - offset] = written[low - start : high - start]
        return bytes(data)

    def write(self, data: bytes, offset: int) -> None:
        # A write that fails may have reached the medium in part.
        self._contents.pending.append((offset, bytes(data)))
        self._disk.called("write", self._name, len(data))

    def sync(self) -> None:
        self._disk.called("sync", self._name)
        contents = self._contents
        if self._disk.syncs_work:
            for offset, data in contents.pending:
                contents.durable[offset : offset + len(data)] = data
            contents.pending.clear()

    def forget(self) -> None:
        self._disk.called("forget", self._name)

    def zero(self, offset: int, length: int) -> None:
        self._disk.called("zero", self._name, length)
        self._contents.pending.append((offset, bytes(length)))

    def close(self) -> None:
        self._disk.called("close", self._name)
