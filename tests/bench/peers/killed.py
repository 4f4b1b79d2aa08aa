"""Runs several recorders side by side, watches what they take, and kills all at one moment.

Side by side, so that all meet the same load. What a program takes a second is counted between two moments at which
all were recording; how long it had recorded before the kill, from the moment it opened the clip.
"""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.peers.programs import Program
from tests.bench.watched import Memory

_LOOK_S = 0.02
_PATIENCE_S = 30
SETTLED_S = 6.0
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Killed:
    """What one program took, and how long it had recorded when it was killed.

    Attributes:
        recorded_s: from opening the clip to the kill.
        cpu_ratio: CPU seconds a second, all of its threads.
        peak: the kernel's high-water mark, bytes.
    """

    program: Program
    recorded_s: float
    cpu_ratio: float
    peak: int


class Run:
    """One program until its kill."""

    def __init__(self, program: Program, clip: Path, folder: Path) -> None:
        self.program, self._clip, self._log = program, clip, folder / f"{program.name}.log"
        self.memory = Memory()
        self.begun, self.begun_s = False, 0.0
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                program.command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )

    def look(self) -> None:
        """Looks at its memory, and whether it has opened the clip.

        Raises:
            RuntimeError: it has ended by itself.
        """
        if self._process.poll() is not None:
            status, said = self._process.returncode, self._log.read_text(errors="replace")[-1000:]
            raise RuntimeError(f"{self.program.name} ended by itself with status {status}: {said}")
        self.memory.look(self._process.pid)
        if not self.begun and self._clip in _open_files(self._process.pid):
            self.begun, self.begun_s = True, time.monotonic()

    def cpu_s(self) -> float:
        """Returns the CPU it has taken until now, seconds."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * _TICK_S

    def kill(self) -> None:
        """Kills it in mid-recording; nothing is done where it has ended."""
        self._process.kill()
        self._process.wait()


def run_and_kill(
    programs: list[Program], clip: Path, seconds: float, folder: Path, *, settled_s: float = SETTLED_S
) -> list[Killed]:
    """Starts all, waits until each has opened the clip, records for ``seconds`` more, and kills all with -9.

    Args:
        settled_s: how much of that to wait before their CPU is counted.

    Raises:
        RuntimeError: one ended by itself, or never opened the clip.
    """
    runs = [Run(program, clip, folder) for program in programs]
    try:
        _until_all_record(runs)
        _watch(runs, settled_s)
        counted_s, counted_cpu_s = time.monotonic(), [run.cpu_s() for run in runs]
        _watch(runs, seconds - settled_s)
        killed_s, cpu_s = time.monotonic(), [run.cpu_s() for run in runs]
    finally:
        for run in runs:
            run.kill()
    return [
        Killed(run.program, killed_s - run.begun_s, (after - before) / (killed_s - counted_s), run.memory.peak)
        for run, before, after in zip(runs, counted_cpu_s, cpu_s, strict=True)
    ]


def _until_all_record(runs: list[Run]) -> None:
    end_s = time.monotonic() + _PATIENCE_S
    while idle := [run.program.name for run in runs if not run.begun]:
        if time.monotonic() > end_s:
            raise RuntimeError(f"{', '.join(idle)} did not open the clip within {_PATIENCE_S} s")
        _watch(runs, _LOOK_S)


def _watch(runs: list[Run], seconds: float) -> None:
    """Looks at all again and again, for so long."""
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        for run in runs:
            run.look()
        time.sleep(_LOOK_S)


def _open_files(pid: int) -> set[Path]:
    found = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.add(link.readlink())
        except OSError:
            continue  # closed in between
    return found
