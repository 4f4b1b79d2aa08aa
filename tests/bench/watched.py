"""Runs a program to its end and says what it took: CPU by wait4(2), memory by proc(5).

``ru_maxrss`` would not do for memory: a child begins with the size of the process that forked it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

LOOK_S = 0.05
MIB = 1024 * 1024


@dataclass(slots=True)
class Memory:
    """Resident memory of one process over its life, bytes.

    Attributes:
        peak: the kernel's own high-water mark, at most ``LOOK_S`` before the end.
        seen: at each look.
    """

    peak: int = 0
    seen: list[int] = field(default_factory=list)

    def look(self, pid: int) -> None:
        """Looks once; does nothing where the process is gone."""
        try:
            lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
        except OSError:
            return
        fields = dict(line.split(":", 1) for line in lines if line.startswith(("VmHWM", "VmRSS")))
        if fields:
            self.peak = int(fields["VmHWM"].split()[0]) * 1024
            self.seen.append(int(fields["VmRSS"].split()[0]) * 1024)

    @property
    def steady(self) -> int:
        """Median of the second half of its life."""
        return int(statistics.median(self.seen[len(self.seen) // 2 :])) if self.seen else 0


@dataclass(frozen=True, slots=True)
class Took:
    """What one run took."""

    cpu_s: float
    wall_s: float
    memory: Memory


def run(command: Sequence[str], log: Path) -> Took:
    """Runs a command; its output goes to ``log``.

    Raises:
        RuntimeError: it failed; the message holds the end of the log.
    """
    memory, start = Memory(), time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    while True:
        memory.look(process.pid)
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        time.sleep(LOOK_S)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{command[:5]} ended with status {process.returncode}: {log.read_text()[-2000:]}")
    return Took(usage.ru_utime + usage.ru_stime, time.monotonic() - start, memory)
