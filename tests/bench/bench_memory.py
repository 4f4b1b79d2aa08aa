"""Resident memory of each process of a demonstration, end to end: recorder, uplink and center really work together.

Run as ``python -m tests.bench.bench_memory``.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import clips, watched
from tests.bench.figures import Figure, table

UPLINK_MIB_MAX = 60
PANEL_MIB_MAX = 25
NODE_MIB_MAX = 300
_SECONDS = 40
_ROLES = {
    "recorder": ("node", "record"),
    "uplink": ("node", "uplink"),
    "panel": ("edge.node.panel_process",),
    "center": ("center", "serve"),
    "mosquitto": ("mosquitto",),
}


def measure(folder: Path) -> list[Figure]:
    """Returns MiB of each process, peak and steady."""
    seen = _watch(clips.native(folder).path, folder)
    peak = {name: memory.peak / watched.MIB for name, memory in seen.items()}
    node = peak["recorder"] + peak["uplink"] + peak["panel"]
    return [
        Figure(
            "uplink: memory, peak",
            peak["uplink"],
            "MiB",
            bound=UPLINK_MIB_MAX,
            note=f"steady {seen['uplink'].steady / watched.MIB:.0f}",
        ),
        Figure(
            "panel: memory, peak, with mock pins",
            peak["panel"],
            "MiB",
            bound=PANEL_MIB_MAX,
            note=f"steady {seen['panel'].steady / watched.MIB:.0f}",
        ),
        Figure("node: memory, sum of the peaks", node, "MiB", bound=NODE_MIB_MAX, note="recorder at the clip's size"),
        Figure("center: memory, peak", peak["center"], "MiB", note=f"mosquitto {peak['mosquitto']:.0f}"),
    ]


def _watch(clip: Path, folder: Path) -> dict[str, watched.Memory]:
    words = ["--source", str(clip), "--seconds", str(_SECONDS), "--out", str(folder / "demo")]
    command = [sys.executable, "-m", "edge.cli", "demo", *words, "--fast", "--start", "2026-01-05T10:00:00+09:00"]
    seen = {name: watched.Memory() for name in _ROLES}
    log = folder / "demo.log"
    with log.open("wb") as output:
        demo = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    while demo.poll() is None:
        for pid, name in _children(demo.pid):
            seen[name].look(pid)
        time.sleep(watched.LOOK_S)
    if demo.returncode != 0:
        raise RuntimeError(f"the demonstration ended with status {demo.returncode}: {log.read_text()[-2000:]}")
    return seen


def _children(parent: int) -> list[tuple[int, str]]:
    """Returns the demonstration's processes whose role is known, by their command lines."""
    found = []
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        for pid in task.read_text().split():
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            names = [Path(words[0]).name, *words[1:]]
            found += [(int(pid), role) for role, marks in _ROLES.items() if all(mark in names for mark in marks)]
    return found


def main() -> None:
    """Prints the figures."""
    with tempfile.TemporaryDirectory() as name:
        print(table(measure(Path(name))))


if __name__ == "__main__":
    main()
