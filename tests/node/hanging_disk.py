"""A folder that hangs when it is told to: another folder, shown through FUSE by a process that can be stopped.

``python -m tests.node.hanging_disk MOUNT FOLDER`` serves FOLDER under MOUNT. While that process is stopped, whoever
reads or writes there waits in the kernel, as behind a card that answers no more.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.fuse import served


class PassedThrough:
    """What libfuse calls; each call is the same call on the folder behind."""

    use_ns = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _at(self, path: str) -> Path:
        return self._folder / path.lstrip("/")

    def getattr(self, path: str, fh: int | None = None) -> dict[str, int]:
        found = os.lstat(self._at(path))
        return {name: getattr(found, name) for name in ("st_mode", "st_nlink", "st_size", "st_uid", "st_gid")}

    def readdir(self, path: str, fh: int) -> list[str]:
        return [".", "..", *(child.name for child in self._at(path).iterdir())]

    def mkdir(self, path: str, mode: int) -> int:
        self._at(path).mkdir(mode)
        return 0

    def open(self, path: str, flags: int) -> int:
        return os.open(self._at(path), flags)

    def create(self, path: str, mode: int, fi: object = None) -> int:
        return os.open(self._at(path), os.O_RDWR | os.O_CREAT, mode)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return os.pread(fh, size, offset)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        return os.pwrite(fh, data, offset)

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        os.truncate(self._at(path), length)
        return 0

    def chmod(self, path: str, mode: int) -> int:
        self._at(path).chmod(mode)
        return 0

    def rename(self, old: str, new: str) -> int:
        self._at(old).rename(self._at(new))
        return 0

    def unlink(self, path: str) -> int:
        self._at(path).unlink()
        return 0

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        os.fsync(fh)
        return 0

    def release(self, path: str, fh: int) -> int:
        os.close(fh)
        return 0


class HangingDisk:
    """A mounted folder with its server."""

    def __init__(self, mount: Path, server: subprocess.Popen[bytes]) -> None:
        self.mount, self._server = mount, server

    def hang(self) -> None:
        """From now on nothing answers."""
        self._server.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Answers what has waited, and all that comes."""
        self._server.send_signal(signal.SIGCONT)


@contextmanager
def hanging_disk(mount: Path, folder: Path) -> Iterator[HangingDisk]:
    """Mounts ``folder``, both of which are made, and takes it away in the end."""
    mount.mkdir()
    folder.mkdir()
    with served("tests.node.hanging_disk", mount, folder) as server:
        yield HangingDisk(mount, server)


def serve(mount: str, folder: str) -> None:
    """Serves until it is unmounted."""
    import mfusepy  # needs libfuse, which only this process does

    operations: Any = type("Operations", (PassedThrough, mfusepy.Operations), {})(Path(folder))
    mfusepy.FUSE(operations, mount, foreground=True, nothreads=True)


if __name__ == "__main__":
    serve(*sys.argv[1:])
