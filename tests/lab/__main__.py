"""``make lab-line``: every fault of line and server, with real processes; status 0 only where all agree in the end."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.lab.isolation import isolate, isolated, private_disk
from tests.lab.lab import open_lab
from tests.lab.scenario import Outcome, Scenario, all_scenarios, play


def main() -> int:
    """Runs and prints; the last line counts."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the short run that the suite makes")
    parser.add_argument("--only", nargs="+", default=[], metavar="SCENARIO", choices=list(all_scenarios()))
    parser.add_argument("--outcomes", type=Path, help="file that takes each outcome as a line of JSON")
    arguments = parser.parse_args()
    if not isolated():
        return 0 if isolate("tests.lab", sys.argv[1:]) == 0 else 1
    chosen = [
        one
        for one in all_scenarios().values()
        if (one.name in arguments.only if arguments.only else one.quick or not arguments.quick)
    ]
    outcomes = _run(private_disk(), chosen, arguments.outcomes)
    failed = [outcome.name for outcome in outcomes if outcome.failure]
    print(f"{len(outcomes)} scenarios, {len(failed)} in which node and server do not agree")
    return 1 if failed else 0


def _run(folder: Path, chosen: list[Scenario], told: Path | None) -> list[Outcome]:
    outcomes = []
    with open_lab(folder) as lab:
        print(f"{'scenario':46}{'seconds':>9}{'records':>9}{'evicted':>9}{'resent bytes':>14}  agreed", flush=True)
        for one in chosen:
            outcome = play(lab, one)
            outcomes.append(outcome)
            print(_row(one, outcome), flush=True)
            if told is not None:
                with told.open("a") as file:
                    file.write(json.dumps(outcome.tree()) + "\n")
    return outcomes


def _row(one: Scenario, outcome: Outcome) -> str:
    agreed = "no" if one.noticed else "yes"
    if one.noticed and not outcome.failure:
        agreed += ", as it must be noticed"
    if outcome.failure:
        agreed = f"FAILED: {outcome.failure}"
    figures = f"{outcome.seconds:9.1f}{outcome.records:9}{outcome.evicted:9}{outcome.resent_bytes:14}"
    return f"{outcome.name:46}{figures}  {agreed}"


if __name__ == "__main__":
    sys.exit(main())
