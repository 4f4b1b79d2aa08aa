"""Block devices and mounts that the crash lab makes and takes away: the logging disk, and the one that shows a state.

Both keep their bytes in memory. They need root, loop devices and FUSE; without them the lab fails, for a promise that
was not tested must not look kept.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.crash.logging_disk import DISK_NAME
from tests.fuse import served

DISK_BYTES = 16 * 1024 * 1024
_MEMORY = Path("/dev/shm")
_NOATIME = 1 << 10
"""MS_NOATIME, sys/mount.h."""
_LAZILY = 2
"""MNT_DETACH, sys/mount.h."""
_FORGET = 0x1261
"""BLKFLSBUF, linux/fs.h."""
_MOUNTS = 0x00020000
"""CLONE_NEWNS, sched.h."""
_PRIVATE = (1 << 14) | (1 << 18)
"""MS_REC and MS_PRIVATE, sys/mount.h."""


class Device:
    """A loop device over a file in memory, mounted and unmounted at will.

    Args:
        content: file that holds the disk's bytes.
        backing: file that the loop device drives; the same, or the logging disk in front of it.
    """

    def __init__(self, content: Path, backing: Path, mount: Path, *, direct: bool) -> None:
        self.content, self.mount = content, mount
        mount.mkdir()
        on_off = "on" if direct else "off"
        self._loop = _run("losetup", "--find", "--show", f"--direct-io={on_off}", str(backing)).strip()

    def format(self) -> None:
        """Makes an empty ext4 file system, the same bytes each time."""
        self.fill(bytes(DISK_BYTES))
        options = "nodiscard,lazy_itable_init=0,lazy_journal_init=0,hash_seed=00000000-0000-4000-8000-000000000001"
        uuid = "00000000-0000-4000-8000-000000000002"
        _run("mkfs.ext4", "-q", "-F", "-b", "4096", "-J", "size=4", "-m", "0", "-U", uuid, "-E", options, self._loop)

    def fill(self, image: bytes | bytearray) -> None:
        """Exchanges the disk.

        Raises:
            RuntimeError: it is still mounted somewhere, so the kernel would go on with what it remembers.
        """
        with self.content.open("r+b") as file:
            file.write(image)
        try:
            descriptor = os.open(self._loop, os.O_RDONLY | os.O_EXCL | os.O_CLOEXEC)
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            raise RuntimeError(f"{self._loop}: in use by a mount elsewhere; its states would be false") from error
        try:
            fcntl.ioctl(descriptor, _FORGET)
        finally:
            os.close(descriptor)

    def attach(self) -> None:
        """Mounts it, as a node does at boot.

        Raises:
            OSError: the file system cannot be mounted.
        """
        libc = ctypes.CDLL(None, use_errno=True)
        # As LAYOUT.md says; a life takes seconds, so nothing is committed by time: the order of writes comes from the
        # code under test, not from when it ran.
        options = b"commit=300,errors=remount-ro"
        if libc.mount(self._loop.encode(), bytes(self.mount), b"ext4", _NOATIME, options):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), self._loop)

    def detach(self) -> None:
        """Unmounts it.

        Raises:
            OSError: something in it is still open.
        """
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.umount2(bytes(self.mount), 0):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(self.mount))

    def close(self) -> None:
        """Takes everything away, even after a failed test."""
        if self.mount.is_mount():
            ctypes.CDLL(None).umount2(bytes(self.mount), _LAZILY)
        _run("losetup", "--detach", self._loop)


class Lab:
    """The logging disk, which the workload writes to, and the bench on which crash states are mounted.

    Attributes:
        run: a folder in memory for what a power cut always takes.
    """

    def __init__(self, folder: Path, subject: Device, bench: Device, log: Path) -> None:
        self.run, self.subject, self.bench, self._log = folder, subject, bench, log

    def position(self) -> int:
        """Returns how far the log has got: everything that returned before lies below it."""
        return self._log.stat().st_size

    def forget(self) -> None:
        """Empties the log."""
        os.truncate(self._log, 0)

    def log(self) -> bytes:
        """Returns the whole log."""
        return self._log.read_bytes()


@contextmanager
def open_lab() -> Iterator[Lab]:
    """Makes the lab's devices and takes them away again."""
    with _own_mounts(), TemporaryDirectory(dir=_MEMORY, prefix="mimamori-crash-") as name:
        folder = Path(name)
        image, state, log, fuse = (folder / part for part in ("image", "state", "log", "fuse"))
        for path in (image, state):
            path.touch()
            os.truncate(path, DISK_BYTES)
        fuse.mkdir()
        with served("tests.crash.logging_disk", fuse, image, log):
            subject = Device(image, fuse / DISK_NAME, folder / "subject", direct=True)
            try:
                bench = Device(state, state, folder / "bench", direct=False)
                try:
                    yield Lab(folder, subject, bench, log)
                finally:
                    bench.close()
            finally:
                subject.close()


@contextmanager
def _own_mounts() -> Iterator[None]:
    """Keeps this thread's mounts out of everybody's sight (mount_namespaces(7)).

    A process elsewhere that makes a namespace of its own copies every mount that it sees. Were ours among them, a disk
    would stay mounted after we unmounted it, and the kernel would show us its old content in the next state.
    """
    libc, folder = ctypes.CDLL(None, use_errno=True), Path.cwd()
    before = os.open("/proc/thread-self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _require(libc.unshare(_MOUNTS), "a mount namespace of its own; root is needed")
        _require(libc.mount(b"none", b"/", None, _PRIVATE, None), "private mounts")
        yield
    finally:
        _require(libc.setns(before, _MOUNTS), "the way back to the mounts of before")
        os.close(before)
        os.chdir(folder)


def _require(status: int, what: str) -> None:
    if status:
        raise RuntimeError(f"{what}: {os.strerror(ctypes.get_errno())}")


def _run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: status {done.returncode}: {done.stderr.strip()}; root is needed")
    return done.stdout
