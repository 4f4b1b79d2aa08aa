"""``mimamori`` as real processes, forked from a server that has imported everything, so that each starts in 0.1 s."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import sys
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from edge.base.clock import SystemClock

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    ["tests.node.processes", "edge.node.commands", "edge.node.record", "edge.node.aim", "edge.node.uplink", "edge.cli"]
)
_NUMBERS = itertools.count()
PATIENCE_S = 60.0


class Command:
    """One process and what it says."""

    def __init__(self, process: ForkServerProcess, said: Path) -> None:
        self.process, self._said = process, said

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    @property
    def err(self) -> str:
        return _text(self._said.with_suffix(".err"))

    @property
    def out(self) -> str:
        return _text(self._said.with_suffix(".out"))

    def wait(self) -> int:
        """Returns the exit status; no user ever sees a traceback."""
        self.process.join(PATIENCE_S)
        assert self.process.exitcode is not None, f"still running after {PATIENCE_S} s: {self.err}"
        assert "Traceback" not in self.err, self.err
        return self.process.exitcode

    def await_(self, condition: Callable[[], bool]) -> None:
        """Waits until ``condition`` holds; it must come about while the process runs."""
        clock = SystemClock()
        deadline = clock.monotonic_ns() + round(PATIENCE_S * 1e9)
        while not condition():
            assert self.process.is_alive(), f"ended with {self.process.exitcode}: {self.err}"
            assert clock.monotonic_ns() < deadline, self.err
            clock.sleep(0.02)


def _text(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


def command(folder: Path, *words: object, **environment: str) -> Command:
    """Starts ``mimamori`` with ``words``, and with ``environment`` beside what it inherits."""
    said = folder / f"said-{next(_NUMBERS)}"
    process = _CONTEXT.Process(target=_child, args=([str(word) for word in words], str(said), environment), daemon=True)
    process.start()
    return Command(process, said)


def stop_all(started: list[Command]) -> None:
    for one in started:
        if one.process.is_alive():
            one.process.kill()
        one.process.join(PATIENCE_S)
        one.process.close()


def _child(words: list[str], said: str, environment: dict[str, str]) -> None:
    os.environ.update(environment)
    for number, suffix in ((1, ".out"), (2, ".err")):
        descriptor = os.open(said + suffix, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(descriptor, number)
        os.close(descriptor)
    from edge.cli import main

    sys.exit(main(words))
