"""A folder, mounted through FUSE, that passes every call on to another folder, numbers them, and fails one on demand.

``python -m tests.faults.failing_folder MOUNT BACKING ORDER LOG`` serves MOUNT until it is unmounted. ORDER is a file in
memory that says which call fails, how, and whether all later ones do, too (``Order``). LOG grows by one line a call:
number, call, path, and the error that it was given, 0 for none. Nothing is cached: the recorder's calls come here.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import struct
import sys
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

_ORDER = struct.Struct("<QQII16s")
ORDER_BYTES = _ORDER.size
NEVER = 2**64 - 1
SHORT = 2**31
"""In the place of an error number: a write takes half of what it is given."""
READING = frozenset({"open", "read", "readdir"})


@dataclass(frozen=True)
class Order:
    """What is to fail.

    Attributes:
        run: another one than before begins the numbers at 0.
        number: of the first call that fails.
        error: its error number, or ``SHORT``.
        lasting: later calls below ``scope`` fail as well: all of them by EIO; by another error those that change
            something.
        scope: the top folder that the lasting fault is confined to.
    """

    run: int = 0
    number: int = NEVER
    error: int = 0
    lasting: int = 0
    scope: bytes = b""

    def dump(self) -> bytes:
        return _ORDER.pack(*astuple(self))

    @classmethod
    def load(cls, data: bytes) -> Order:
        run, number, error, lasting, scope = _ORDER.unpack(data)
        return cls(run, number, error, lasting, scope.rstrip(b"\0"))

    def error_of(self, number: int, call: str, path: str) -> int:
        """Returns the error of a call; 0 for none."""
        if number == self.number:
            return self.error
        later = self.lasting and number > self.number and path.split("/")[1] == self.scope.decode()
        return self.error if later and (self.error == errno.EIO or call not in READING) else 0


class FailingFolder:
    """What libfuse calls, on one thread, so the calls have one order. ``release`` and ``flush`` always pass."""

    use_ns = True

    def __init__(self, backing: Path, order: Path, log: Path) -> None:
        self._backing = backing
        with order.open("rb") as file:
            self._order = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._run = self._calls = 0

    def _pass(self, call: str, path: str) -> Path:
        """Numbers a call, and fails it where it is ordered to."""
        if self._told(call, path):
            raise OSError(errno.EIO, "short writes are for writes")
        return self._backing / path[1:]

    def _told(self, call: str, path: str) -> bool:
        """Numbers a call; raises what is ordered, or tells that only half is to be written."""
        order = Order.load(self._order[:ORDER_BYTES])
        if order.run != self._run:
            self._run, self._calls = order.run, 0
        error = order.error_of(self._calls, call, path)
        os.write(self._log, f"{self._calls} {call} {path} {error}\n".encode())
        self._calls += 1
        if error == SHORT:
            return True
        if error:
            raise OSError(error, os.strerror(error))
        return False

    def getattr(self, path: str, fh: int | None = None) -> dict[str, int]:
        # Neither numbered nor failed: the kernel asks for it on its way to every other call, which fails in its place.
        status = os.lstat(self._backing / path[1:])
        names = ("st_mode", "st_nlink", "st_uid", "st_gid", "st_size", "st_blocks", "st_ino")
        found = {name: getattr(status, name) for name in names}
        return found | {"st_mtime": status.st_mtime_ns, "st_ctime": status.st_ctime_ns, "st_atime": status.st_atime_ns}

    def readdir(self, path: str, fh: int) -> list[str]:
        return [".", "..", *os.listdir(self._pass("readdir", path))]  # noqa: PTH208

    def open(self, path: str, flags: int) -> int:
        return os.open(self._pass("open", path), flags & ~(os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | 0x8000))

    def create(self, path: str, mode: int, fi: Any = None) -> int:
        return os.open(self._pass("create", path), os.O_RDWR | os.O_CREAT, mode)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        self._pass("read", path)
        return os.pread(fh, size, offset)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        part = data[: len(data) // 2] if self._told("write", path) else data
        return os.pwrite(fh, part, offset)

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        self._pass("fsync", path)
        return 0

    def fsyncdir(self, path: str, datasync: int, fh: int) -> int:
        self._pass("fsyncdir", path)
        return 0

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        os.truncate(self._pass("truncate", path), length)
        return 0

    def fallocate(self, path: str, mode: int, offset: int, size: int, fh: int) -> int:
        self._pass("fallocate", path)
        call = ctypes.CDLL(None, use_errno=True).fallocate
        call.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_longlong, ctypes.c_longlong)
        if call(fh, mode, offset, size):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return 0

    def rename(self, old: str, new: str) -> int:
        self._pass("rename", old).rename(self._backing / new[1:])
        return 0

    def unlink(self, path: str) -> int:
        self._pass("unlink", path).unlink()
        return 0

    def mkdir(self, path: str, mode: int) -> int:
        self._pass("mkdir", path).mkdir(mode)
        return 0

    def chmod(self, path: str, mode: int) -> int:
        self._pass("chmod", path).chmod(mode)
        return 0

    def flush(self, path: str, fh: int) -> int:
        return 0

    def release(self, path: str, fh: int) -> int:
        os.close(fh)
        return 0


def serve(mount: str, backing: str, order: str, log: str) -> None:
    """Serves until it is unmounted."""
    import mfusepy  # needs libfuse, which only this process does

    parts = (FailingFolder, mfusepy.Operations)
    operations: Any = type("Operations", parts, {})(Path(backing), Path(order), Path(log))
    # Nothing may answer in our place: no page, no name and no attribute is remembered.
    forgetful: dict[str, Any] = {"direct_io": True, "hard_remove": True, "attr_timeout": 0, "entry_timeout": 0}
    mfusepy.FUSE(operations, mount, foreground=True, nothreads=True, negative_timeout=0, **forgetful)


if __name__ == "__main__":
    serve(*sys.argv[1:])
