"""``make bench``: the budgets of ``docs/benchmarks.md``, each measured against its peer in this one run.

Options: ``--json FILE`` writes the figures there too; names of benches run only those.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import (
    bench_aim,
    bench_cut,
    bench_drain,
    bench_guard,
    bench_memory,
    bench_paint,
    bench_peers,
    bench_receiver,
    bench_recorder,
    bench_recovery,
    bench_spool,
    bench_stages,
    bench_start,
    bench_visit,
)
from tests.bench.figures import Figure, table


def _paint(_folder: Path) -> list[Figure]:
    found = bench_paint.measure()
    share = f"painting {found['share']:.0%} of 1280x960"
    return [
        Figure(
            share,
            found["paint_us"],
            "us",
            found["copy_us"],
            "one memory copy",
            bench_paint.PAINT_PER_COPY_MAX,
            bounded="ratio",
        ),
        Figure(
            f"{share}: how much faster",
            found["drawbox_per_paint"],
            "x drawbox",
            bound=bench_paint.DRAWBOX_PER_PAINT_MIN,
            sense="at least",
            note=f"ffmpeg drawbox {found['drawbox_us']:.0f} us",
        ),
    ]


def _guard(_folder: Path) -> list[Figure]:
    found = bench_guard.measure()
    return [
        Figure(
            "moved-camera guard and self-check, of one core",
            found["core_percent"],
            "%",
            bound=bench_guard.CORE_PERCENT_MAX,
            note=f"a look {found['look_ms']} ms, twice a second; a check {found['check_ms']} ms, each 10 s",
        )
    ]


def _receiver(_folder: Path) -> list[Figure]:
    found = bench_receiver.run()
    return [
        Figure(
            "receiver: throughput",
            found["center_mb_s"],
            "MB/s",
            found["dav_fsync_mb_s"],
            "nginx DAV, fsync",
            bench_receiver.RATIO_MIN,
            sense="at least",
            bounded="ratio",
        ),
        Figure(
            "receiver: nodes a core at 1.5 Mbit/s",
            found["nodes_a_core"],
            "nodes",
            bound=bench_receiver.NODES_A_CORE_MIN,
            sense="at least",
        ),
    ]


BENCHES: dict[str, Callable[[Path], list[Figure]]] = {
    "paint": _paint,
    "guard": _guard,
    "recorder": bench_recorder.measure,
    "stages": bench_stages.measure,
    "peers": bench_peers.measure,
    "start": bench_start.measure,
    "memory": bench_memory.measure,
    "aim": bench_aim.measure,
    "visit": bench_visit.measure,
    "receiver": _receiver,
    "spool": bench_spool.measure,
    "recovery": bench_recovery.measure,
    "cut": bench_cut.measure,
    "drain": bench_drain.measure,
}


def main() -> int:
    """Runs the benches and prints one table; returns 0 whether or not budgets are met, 1 where a bench failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the budgets.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}; all if none")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args()
    unknown = set(options.names) - set(BENCHES)
    if unknown:
        parser.error(f"no bench {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    before = os.getloadavg()[0]
    figures: list[Figure] = []
    for name in options.names or BENCHES:
        print(f"measuring: {name} ...", file=sys.stderr, flush=True)
        figures += _measured(name)
    about = _machine(before)
    print(f"{about}\n\n{table(figures)}")
    if options.json is not None:
        tree = {"about": about, "figures": [figure.tree() for figure in figures]}
        options.json.write_text(json.dumps(tree, indent=2) + "\n")
    return 1 if any(figure.measured is None for figure in figures) else 0


def _measured(name: str) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-", dir=os.environ.get("BENCH_DIR")) as folder:
        try:
            return BENCHES[name](Path(folder))
        except Exception as error:  # noqa: BLE001 - the other benches still have something to say
            return [Figure(name, None, "", note=f"failed: {' '.join(str(error).split())[:300]}")]


def _machine(load_before: float) -> str:
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC).date()}, {platform.machine()}, {cores} cores, {memory:.0f} GiB,"
        f" Python {platform.python_version()}, load before {load_before:.1f}, after {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    sys.exit(main())
