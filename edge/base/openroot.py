"""The root file system of a board is mounted read-only: opened for a change, and closed again after it.

Rules:
  1. Whoever changes it holds a nameless file in it that is open for writing: the kernel lets nobody close it meanwhile.
  2. Who opened it closes it. Where somebody else still writes, ``mimamori-close-root.service`` tries again until it is
     closed; what was changed stands, whatever becomes of the closing.
"""

from __future__ import annotations

import logging
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from edge.base.errors import StorageFault

CLOSES = "mimamori-close-root.service"
_ROOT, _ETC = "/", Path("/etc")
_PROGRAM_S, _NO_UNIT = 120, 5
_log = logging.getLogger(__name__)


def run(*words: str) -> int:
    """Runs a program; what it says goes to the log.

    Raises:
        StorageFault: it is not there, or does not end.
    """
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=_PROGRAM_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StorageFault(f"{words[0]}: did not run to its end ({type(error).__name__})") from error
    if done.returncode:
        _log.warning("%s: status %d: %s", " ".join(words), done.returncode, " ".join(done.stderr.split())[-300:])
    return done.returncode


def is_read_only(folder: Path) -> bool:
    """Tells whether nothing can be written there, be it by the mount or by the file system."""
    return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)


@dataclass(frozen=True, slots=True)
class Root:
    """The machine's root file system.

    Attributes:
        run: runs a program and returns its exit status.
        mark: tells the unit that there is something to close.
    """

    run: Callable[..., int] = run
    is_read_only: Callable[[Path], bool] = is_read_only
    mark: Path = Path("/run/mimamori-root-was-read-only")


@contextmanager
def opened(folder: Path = _ETC, root: Root | None = None) -> Iterator[None]:
    """Makes the root file system writable for as long as something in it changes.

    Args:
        folder: of the root, which whoever asks may write to: a unit's view of the rest may be read-only for ever.

    Raises:
        StorageFault: it cannot be made writable.
    """
    root = root or Root()
    was_read_only = root.is_read_only(folder)
    if was_read_only and root.run("mount", "-o", "remount,rw", _ROOT):
        raise StorageFault("the root file system is mounted read-only and cannot be remounted; nothing was changed")
    held = _hold(folder)
    try:
        yield
    finally:
        os.sync()
        if held is not None:
            os.close(held)
        if was_read_only:
            _close(folder, root)


def _close(folder: Path, root: Root) -> None:
    with suppress(StorageFault, OSError):
        root.mark.touch()
        if root.run("systemctl", "start", CLOSES) == _NO_UNIT:
            root.run("mount", "-o", "remount,ro", _ROOT)
    if not root.is_read_only(folder):
        _log.warning("the root file system stays open while somebody writes there; %s closes it then", CLOSES)


def _hold(folder: Path) -> int | None:
    with suppress(OSError):  # a file system that has no nameless files
        return os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
    return None
