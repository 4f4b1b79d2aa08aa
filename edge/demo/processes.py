"""The demonstration's processes: started apart, watched, ended in order, and measured by the kernel's own account."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.base.clock import Clock
from edge.base.errors import Stop

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)
_TAIL_LINES = 12


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process and those it waited for took: CPU seconds, and the largest resident set in bytes.

    The resident set is the kernel's high-water mark (``VmHWM``) at the last look before the end. ``ru_maxrss`` would
    not do: a process begins with the mark of the one that forked it.
    """

    cpu_s: float
    max_rss_bytes: int


class Ended(Stop):
    """A process ended that should not have; its own fault (sysexits.h) becomes the demonstration's.

    The message holds the end of its log.
    """

    def __init__(self, child: Child) -> None:
        super().__init__(f"{child.name} ended with status {child.status}; the end of {child.log}:\n{child.tail()}")
        if child.status is not None and 64 <= child.status <= 78:
            self.exit_status = child.status


class Child:
    """One process with a log of its own; it ends when the demonstration does, however that ends.

    Args:
        folder: where its log goes, ``<name>.log``, after that of an earlier one.
    """

    def __init__(
        self, name: str, command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self.status: int | None = None
        self.usage: Usage | None = None
        self._peak_bytes = 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=None if environment is None else {**os.environ, **environment},
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - the demonstration has one thread
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._reap(os.WNOHANG) is None

    def stop(self, clock: Clock, *, within_s: float, ask: int = signal.SIGTERM) -> None:
        """Asks it to end, waits, and kills it if it does not."""
        if self.running:
            os.killpg(self.pid, ask)
        self.wait(clock, within_s=within_s)
        if self.running:
            os.killpg(self.pid, signal.SIGKILL)
            self._reap(0)

    def wait(self, clock: Clock, *, within_s: float) -> bool:
        """Waits for its end; tells whether it came in time."""
        deadline = clock.monotonic_ns() + round(within_s * 1e9)
        while self.running:
            if clock.monotonic_ns() >= deadline:
                return False
            clock.sleep(0.05)
        return True

    def require_running(self) -> None:
        """Checks that it has not ended.

        Raises:
            Ended: it has.
        """
        if not self.running:
            raise Ended(self)

    def tail(self) -> str:
        """Returns the last lines of its log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(f"    {line}" for line in lines[-_TAIL_LINES:]) or "    (empty)"

    def _reap(self, options: int) -> int | None:
        if self.status is None:
            self._peak_bytes = max(self._peak_bytes, _high_water_bytes(self.pid))
            pid, status, usage = os.wait4(self.pid, options)
            if pid:
                self.status = self._process.returncode = os.waitstatus_to_exitcode(status)
                self.usage = Usage(usage.ru_utime + usage.ru_stime, self._peak_bytes)
        return self.status


def _end_with_parent() -> None:
    """Runs in the child: SIGTERM when the parent dies, so that nothing is left running (prctl(2))."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def _high_water_bytes(pid: int) -> int:
    """Returns the largest high-water mark of a process and its children; 0 once it has ended (proc(5))."""
    folder = Path("/proc") / str(pid)
    try:
        children = (folder / "task" / str(pid) / "children").read_text(encoding="ascii").split()
        lines = (folder / "status").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return 0
    own = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
    return max([own, *(_high_water_bytes(int(child)) for child in children)])
