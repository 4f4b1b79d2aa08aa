"""``make lab-simulate``: histories for so many minutes, from a seed on; status 0 only if no promise was broken."""

from __future__ import annotations

import argparse
import itertools
import sys

from tests.simulation.campaign import Tally, play_for
from tests.simulation.history import open_stage


def main() -> int:
    """Plays and prints; the last line counts."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="0 plays one history")
    parser.add_argument("--seed", type=int, default=1, help="of the first history")
    arguments = parser.parse_args()
    shown = 0

    def progress(tally: Tally) -> None:
        nonlocal shown
        for told in tally.reports[shown:]:
            print(f"\n{told}")
        shown = len(tally.reports)
        print(f"\r{tally}, {tally.pace} ", end="", flush=True)

    with open_stage() as stage:
        tally = play_for(stage, max(arguments.minutes * 60, 1e-9), itertools.count(arguments.seed), progress=progress)
    print(f"\n{tally.pace}")
    print(tally)
    return 1 if tally.reports else 0


if __name__ == "__main__":
    sys.exit(main())
