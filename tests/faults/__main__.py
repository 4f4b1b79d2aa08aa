"""``make lab-faults``: every fault at every call of three runs; ends by itself, status 0 only where every rule held."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.lab import open_folder
from tests.faults.scenario import NAMES, Scenario, prepare
from tests.faults.trial import Fault, Trial, faults_of


def main() -> int:
    """Runs and prints; the last line counts."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="try only each so-many-th fault")
    parser.add_argument("--scenario", action="append", choices=NAMES, help="this one only; may be given more than once")
    arguments = parser.parse_args()
    # Ended from outside it must still take its mount away.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    logging.disable(logging.CRITICAL)  # the recorder has a word for each fault
    tried = broken = 0
    with TemporaryDirectory(prefix="mimamori-faults-") as name, open_folder() as folder:
        trial = Trial(folder, Path(name) / "node")
        for each in arguments.scenario or NAMES:
            scenario = prepare(Path(name), each)
            calls = trial.calls(scenario)
            faults = faults_of(calls)[:: arguments.every]
            print(f"{each}: {len(calls)} calls, {len(faults)} faults to try", flush=True)
            broken += _try_all(trial, scenario, faults)
            tried += len(faults)
    print(f"{tried} faults, {broken} against a rule")
    return 1 if broken else 0


def _try_all(trial: Trial, scenario: Scenario, faults: list[Fault]) -> int:
    """Prints progress and every fault that a rule did not hold for; returns how many they were."""
    broken = 0
    for number, fault in enumerate(faults, 1):
        try:
            trial.run(scenario, fault)
        except Exception as error:  # noqa: BLE001 - whatever ends a recorder is what is looked for
            broken += 1
            print(f"\n{scenario.name}: {fault}: {type(error).__name__}: {error}")
        print(f"\r{scenario.name}: {number} of {len(faults)}", end="", flush=True)
    print()
    return broken


if __name__ == "__main__":
    sys.exit(main())
