"""Runs one recorder as ``mimamori node record`` does, on a disk that fails when it is told to.

``python -m tests.soak.recorder NODE.TOML FAULT``: where the file FAULT is there, the next call on a reel takes it away
and does what it says: ``write`` and ``sync`` fail with EIO, ``slow N`` takes N seconds.
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


class FailingReel(LocalReelFile):
    """A reel whose write or sync fails once FAULT says so."""

    def __init__(self, path: Path, fault: Path) -> None:
        super().__init__(path)
        self._fault = fault

    def write(self, data: bytes, offset: int) -> None:
        if self._told("write"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        super().write(data, offset)

    def sync(self) -> None:
        if slow := self._told("slow"):
            time.sleep(float(slow[1]))
        if self._told("sync"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        super().sync()

    def _told(self, kind: str) -> list[str]:
        """Returns the fault's words once, if it is of that kind."""
        try:
            words = self._fault.read_text().split()
            if words[:1] != [kind]:
                return []
            self._fault.unlink()
        except OSError:
            return []
        return words


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
