"""Runs one recorder as ``mimamori node record`` does, on a disk that fails when it is told to.

``python -m tests.soak.recorder NODE.TOML FAULT``: where the file FAULT is there, the next call on a reel takes it away
and does what it says: ``write`` and ``sync`` fail with EIO, ``slow`` takes its time.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from importlib import import_module
from pathlib import Path

from edge.node.thrift import be_thrifty
from edge.spool.disk import LocalDisk, LocalReelFile

SLOW_S = 1.5


class FailingReel(LocalReelFile):
    """A reel whose write or sync fails once FAULT says so."""

    def __init__(self, path: Path, fault: Path) -> None:
        super().__init__(path)
        self._fault = fault

    def write(self, data: bytes, offset: int) -> None:
        self._meet("write")
        super().write(data, offset)

    def sync(self) -> None:
        if self._meet("slow"):
            time.sleep(SLOW_S)
        self._meet("sync")
        super().sync()

    def _meet(self, kind: str) -> bool:
        try:
            if self._fault.read_text() != kind:
                return False
            self._fault.unlink()
        except OSError:
            return False
        if kind == "slow":
            return True
        raise OSError(errno.EIO, os.strerror(errno.EIO), kind)


class FailingDisk(LocalDisk):
    """The spool's folder, with such reels."""

    fault = Path()

    def open(self, name: str) -> LocalReelFile:
        return FailingReel(self._folder / name, self.fault)


def main() -> None:
    """Records until it is stopped."""
    be_thrifty()  # before numpy and the like are imported, as in the command itself
    FailingDisk.fault = Path(sys.argv[2])
    opening = import_module("edge.spool.opening")
    opening.LocalDisk = FailingDisk  # type: ignore[attr-defined]
    raise SystemExit(import_module("edge.node.record").record(Path(sys.argv[1]), None))


if __name__ == "__main__":
    main()
