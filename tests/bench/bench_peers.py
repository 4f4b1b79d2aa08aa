"""The recorder beside what a city would take instead: ffmpeg, GStreamer, and motion with its own privacy mask.

All four record the same clip at its own pace, side by side, with the same masks, at the same rate, and are killed in
mid-recording. What they took is read from the kernel; what they left is played: how much there is, and whether it is
solid where it was to be masked. Then motion runs once more with all that it can give out besides.

Run as ``python -m tests.bench.bench_peers [--picture FILE.svg]``, which prints one table, and draws it.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from random import Random

from edge.base.frame import Geometry
from edge.mask.raster import rasterise
from tests.bench import clips
from tests.bench.figures import Figure
from tests.bench.peers import leaks
from tests.bench.peers.installed import install_peers
from tests.bench.peers.killed import Killed, run_and_kill
from tests.bench.peers.leaks import Area, Leak
from tests.bench.peers.outputs import every_output
from tests.bench.peers.picture import draw
from tests.bench.peers.programs import Order, order, programs
from tests.bench.peers.rows import PEER, Left, Row, left, row, table
from tests.bench.prepared import Preparer

ROUNDS = 4
RECORDED_S = 24.0
SEGMENT_S = 2.0


def measure(folder: Path) -> list[Figure]:
    """Returns each program's figures beside ffmpeg's, and what leaks from each output."""
    rows, others = compare(folder)
    peer = next(each for each in rows if each.name == PEER)
    return [figure for each in rows for figure in _figures(each, peer)] + [
        Figure(f"motion: {name}: pixels of private places", leak.private_px, "px", note=_of_pictures(leak))
        for name, leak in others.items()
    ]


def compare(folder: Path) -> tuple[list[Row], dict[str, Leak]]:
    """Runs all; returns the rows, the recorder's first, and the leaks of motion's other outputs."""
    install_peers()
    clip, preparer = clips.large(clips.native(folder), folder), Preparer(folder)
    masks, (width, height) = preparer.masks(clip.scene), clip.size
    wanted = order(clip, masks, rasterise(masks, Geometry(width, height, width)), folder)
    area, random = leaks.area_of(masks, clip.size), Random(1)
    rounds = [_round(wanted, preparer, area, RECORDED_S + random.uniform(0, SEGMENT_S)) for _ in range(ROUNDS)]
    return [row([each[place] for each in rounds]) for place in range(len(rounds[0]))], every_output(wanted, area)


def _round(wanted: Order, preparer: Preparer, area: Area, recorded_s: float) -> list[tuple[Killed, Left]]:
    killed = run_and_kill(programs(wanted, preparer), wanted.clip.path, recorded_s, wanted.folder)
    return [(each, left(each.program.films(), area, wanted.clip.fps)) for each in killed]


def _figures(mine: Row, peer: Row) -> list[Figure]:
    survives = f"{mine.survived_s:.1f} s of {mine.recorded_s:.1f} s play; {mine.lost_s:.1f} s lost in the mean"
    return [
        Figure(f"{mine.name}: CPU a second", 1000 * mine.cpu_ratio, "ms", 1000 * peer.cpu_ratio, PEER),
        Figure(f"{mine.name}: memory, peak", mine.peak_mib, "MiB", peer.peak_mib, PEER),
        Figure(f"{mine.name}: bitrate", mine.bitrate_bps / 1e6, "Mbit/s", peer.bitrate_bps / 1e6, PEER),
        Figure(f"{mine.name}: lost by kill -9, worst", mine.recorded_s - mine.survived_s, "s", note=survives),
        Figure(f"{mine.name}: pixels of private places", mine.leak.private_px, "px", note=_of_pictures(mine.leak)),
        Figure(f"{mine.name}: masked pixels not solid", mine.leak.masked_px, "px", note=f"of {mine.leak.area_px}"),
    ]


def _of_pictures(leak: Leak) -> str:
    return f"of {leak.places_px}; in {leak.leaking} of {leak.pictures} pictures"


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench_peers", description="Recorder and peers.")
    parser.add_argument("--picture", type=Path, metavar="FILE.svg", help="draw it, too")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        rows, others = compare(Path(name))
    print(f"load {load:.1f} before, {os.getloadavg()[0]:.1f} after\n\n{table(rows, others)}")
    if options.picture is not None:
        draw(options.picture, rows, others)


if __name__ == "__main__":
    main()
