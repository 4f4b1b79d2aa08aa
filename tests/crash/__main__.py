"""``make lab-powercut``: crash states without end, or as many as asked for; status 0 only with none lost or corrupt."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from tests.crash.devices import open_lab
from tests.crash.powercut import Tally, run


def main() -> int:
    """Runs and prints; the last line counts."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--states", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1, help="of the first history; a failing one is printed")
    parser.add_argument("--keep", type=Path, default=Path("run/crash"), help="where images of failing states go")
    arguments = parser.parse_args()
    # Ended from outside it must still take its devices away: the kernel has only a few.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    shown = 0

    def progress(tally: Tally) -> None:
        nonlocal shown
        for fault in tally.faults[shown:]:
            print(f"\n{fault}")
        shown = len(tally.faults)
        print(f"\r{tally}, {tally.states / tally.seconds:.0f} states/s ", end="", flush=True)

    with open_lab() as lab:
        tally = run(lab, arguments.states, arguments.seed, progress=progress, keep=arguments.keep)
    print(f"\n{tally.states / tally.seconds:.1f} states per second")
    print(tally)
    return 1 if tally.lost or tally.corrupt else 0


if __name__ == "__main__":
    sys.exit(main())
