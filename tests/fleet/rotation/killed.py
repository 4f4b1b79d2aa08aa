"""Kills the controller's process, by SIGKILL, before and after each thing that it does; run as a program of its own.

The machines live in this process, the controller in a child of it. What counts as a thing: each sync, each renaming,
each request. For each of them a fresh fleet; the next run must bring it to its new passwords, with nobody locked out.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import struct
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import pyrage  # noqa: F401 - loaded before the first child

from edge.base.clock import SystemClock
from edge.fleet.rotation.fleet import Rotation
from edge.fleet.rotation.store import Store, write_private
from edge.fleet.rotation.targets import Target
from edge.passwords.messages import Answer, Request, parse_answer
from tests.fleet.rotation.world import World

MACHINES = 2
_FRAME = struct.Struct("!HI")
_WAIT_S = 60


@dataclass(slots=True)
class Boundaries:
    """Counts what happens and ends the process at one of them.

    Attributes:
        last: which one; none to go through to the end.
    """

    last: int | None
    passed: int = field(default=0)

    def here(self) -> None:
        """Passes one, or not."""
        if self.passed == self.last:
            os.kill(os.getpid(), signal.SIGKILL)
        self.passed += 1

    def around(self, act: Callable[..., object]) -> Callable[..., object]:
        """Returns ``act`` with a boundary before and after it."""

        def bounded(*given: object, **named: object) -> object:
            self.here()
            result = act(*given, **named)
            self.here()
            return result

        return bounded


class SocketLink:
    """The controller's way to the machines in the process above it."""

    def __init__(self, line: socket.socket, boundaries: Boundaries) -> None:
        self._line, self._boundaries = line, boundaries

    def ask(self, target: Target, request: Request) -> Answer:
        """Sends a request and waits for its answer."""
        self._boundaries.here()
        data = request.dump()
        self._line.sendall(_FRAME.pack(int(target.node[-3:]), len(data)) + data)
        _, length = _FRAME.unpack(_exactly(self._line, _FRAME.size))
        answer = parse_answer(_exactly(self._line, length))
        self._boundaries.here()
        return answer


def main() -> int:
    """Goes through every boundary; prints how many there are."""
    with tempfile.TemporaryDirectory(prefix="mimamori-rotation-killed-") as folder:
        total = _run(World(Path(folder) / "whole", MACHINES, ()), None)
        for last in range(total):
            world = World(Path(folder) / str(last), MACHINES, ())
            if _run(world, last) != -1:
                print(f"boundary {last} was not met")
                return 1
            world.require_nobody_locked_out()
            world.advance()  # as if the controller came back long after
            world.require_nobody_locked_out()
            _run(world, None)
            world.require_all_new()
    print(f"killed at each of {total} boundaries")
    return 0


def _run(world: World, last: int | None) -> int:
    """Runs the controller in a child; returns the boundaries that it passed, -1 where it was killed."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        _controller(world, theirs, last)
    theirs.close()
    passed = _serve(world, ours)
    _, status = os.waitpid(child, 0)
    ours.close()
    if os.WIFSIGNALED(status):
        return -1
    assert os.waitstatus_to_exitcode(status) == 0, f"the controller failed with {os.waitstatus_to_exitcode(status)}"
    return passed


def _controller(world: World, line: socket.socket, last: int | None) -> NoReturn:
    boundaries = Boundaries(last)
    os.fsync = boundaries.around(os.fsync)  # type: ignore[assignment]
    Path.replace = boundaries.around(Path.replace)  # type: ignore[assignment, method-assign]
    try:
        store = Store(world.seen.folder, world.key, write_private)
        rotation = Rotation(store, world.targets, SocketLink(line, boundaries), SystemClock(), workers=1)
        report = rotation.run()
        assert not report.stopped
        assert not report.bad
        line.sendall(_FRAME.pack(MACHINES, boundaries.passed))
        os._exit(0)
    except BaseException as error:  # noqa: BLE001 - the child's outermost loop
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)


def _serve(world: World, line: socket.socket) -> int:
    """Answers for the machines until the controller is gone or says that it is through."""
    machines = list(world.machines.values())
    while True:
        assert select.select([line], [], [], _WAIT_S)[0], "the controller says nothing"
        head = line.recv(_FRAME.size, socket.MSG_WAITALL)
        if len(head) < _FRAME.size:
            return -1
        number, length = _FRAME.unpack(head)
        if number == MACHINES:
            return int(length)
        data = line.recv(length, socket.MSG_WAITALL)
        answer = machines[number].ask(data)
        assert answer is not None
        try:
            line.sendall(_FRAME.pack(number, len(answer)) + answer)
        except BrokenPipeError:
            return -1


def _exactly(line: socket.socket, length: int) -> bytes:
    data = line.recv(length, socket.MSG_WAITALL)
    if len(data) < length:
        raise ConnectionError("the machines are gone")
    return data


if __name__ == "__main__":
    sys.exit(main())
