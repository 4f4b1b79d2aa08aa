"""``make lab-powercut``: crash states without end, or as many as asked for; status 0 only with none lost or corrupt."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.crash.devices import Lab, open_lab
from tests.crash.powercut import Tally, Target, run
from tests.crash.target_center import CenterTarget
from tests.crash.target_desk import DeskTarget
from tests.crash.target_spool import SpoolTarget

TARGETS: dict[str, Callable[[Lab], Target[Any]]] = {
    "spool": lambda lab: SpoolTarget(lab.run),
    "center": lambda lab: CenterTarget(lab.run / "city"),
    "desk": lambda lab: DeskTarget(),
}


def main() -> int:
    """Runs and prints; the last line counts."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--target", choices=[*TARGETS, "all"], default="all")
    parser.add_argument("--states", type=int, default=10_000, help="in all, in equal parts for each target")
    parser.add_argument("--seed", type=int, default=1, help="of the first history; a failing one is printed")
    parser.add_argument("--keep", type=Path, default=Path("run/crash"), help="where images of failing states go")
    options = parser.parse_args()
    # Ended from outside it must still take its devices away: the kernel has only a few.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    logging.getLogger("edge.center").setLevel(logging.ERROR)  # forks are meant here
    names = list(TARGETS) if options.target == "all" else [options.target]
    total = Tally()
    with open_lab() as lab:
        for number, name in enumerate(names):
            states = options.states // len(names) + (number < options.states % len(names))
            total += run(
                lab, TARGETS[name](lab), states, options.seed, progress=_progress(name), keep=options.keep / name
            )
            print()
    print(f"{total.states / max(total.seconds, 1e-9):.1f} states per second")
    print(total)
    return 1 if total.lost or total.corrupt else 0


def _progress(name: str) -> Callable[[Tally], None]:
    """Returns what prints each new fault and, in one line, how far the target is."""
    shown = 0

    def show(tally: Tally) -> None:
        nonlocal shown
        for fault in tally.faults[shown:]:
            print(f"\nTARGET={name} {fault}")
        shown = len(tally.faults)
        print(f"\r{name}: {tally}, {tally.states / tally.seconds:.1f} states/s ", end="", flush=True)

    return show


if __name__ == "__main__":
    sys.exit(main())
