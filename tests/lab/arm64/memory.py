"""Memory of the system's processes as a 64-bit board has it: what the emulator takes for itself is left out.

qemu-user puts the program's own mappings where its addresses say, from 0x5500000000 on, and itself far above; so the
kernel's count of each mapping (proc(5), smaps) tells the one from the other.
"""

from __future__ import annotations

import platform
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from edge.base.clock import SystemClock

MIB = 2**20
PROGRAM_BELOW = 1 << (64 if platform.machine() == "aarch64" else 40)
_LOOK_S = 0.25


@dataclass(slots=True)
class Peaks:
    """The highest that was seen, bytes.

    Attributes:
        roles: resident, of each role's process.
        together: of all at once; pages that several have count once (proportional set size).
    """

    roles: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    together: int = 0

    def mib(self, role: str) -> float:
        """Returns a role's peak in MiB."""
        return self.roles[role] / MIB


def program_bytes(smaps: str) -> tuple[int, int]:
    """Returns the resident and the proportional size of what is the program's in an ``smaps`` file, bytes."""
    resident = proportional = 0
    counts = False
    for line in smaps.splitlines():
        first, _, rest = line.partition(" ")
        if not first.endswith(":"):
            counts = int(first.partition("-")[0], 16) < PROGRAM_BELOW
        elif counts and first == "Rss:":
            resident += int(rest.split()[0]) * 1024
        elif counts and first == "Pss:":
            proportional += int(rest.split()[0]) * 1024
    return resident, proportional


def watch(process: subprocess.Popen[bytes], roles: Mapping[str, tuple[str, ...]]) -> Peaks:
    """Looks at a process and all that it starts until it ends.

    Args:
        roles: by words of the command line.
    """
    clock, peaks = SystemClock(), Peaks()
    while process.poll() is None:
        look(process.pid, roles, peaks)
        clock.sleep(_LOOK_S)
    return peaks


def look(pid: int, roles: Mapping[str, tuple[str, ...]], peaks: Peaks) -> None:
    """Looks once at a process and all that it started."""
    together = 0
    for one in _family(pid):
        try:
            words = Path(f"/proc/{one}/cmdline").read_bytes().decode(errors="replace").split("\0")
            resident, proportional = program_bytes(Path(f"/proc/{one}/smaps").read_text())
        except OSError:
            continue  # it has ended
        names = {Path(word).name for word in words} | set(words)
        for role, marks in roles.items():
            if names.issuperset(marks):
                peaks.roles[role] = max(peaks.roles[role], resident)
        together += proportional
    peaks.together = max(peaks.together, together)


def _family(pid: int) -> list[int]:
    """Returns a process and all that it started, as this machine numbers them."""
    found = [pid]
    for one in found:
        for thread in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += [int(word) for word in thread.read_text().split()]
            except OSError:
                continue
    return found
