"""A disk of one file, mounted through FUSE, that keeps its image in memory and logs every write and flush in order.

``python -m tests.crash.logging_disk MOUNT IMAGE LOG`` serves ``MOUNT/disk`` until it is unmounted. IMAGE, a file in
memory (tmpfs), is the disk's content: whoever exchanges it while nothing is mounted has exchanged the disk. LOG grows
by one entry a call, so its length is a position in time: what a sync has returned for lies below it.
"""

from __future__ import annotations

import errno
import mmap
import os
import stat
import struct
import sys
from pathlib import Path
from typing import Any

ENTRY = struct.Struct(">cQI")
"""Kind, offset and length, big-endian; a write's bytes follow."""
WRITE, FLUSH = b"w", b"f"
DISK_NAME = "disk"


class LoggingDisk:
    """What libfuse calls; one thread, so the log has one order.

    Args:
        image: exists, and has the disk's length.
    """

    use_ns = True

    def __init__(self, image: Path, log: Path) -> None:
        descriptor = os.open(image, os.O_RDWR)
        self._image = mmap.mmap(descriptor, 0)
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def getattr(self, path: str, fh: int | None = None) -> dict[str, int]:
        if path == "/":
            return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
        if path != f"/{DISK_NAME}":
            raise OSError(errno.ENOENT, "no such file")
        return {"st_mode": stat.S_IFREG | 0o600, "st_nlink": 1, "st_size": len(self._image)}

    def readdir(self, path: str, fh: int) -> list[str]:
        return [".", "..", DISK_NAME]

    def open(self, path: str, flags: int) -> int:
        return 0

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return self._image[offset : offset + size]

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        if offset + len(data) > len(self._image):
            raise OSError(errno.ENOSPC, "behind the end of the disk")
        self._image[offset : offset + len(data)] = data
        os.write(self._log, ENTRY.pack(WRITE, offset, len(data)) + data)
        return len(data)

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        os.write(self._log, ENTRY.pack(FLUSH, 0, 0))
        return 0


def serve(mount: str, image: str, log: str) -> None:
    """Serves until it is unmounted."""
    import mfusepy  # needs libfuse, which only this process does

    # Derived here and not above, so that the module can be read where libfuse is missing.
    operations: Any = type("Operations", (LoggingDisk, mfusepy.Operations), {})(Path(image), Path(log))
    mfusepy.FUSE(operations, mount, foreground=True, nothreads=True)


if __name__ == "__main__":
    serve(*sys.argv[1:])
