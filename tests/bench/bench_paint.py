"""What painting costs: four masks over 8 % of 1280x960, beside one memory copy of the frame and ffmpeg's drawbox.

Run as ``python -m tests.bench.bench_paint``; ``measure`` returns the figures. Budgets: at most 1.5 copies, and at least
10 times faster than drawbox.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

import numpy as np

from edge.base.frame import Frame, Geometry
from edge.mask import maskset
from edge.mask.paint import Painter
from edge.mask.raster import rasterise
from edge.mask.selfcheck import check_planes
from edge.mask.text import Stamp

GEOMETRY = Geometry(1280, 960, 1280)
PAINT_PER_COPY_MAX = 1.5
DRAWBOX_PER_PAINT_MIN = 10.0
_ROUNDS = 400
_DRAWBOX_FRAMES = 300
_CORNERS = ((0.07, 0.32), (0.40, 0.22), (0.71, 0.12), (0.55, 0.62))
_WIDTH, _HEIGHT, _SLANT = 0.088, 0.104, 0.012


def four_masks() -> maskset.MaskSet:
    """Returns four slanted four-sided masks; with their margins they cover about 8 % of the picture."""
    masks = [
        {"id": f"m{i}", "kind": "window", "polygon": [[x, y], [x + _WIDTH, y - _SLANT], *_lower(x, y)]}
        for i, (x, y) in enumerate(_CORNERS)
    ]
    signed_off = {"by": "bench", "at": "2026-01-05T10:00:00+09:00"}
    tree = {"version": 1, "node": "bench", "masks": masks, "signed_off": signed_off}
    return maskset.parse(json.dumps(tree).encode(), "bench", source="bench")


def measure() -> dict[str, float]:
    """Returns microseconds of one frame each (median, CPU for drawbox), and the two ratios of the budget."""
    raster = rasterise(four_masks(), GEOMETRY)
    picture = np.random.default_rng(1).integers(0, 256, GEOMETRY.shape, dtype=np.uint8)
    frame, copy = Frame(picture, GEOMETRY, 0, 0, 0), np.empty_like(picture)
    painter, stamp = Painter(raster, "", ""), Stamp(GEOMETRY, "demo", ZoneInfo("Asia/Tokyo"), raster)
    painted = painter.paint(frame)
    paint_us, copy_us = _side_by_side(lambda: painter.paint(frame), lambda: np.copyto(copy, picture))
    text_us, _ = _side_by_side(lambda: stamp.burn(painted), lambda: None)
    check_us, _ = _side_by_side(lambda: check_planes(frame.planes(), raster, stamp.box), lambda: None, rounds=20)
    drawbox_us = _drawbox_us()
    return {
        "share": round(raster.share, 4),
        "paint_us": round(paint_us, 1),
        "copy_us": round(copy_us, 1),
        "text_us": round(text_us, 1),
        "self_check_us": round(check_us, 1),
        "drawbox_us": round(drawbox_us, 1),
        "paint_per_copy": round(paint_us / copy_us, 3),
        "drawbox_per_paint": round(drawbox_us / paint_us, 1),
    }


def main() -> None:
    """Prints the figures as a table."""
    figures = measure()
    for name, value in figures.items():
        print(f"{name:20} {value:>10}")
    print(f"paint / copy    {figures['paint_per_copy']} (budget: at most {PAINT_PER_COPY_MAX})")
    print(f"drawbox / paint {figures['drawbox_per_paint']} (budget: at least {DRAWBOX_PER_PAINT_MIN})")


def _lower(x: float, y: float) -> list[list[float]]:
    return [[x + _WIDTH + _SLANT, y + _HEIGHT], [x + _SLANT, y + _HEIGHT + _SLANT]]


def _side_by_side(
    one: Callable[[], object], other: Callable[[], object], *, rounds: int = _ROUNDS
) -> tuple[float, float]:
    """Times two actions in turn, so that both meet the same load; returns the medians in microseconds."""
    taken = [(_time_us(one), _time_us(other)) for _ in range(rounds)]
    return statistics.median(a for a, _ in taken), statistics.median(b for _, b in taken)


def _time_us(action: Callable[[], object]) -> float:
    start = time.perf_counter_ns()
    action()
    return (time.perf_counter_ns() - start) / 1000


def _drawbox_us() -> float:
    """CPU that four filled drawboxes of the same share add to a frame of raw video, median of three runs."""
    side = (_WIDTH + _SLANT + 0.026, _HEIGHT + _SLANT + 0.046)
    boxes = ",".join(
        f"drawbox=x=iw*{x}:y=ih*{y}:w=iw*{side[0]:.3f}:h=ih*{side[1]:.3f}:color=black:t=fill" for x, y in _CORNERS
    )
    added = [_ffmpeg_cpu_s(boxes) - _ffmpeg_cpu_s("null") for _ in range(3)]
    return statistics.median(added) / _DRAWBOX_FRAMES * 1e6


def _ffmpeg_cpu_s(filters: str) -> float:
    size = f"{GEOMETRY.width}x{GEOMETRY.height}"
    source = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", size, "-i", "/dev/zero", "-frames:v", str(_DRAWBOX_FRAMES)]
    command = ["ffmpeg", "-v", "error", "-nostdin", *source, "-filter_threads", "1", "-vf", filters, "-f", "null", "-"]
    before = os.times()
    subprocess.run(command, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


if __name__ == "__main__":
    main()
