"""Looks for passwords where none may be: command lines and environments of all processes, texts, files."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edge.base.clock import SystemClock
from edge.base.workers import Worker

_LOOK_S = 0.01
_WAIT_S = 30.0
_YOUNG_LOOKS, _SELDOM = 100, 100


class Watch:
    """Keeps every command line and environment that any process of this machine shows, containers' ones too.

    A process says something new when it begins another program, soon after its start: the young are read at every
    look, those that have gone on for a while seldom.
    """

    def __init__(self) -> None:
        self.shown: set[bytes] = set()
        self.looks = 0
        self._ages: dict[str, int] = {}

    def look(self) -> None:
        """Takes one snapshot."""
        pids = [entry.name for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
        self._ages = {pid: self._ages.get(pid, 0) + 1 for pid in pids}
        for pid, age in self._ages.items():
            if age <= _YOUNG_LOOKS or (age + int(pid)) % _SELDOM == 0:
                self._read(pid)
        self.looks += 1

    def _read(self, pid: str) -> None:
        for name in ("cmdline", "environ"):
            with suppress(OSError):
                self.shown.add(Path("/proc", pid, name).read_bytes())

    def with_one_of(self, words: Iterable[str]) -> list[bytes]:
        """Returns what showed one of ``words``."""
        wanted = [word.encode() for word in words]
        return [shown for shown in tuple(self.shown) if any(word in shown for word in wanted)]


@contextmanager
def watching() -> Iterator[Watch]:
    """Looks all the time until it ends."""
    watch, clock = Watch(), SystemClock()

    def work(stop: threading.Event) -> None:
        while not stop.is_set():
            watch.look()
            clock.sleep(_LOOK_S, stop)

    worker = Worker("search", work)
    worker.start()
    try:
        yield watch
    finally:
        worker.stop()
        worker.join(_WAIT_S)


def files_with_one_of(folder: Path, words: Iterable[str]) -> set[str]:
    """Returns the files below ``folder`` that hold one of ``words``, relative to it."""
    wanted = [word.encode() for word in words]
    found = set()
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            if any(word in data for word in wanted):
                found.add(str(path.relative_to(folder)))
    return found
