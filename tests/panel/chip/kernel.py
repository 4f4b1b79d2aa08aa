"""Answers a held process's calls in the kernel's place: opens the board's files to it, and is its chip."""

from __future__ import annotations

import array
import errno
import fcntl
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.panel.chip import calls
from tests.panel.chip.gpiochip import Chip, NotAllowed, revision_file

CHIP, REGISTERS, REVISION = b"/dev/gpiochip0", b"/dev/gpiomem", b"/proc/device-tree/system/linux,revision"
_PATH_LIMIT = 256
_CHECKOUT = Path(__file__).parents[3]
_ANSWERED_S = 10.0


PIPES: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
"""For ``tests.panel.chip.board``."""


class Held:
    """A process on a simulated board.

    Args:
        words: the program and its arguments.
        chip: its lines; a test pulls at them and reads the diary.
        settings: for its ``Popen``.
    """

    def __init__(self, chip: Chip, *words: str, **settings: Any) -> None:
        self.chip = chip
        self._chips: set[int] = set()
        ours, theirs = socket.socketpair()
        with ours, theirs:
            command = [sys.executable, "-m", "tests.panel.chip.held", str(theirs.fileno()), *words]
            environment = {**os.environ, "PYTHONPATH": str(_CHECKOUT)}
            self.process = subprocess.Popen(command, pass_fds=[theirs.fileno()], text=True, env=environment, **settings)
            theirs.close()
            ours.settimeout(_ANSWERED_S * 6)
            self._listener = _received(ours)
        self._thread = threading.Thread(target=self._answer_all, name=f"chip of {self.process.pid}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends the process."""
        self.process.kill()
        self.process.communicate()
        self._thread.join(_ANSWERED_S)
        assert not self._thread.is_alive()

    def _answer_all(self) -> None:
        """Answers until nobody is held any more (POLLHUP)."""
        poll = select.poll()
        poll.register(self._listener, select.POLLIN)
        while all(not event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll()):
            with suppress(FileNotFoundError):  # who asked was killed meanwhile
                data = fcntl.ioctl(self._listener, calls.RECEIVE, bytes(calls.NOTIFICATION.size))
                self._answer(*calls.NOTIFICATION.unpack(data))
        os.close(self._listener)
        self.chip.release()

    def _answer(self, id_: int, pid: int, _flags: int, number: int, _arch: int, _at: int, *arguments: int) -> None:
        of = calls.CALLS[os.uname().machine]
        try:
            if number == of.openat:
                self._opened(id_, _text(pid, arguments[1]))
            elif number == of.close:
                self._chips.discard(arguments[0])
                self.chip.release(arguments[0])
                self._send(id_, goes_on=True)
            else:
                self._controlled(id_, pid, arguments[0], arguments[1], arguments[2])
        except NotAllowed as refusal:
            self._send(id_, error=refusal.number)

    def _opened(self, id_: int, path: bytes) -> None:
        if path == CHIP:
            self._chips.add(self._add(id_, os.open(os.devnull, os.O_RDWR)))
        elif path == REGISTERS and self.chip.registers is not None:
            self._add(id_, os.dup(self.chip.registers))
        elif path == REVISION:
            self._add(id_, revision_file())
        else:
            self._send(id_, goes_on=True)

    def _controlled(self, id_: int, pid: int, descriptor: int, request: int, at: int) -> None:
        memory = _Memory(pid, at)
        if request in (calls.CHIP_INFO, calls.LINE_INFO, calls.LINE) and descriptor not in self._chips:
            raise NotAllowed(errno.ENOTTY)
        answers: dict[int, Callable[[], None]] = {
            calls.CHIP_INFO: lambda: memory.write(self.chip.about()),
            calls.LINE_INFO: lambda: memory.write(self.chip.info(memory.read(calls.INFO.size))),
            calls.LINE: lambda: self._claimed(id_, memory),
            calls.GET_VALUES: lambda: memory.write(self.chip.values(descriptor, memory.read(calls.VALUES.size))),
            calls.SET_VALUES: lambda: self.chip.set_values(descriptor, memory.read(calls.VALUES.size)),
        }
        if request not in answers:
            raise NotAllowed(errno.ENOTTY)
        answers[request]()
        self._send(id_)

    def _claimed(self, id_: int, memory: _Memory) -> None:
        asked = memory.read(calls.REQUEST.size)
        number = self.chip.claim(asked, lambda: self._add(id_, os.open(os.devnull, os.O_RDWR), answers=False))
        memory.write(asked[:-4] + number.to_bytes(4, "little"))

    def _add(self, id_: int, ours: int, *, answers: bool = True) -> int:
        """Opens a file of ours to the process, as the call's answer if ``answers``; returns its number there."""
        with os.fdopen(ours, "rb") as file:
            added = bytearray(
                calls.ADDED.pack(id_, calls.ADDED_ANSWERS if answers else 0, file.fileno(), 0, os.O_CLOEXEC)
            )
            number: int = fcntl.ioctl(self._listener, calls.ADD, added, True)
            return number

    def _send(self, id_: int, *, error: int = 0, goes_on: bool = False) -> None:
        answer = calls.ANSWER.pack(id_, 0, -error, calls.GOES_ON if goes_on else 0)
        fcntl.ioctl(self._listener, calls.SEND, answer)


def does(held: Held, words: str) -> str:
    """Tells ``tests.panel.chip.board`` what to do; returns its answer."""
    assert held.process.stdin is not None
    held.process.stdin.write(f"{words}\n")
    held.process.stdin.flush()
    return said(held)


def said(held: Held) -> str:
    """Returns the next line that a process says."""
    assert held.process.stdout is not None
    return str(held.process.stdout.readline()).strip()


class _Memory:
    """A place in a held process's memory."""

    def __init__(self, pid: int, at: int) -> None:
        self._path, self._at = Path(f"/proc/{pid}/mem"), at

    def read(self, size: int) -> bytes:
        with self._path.open("rb", buffering=0) as memory:
            return os.pread(memory.fileno(), size, self._at)

    def write(self, data: bytes) -> None:
        with self._path.open("r+b", buffering=0) as memory:
            os.pwrite(memory.fileno(), data, self._at)


def _text(pid: int, at: int) -> bytes:
    """Returns a path that a process hands over; page by page, for the next one may not be there."""
    first = min(_PATH_LIMIT, -at % 4096 or 4096)
    found = _Memory(pid, at).read(first)
    if b"\0" not in found and first < _PATH_LIMIT:
        found += _Memory(pid, at + first).read(_PATH_LIMIT - first)
    return found.partition(b"\0")[0]


def _received(ours: socket.socket) -> int:
    """Returns the descriptor that comes through a socket."""
    _, ancillary, _, _ = ours.recvmsg(1, socket.CMSG_SPACE(array.array("i", [0]).itemsize))
    assert ancillary, "the held process ended before it was held; its stderr says why"
    (listener,) = array.array("i", ancillary[0][2])
    return listener
