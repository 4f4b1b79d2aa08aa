"""Folders and disks that misbehave to order, each served through FUSE by a process of its own.

They need root, /dev/fuse and libfuse3; without them the lab fails: a promise that was not tested must not look kept.
"""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOOKS = 600
_LOOK_S = 0.05
_LAZILY = 2
"""MNT_DETACH, sys/mount.h."""


@contextmanager
def served(module: str, mount: Path, *arguments: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Runs ``python -m module mount arguments`` until the end of the block, which begins once it is mounted.

    Raises:
        RuntimeError: it cannot be mounted.
    """
    words = [sys.executable, "-m", module, str(mount), *map(str, arguments)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _require_mounted(process, mount)
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        ctypes.CDLL(None).umount2(bytes(mount), _LAZILY)
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _require_mounted(process: subprocess.Popen[bytes], mount: Path) -> None:
    for _ in range(_LOOKS):
        if mount.is_mount():
            return
        try:
            _, error = process.communicate(timeout=_LOOK_S)
        except subprocess.TimeoutExpired:
            continue
        raise RuntimeError(f"{mount} cannot be mounted; root, /dev/fuse and libfuse3 are needed: {error!r}")
    raise RuntimeError(f"{mount} is not there after {_LOOKS * _LOOK_S:.0f} s")
