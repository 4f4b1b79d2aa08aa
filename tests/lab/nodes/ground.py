"""Namespaces of the lab's own: mounts, processes, network; they die with the process that made them, and all in them.

A process that does nothing holds them. It is the first of its process namespace and asks for SIGKILL when its parent
dies, so the kernel ends every node, takes every mount and link away and gives every loop device back.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_CLONE_NEWNET = 0x40000000
_HOLD = (
    "mkdir -p /run/systemd/nspawn && mount -t tmpfs mml /run/systemd/nspawn && ip link set lo up && echo && exec cat"
)
"""nspawn keeps names and locks there, which no two labs may share."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str


class Ground:
    """The lab's namespaces.

    Attributes:
        pid: of the process that holds them.
    """

    def __init__(self) -> None:
        ways = ("--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
        self._holder = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", *ways, "sh", "-c", _HOLD],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == b"\n", "the kernel gives no namespaces; root is needed"
        (self.pid,) = children(self._holder.pid)

    def close(self) -> None:
        """Ends everything in the namespaces."""
        self._holder.kill()
        self._holder.communicate()

    def words(self, *command: str) -> list[str]:
        """Returns the command that runs another one in the lab's network."""
        return ["nsenter", "-t", str(self.pid), "-n", "--", *command]

    def inside(self, *command: str, online: bool = False) -> list[str]:
        """Returns the command that runs another one among the lab's processes and mounts, and in its network.

        Args:
            online: in this machine's network instead.
        """
        spaces = ["-m", "-p"] if online else ["-n", "-m", "-p"]
        return ["setpriv", "--pdeathsig", "KILL", "nsenter", "-t", str(self.pid), *spaces, "--", *command]

    @contextmanager
    def network(self) -> Iterator[None]:
        """Puts the calling thread, and whatever it starts meanwhile, into the lab's network."""
        with Path("/proc/thread-self/ns/net").open() as before, Path(f"/proc/{self.pid}/ns/net").open() as inside:
            _enter(inside.fileno())
            try:
                yield
            finally:
                _enter(before.fileno())


def run(
    *command: str, check: bool = True, stdin: str | None = None, environment: Mapping[str, str] | None = None
) -> Done:
    """Runs a program of this machine.

    Raises:
        RuntimeError: it failed, and ``check`` asks for more.
    """
    done = subprocess.run(
        command, input=stdin, capture_output=True, text=True, errors="replace", check=False,
        env=None if environment is None else {**os.environ, **environment},
    )  # fmt: skip
    if check and done.returncode:
        said = (done.stdout[-2000:] + done.stderr[-2000:]).strip()
        raise RuntimeError(f"{' '.join(command)}: status {done.returncode}: {said}")
    return Done(done.returncode, done.stdout, done.stderr)


def children(pid: int) -> list[int]:
    """Returns the processes that a process started, as this machine numbers them; none once it has ended."""
    found = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(word) for word in thread.read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def _enter(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
