"""Where the recorder's CPU goes, stage by stage, and how each grows with picture size, number of masks and frame rate.

The same frames are recorded again and again by the whole recorder, its stages under stopwatches
(``tests.bench.stages``), with one thing changed each time. What happens less than once a frame (self-check, sealing,
one sync a segment) is divided among the frames. Decoding the clip stands in for a camera and is left out.

Run as ``python -m tests.bench.bench_stages [--picture FILE.svg]``.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edge.base.clock import to_datetime
from edge.demo.places import NODE
from tests.bench import clips
from tests.bench.bench_recorder import stage_run
from tests.bench.clips import Clip
from tests.bench.figures import Figure
from tests.bench.growth import draw
from tests.bench.prepared import START_US, Preparer

ROUNDS = 3
FRAMES = 300
_SIZES = ((320, 240), (640, 480), (1280, 960), (1600, 1200))
_MASKS = (1, 4, 16, 64)
_RATES = (5, 10, 15, 30)
_USUAL = ((1280, 960), 4, 15)
_COLUMNS = 8
_UNITS = {"picture size": "", "masks": " masks", "frames a second": "/s"}


@dataclass(frozen=True, slots=True)
class Case:
    """What is recorded.

    Attributes:
        fps: frames a second.
    """

    size: tuple[int, int] = _USUAL[0]
    masks: int = _USUAL[1]
    fps: int = _USUAL[2]


Costs = Mapping[str, float]
"""Milliseconds of CPU a frame, by stage."""
Sweep = dict[str, dict[str, Costs]]
"""By what changes, and its value."""


def measure(folder: Path) -> list[Figure]:
    """Returns what each stage costs at 1280x960, four masks and 15 frames/s."""
    costs = _costs(Case(), Preparer(folder), clips.native(folder), folder)
    return [Figure(f"recorder 1280x960, a frame: {stage}", ms, "ms") for stage, ms in costs.items()]


def sweep(folder: Path) -> Sweep:
    """Measures every case; the usual one is measured once."""
    preparer, clip = Preparer(folder), clips.native(folder)
    cases = {
        "picture size": {f"{width}x{height}": Case(size=(width, height)) for width, height in _SIZES},
        "masks": {str(masks): Case(masks=masks) for masks in _MASKS},
        "frames a second": {str(fps): Case(fps=fps) for fps in _RATES},
    }
    known = {case: _costs(case, preparer, clip, folder) for case in {c for by in cases.values() for c in by.values()}}
    return {what: {value: known[case] for value, case in by.items()} for what, by in cases.items()}


def _costs(case: Case, preparer: Preparer, clip: Clip, folder: Path) -> Costs:
    played = clips.resized(clip, folder, case.size, case.fps, FRAMES)
    masks = grid_of_masks(case.masks)
    log = folder / "stages.log"
    runs = [
        by_stage(stage_run(preparer.node(played.scene, masks).config, FRAMES / case.fps, log)) for _ in range(ROUNDS)
    ]
    return {stage: statistics.median(run[stage] for run in runs) for stage in runs[0]}


def by_stage(us: Mapping[str, float]) -> Costs:
    """Returns milliseconds a frame of stages that hold no other stage, from what the stopwatches say; all together
    are the process without its decoder."""

    def took(name: str) -> float:
        return us.get(name, 0.0)

    stages = {
        "encode": took("encoding"),
        "capture": took("camera") - took("decoding"),
        "masks": took("masks"),
        "text": took("text"),
        "guard": took("guard"),
        "segments": took("segments") - took("encoding"),
        "self-check": took("self-check"),
        "seal": took("sealing"),
        "spool": took("spool"),
    }
    rest = took("process") - took("decoding") - sum(stages.values())
    return {stage: each / 1000 for stage, each in {**stages, "all else": rest}.items()}


def grid_of_masks(count: int) -> bytes:
    """Returns a signed-off ``masks.json`` of so many slanted windows, all of one size, spread over the picture."""

    def window(number: int) -> list[list[float]]:
        x, y = 0.02 + number % _COLUMNS * 0.12, 0.10 + number // _COLUMNS * 0.11
        return [[x, y], [x + 0.05, y - 0.005], [x + 0.055, y + 0.035], [x + 0.005, y + 0.04]]

    masks = [{"id": f"m{number}", "kind": "window", "polygon": window(number)} for number in range(count)]
    signed_off = {"by": "bench", "at": to_datetime(START_US).isoformat()}
    return json.dumps({"version": 1, "node": NODE, "masks": masks, "signed_off": signed_off}).encode()


def _table(found: Sweep) -> str:
    """Returns microseconds a frame in Markdown, one column a case."""
    cases = [(value + _UNITS[what], costs) for what, by in found.items() for value, costs in by.items()]
    rows = [["µs of CPU a frame", *(name for name, _ in cases)], ["---"] * (len(cases) + 1)]
    rows += [[stage, *(f"{1000 * costs[stage]:,.0f}" for _, costs in cases)] for stage in cases[0][1]]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main() -> None:
    """Prints a table of every case."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench_stages", description="The recorder's stages.")
    parser.add_argument("--picture", type=Path, metavar="FILE.svg", help="draw it, too")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        found = sweep(Path(name))
    print(f"load {load:.1f} before, {os.getloadavg()[0]:.1f} after\n\n{_table(found)}")
    if options.picture is not None:
        draw(options.picture, found)


if __name__ == "__main__":
    main()
