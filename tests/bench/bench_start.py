"""From exec to the first synced segment, with the software encoder and in real time.

The first run makes the spool; the later ones find it, as a node does that starts again. Two seconds are the segment's
own length. Run as ``python -m tests.bench.bench_start``.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from edge.base.errors import BadInput, Refused
from edge.seal.reel import read_position
from edge.wire.status import read_status
from tests.bench import clips
from tests.bench.figures import Figure, table
from tests.bench.prepared import PreparedNode, Preparer

START_S_MAX = 5.0
ROUNDS = 3
_LOOK_S = 0.005
_PATIENCE_S = 60


def measure(folder: Path) -> list[Figure]:
    """Returns seconds of a first start, and of later ones with how they divide."""
    scene = replace(clips.large(clips.native(folder), folder).scene, fast=False)
    node = Preparer(folder).node(scene)
    first = _start(node, folder)
    later = [_start(node, folder) for _ in range(ROUNDS)]
    ready, synced = (statistics.median(each[part] for each in later) for part in (0, 1))
    split = f"{ready:.2f} s to the first synced record, then frames and 2 s of segment: {synced - ready:.2f} s"
    return [
        Figure("first start of a node: to its first synced segment", first[1], "s", bound=START_S_MAX),
        Figure("start: to the first synced segment", synced, "s", bound=START_S_MAX, note=split),
    ]


def _start(node: PreparedNode, folder: Path) -> tuple[float, float]:
    """Returns seconds to the BOOT record's sync and to the first segment's."""
    before = read_position(node.position)
    node.status.unlink(missing_ok=True)
    words = [sys.executable, "-m", "edge.cli", "node", "record", "--config", str(node.config)]
    begun = time.monotonic()
    with (folder / "start.log").open("wb") as log:
        process = subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT)
    try:
        booted = _until(process, begun, lambda: read_position(node.position) not in (None, before))
        return booted, _until(process, begun, lambda: _segments(node.status) > 0)
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.wait(_PATIENCE_S)


def until_recording(process: subprocess.Popen[bytes], node: PreparedNode) -> None:
    """Returns once a run's first segment is synced.

    Raises:
        RuntimeError: the recorder ended, or records nothing.
    """
    _until(process, time.monotonic(), lambda: _segments(node.status) > 0)


def _segments(status: Path) -> int:
    """Returns how many segments this run has synced."""
    try:
        return read_status(status).segments
    except (BadInput, Refused):
        return 0


def _until(process: subprocess.Popen[bytes], begun: float, condition: Callable[[], bool]) -> float:
    while not condition():
        if process.poll() is not None or time.monotonic() - begun > _PATIENCE_S:
            raise RuntimeError(f"the recorder ended with status {process.returncode}, or records nothing")
        time.sleep(_LOOK_S)
    return time.monotonic() - begun


def main() -> None:
    """Prints the figures."""
    with tempfile.TemporaryDirectory() as name:
        print(table(measure(Path(name))))


if __name__ == "__main__":
    main()
