"""The aiming process: memory, share of a core, rate and delay of preview pictures of 1280x960 with masks burnt in.

Run as ``python -m tests.bench.bench_aim``.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from itertools import islice
from pathlib import Path

from edge.base.clock import SECOND_US, SystemClock
from edge.commission.previewclient import PreviewClient
from edge.wire.visit import Scope
from tests.bench import watched
from tests.bench.figures import Figure, table
from tests.mask.samples import document, mask, rectangle, written
from tests.node.town import PACED, Town, make_video
from tests.node.visits import make_ticket, report

SIZE, FPS = "1280x960", 15
AIM_FPS = 5
_WARM, _PICTURES = 5, 50
_MASKS = document(*(mask(id=f"m-{n}", polygon=rectangle(0.1 + 0.2 * n, 0.2, 0.2 + 0.2 * n, 0.4)) for n in range(4)))


def measure(folder: Path) -> list[Figure]:
    """Returns what a preview of ten seconds takes."""
    film = make_video(folder / "film.mp4", seconds=10, size=SIZE, fps=FPS)
    visit = {"state": "visit", "address": "127.0.0.1"}
    town = Town(folder / "node", clock="system", source={"path": str(film), **PACED}, visit=visit)
    clock = SystemClock()
    report(town, make_ticket(Scope.FIRST, begins=0, ends=2**52), updated=clock.now_us())
    command = [sys.executable, "-m", "edge.cli", "node", "aim", "--config", str(town.config_path)]
    with (folder / "aim.log").open("wb") as log, subprocess.Popen(command, stderr=log) as aim:
        while not town.config.aim_socket.exists():
            if aim.poll() is not None:
                raise RuntimeError(f"aim ended with status {aim.returncode}: {(folder / 'aim.log').read_text()}")
            clock.sleep(watched.LOOK_S)
        figures = _watch(PreviewClient(town.config.aim_socket), aim.pid, clock)
        report(town, None)
    return figures


def _watch(client: PreviewClient, pid: int, clock: SystemClock) -> list[Figure]:
    client.paint(written(_MASKS))
    pictures, memory = client.shown(), watched.Memory()
    for _ in islice(pictures, _WARM):
        memory.look(pid)
    begun_us, begun_cpu_s, delays_ms, sizes = clock.now_us(), _cpu_s(pid), list[float](), list[int]()
    for shown in islice(pictures, _PICTURES):
        delays_ms.append((clock.now_us() - shown.head.at) / 1000)
        sizes.append(len(shown.jpeg))
        memory.look(pid)
    took_s, cpu_s = (clock.now_us() - begun_us) / SECOND_US, _cpu_s(pid) - begun_cpu_s
    client.close()
    return [
        Figure("aim: memory, peak", memory.peak / watched.MIB, "MiB", note="never beside the recorder's"),
        Figure("aim: of one core, with the film's decoding", 100 * cpu_s / took_s, "%"),
        Figure("preview: pictures a second", _PICTURES / took_s, "", note=f"{AIM_FPS} asked for"),
        Figure(
            "preview: exposure to arrival, median",
            statistics.median(delays_ms),
            "ms",
            note=f"worst {max(delays_ms):.0f}; a picture of {statistics.median(sizes) / 1000:.0f} kB",
        ),
    ]


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Prints the figures."""
    with tempfile.TemporaryDirectory(prefix="aim-") as name:
        print(table(measure(Path(name))))


if __name__ == "__main__":
    main()
