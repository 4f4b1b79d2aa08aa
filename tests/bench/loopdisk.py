"""A loop device on a file, with ext4 on it, whose writes the kernel counts: what a card below it would have got.

Needs root and a free loop device. The file is driven with direct I/O, so a flush goes on to the machine's disk.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

RECOMMENDED = "noatime,commit=300"
"""As ``edge/spool/LAYOUT.md`` says."""
_SECTOR_BYTES = 512
_LAZILY = 2
"""MNT_DETACH, sys/mount.h."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What reached the device: bytes written, and flushes of its cache."""

    written: int
    flushes: int

    def __sub__(self, other: Counts) -> Counts:
        return Counts(self.written - other.written, self.flushes - other.flushes)


@dataclass(frozen=True, slots=True)
class LoopDisk:
    """A mounted disk."""

    device: str
    options: str
    mount: Path

    def counts(self) -> Counts:
        """Returns the device's counts (Documentation/block/stat.rst)."""
        fields = Path(f"/sys/block/{self.device}/stat").read_text().split()
        return Counts(int(fields[6]) * _SECTOR_BYTES, int(fields[15]))

    def remount(self) -> None:
        """Takes the file system off and back on, so that the kernel remembers nothing of it."""
        run("umount", str(self.mount))
        run("mount", "-o", self.options, f"/dev/{self.device}", str(self.mount))

    def settle(self) -> None:
        """Writes out what waits."""
        descriptor = os.open(self.mount, os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).syncfs(descriptor):
                raise OSError(ctypes.get_errno(), "syncfs", str(self.mount))
        finally:
            os.close(descriptor)


@contextmanager
def loop_disk(
    folder: Path, size: int, options: str = RECOMMENDED, formatting: Sequence[str] = ()
) -> Iterator[LoopDisk]:
    """Makes a disk of ``size`` bytes (sparse) in ``folder`` and takes it away again.

    Args:
        formatting: further words for mkfs.ext4.
    """
    folder.mkdir(parents=True, exist_ok=True)
    image, mount = folder / "disk.img", folder / "disk"
    image.touch()
    os.truncate(image, size)
    mount.mkdir()
    now = "lazy_itable_init=0,lazy_journal_init=0"  # later it would be counted with the rest
    run("mkfs.ext4", "-q", "-F", "-m", "0", "-E", now, *formatting, str(image))
    device = run("losetup", "--find", "--show", "--direct-io=on", str(image)).strip()
    try:
        run("mount", "-o", options, device, str(mount))
        yield LoopDisk(Path(device).name, options, mount)
    finally:
        if mount.is_mount():
            ctypes.CDLL(None).umount2(bytes(mount), _LAZILY)
        run("losetup", "--detach", device)
        image.unlink()


def run(*words: str) -> str:
    """Runs a program and returns what it printed.

    Raises:
        RuntimeError: it failed.
    """
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: status {done.returncode}: {done.stderr.strip()}; root is needed")
    return done.stdout
