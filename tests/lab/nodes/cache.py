"""Folders that are made once on a machine and kept outside the checkout, ~/.cache/mimamori-lab or $XDG_CACHE_HOME's.

Each is named for what it was made from; one that is there is whole, for it gets its name last. Two runs at once make
it once.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from edge.base.clock import SystemClock

_UNUSED_S = 3 * 86_400


def cache_folder() -> Path:
    """Returns the folder of everything that is kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mimamori-lab"


def key_of(*ingredients: bytes | str) -> str:
    """Returns 12 hex digits that name what something is made from."""
    digest = hashlib.sha256()
    for part in ingredients:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:12]


def kept(kind: str, key: str, make: Callable[[Path], None]) -> Path:
    """Returns the folder ``kind-key``, which ``make`` fills where it is missing; long unused ones of its kind go.

    Args:
        make: gets an empty folder; what it leaves there when it raises is thrown away.
    """
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    wanted = folder / f"{kind}-{key}"
    with (folder / f"{kind}.lock").open("w") as lock:
        if not _locked(lock.fileno(), wait=False):
            tell(f"another run makes {kind}, waiting for it")
            _locked(lock.fileno(), wait=True)
        if not wanted.is_dir():
            _make(wanted, make)
        os.utime(wanted)
        _prune(folder, kind, wanted)
    return wanted


def tell(message: str) -> None:
    """Says what takes a while, past a test runner's capture."""
    print(f"lab: {message}", file=sys.__stderr__, flush=True)


def _locked(descriptor: int, *, wait: bool) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


def _make(wanted: Path, make: Callable[[Path], None]) -> None:
    clock = SystemClock()
    begun_ns = clock.monotonic_ns()
    unfinished = wanted.with_name(f".{wanted.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    try:
        make(unfinished)
        unfinished.rename(wanted)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    tell(f"made {wanted.name} in {(clock.monotonic_ns() - begun_ns) / 1e9:.0f} s")


def _prune(folder: Path, kind: str, wanted: Path) -> None:
    now_s = SystemClock().now_us() / 1e6
    for other in folder.glob(f"{kind}-*"):
        if other != wanted and now_s - other.stat().st_mtime > _UNUSED_S:
            shutil.rmtree(other, ignore_errors=True)
