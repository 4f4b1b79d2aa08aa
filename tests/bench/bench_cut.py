"""How much footage a power cut takes: a real recorder at real time is killed at random moments.

What was synced survives a cut (``make lab-powercut`` proves it), so what is lost is what lies between the end of the
newest synced record and the cut. Run as ``python -m tests.bench.bench_cut``.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from random import Random

from edge.base.clock import SECOND_US, SystemClock
from edge.uplink.newest import NewestHeader
from edge.wire.status import read_status
from tests.bench import clips
from tests.bench.bench_start import until_recording
from tests.bench.figures import Figure, table
from tests.bench.prepared import PreparedNode, Preparer

SEGMENT_S = 2.0
OPEN_WRITE_S = 0.5
"""Encoding, sealing and syncing the segment that has just ended."""
CUTS = 8


def measure(folder: Path) -> list[Figure]:
    """Returns seconds of footage lost per cut: mean and worst."""
    node = Preparer(folder).node(replace(clips.native(folder).scene, fast=False))
    random = Random(1)
    lost = [_cut(node, folder, random.uniform(0, 2 * SEGMENT_S)) for _ in range(CUTS)]
    return [
        Figure("footage lost per power cut, mean", statistics.mean(lost), "s", note=f"{CUTS} cuts at random moments"),
        Figure(
            "footage lost per power cut, worst",
            max(lost),
            "s",
            bound=SEGMENT_S + OPEN_WRITE_S,
            note="a segment and the open write",
        ),
    ]


def _cut(node: PreparedNode, folder: Path, after_s: float) -> float:
    """Returns what a cut lost that came so long after the first segment was synced."""
    node.status.unlink(missing_ok=True)
    words = [sys.executable, "-m", "edge.cli", "node", "record", "--config", str(node.config)]
    with (folder / "cut.log").open("wb") as log:
        process = subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT)
    try:
        until_recording(process, node)
        time.sleep(after_s)
        cut_us = SystemClock().now_us()
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    newest = NewestHeader((node.config.parent / "spool",), node.position).read()
    if newest is None or read_status(node.status).segments == 0:
        raise RuntimeError("the recorder recorded nothing before it was cut")
    return (cut_us - newest.manifest.end_us) / SECOND_US


def main() -> None:
    """Prints the figures."""
    with tempfile.TemporaryDirectory() as name:
        print(table(measure(Path(name))))


if __name__ == "__main__":
    main()
