"""How long setting machines up takes, by ``playbooks/provision.yml``, up to 500 simulated nodes; prints and draws it.

What is real and what is simulated, ``tests/ansible/simulated`` says: in short, the controller is real, each exchange
with a machine takes ``ANSWER_S``, and no ssh runs. Sizes already in the file of ``--kept`` are not measured again.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge.base.clock import SystemClock
from tests.ansible.simulated.fleet import ANSWER_S, BASTION, Fleet
from tests.docs.growth import draw_growth

SIZES = (10, 50, 100, 200, 500)
PICTURE = Path("docs/pictures/provisioning.svg")
_TELL_S = 60


@dataclass(slots=True)
class Progress:
    """Tells once a minute how far a run is."""

    begun_s: float = field(default_factory=lambda: SystemClock().monotonic_ns() / 1e9)
    told_s: float = 0.0
    tasks: int = 0
    answers: int = 0
    task: str = ""

    def __call__(self, line: str) -> None:
        """Takes a line of Ansible's."""
        if line.startswith(("TASK [", "RUNNING HANDLER [")):
            self.tasks, self.answers, self.task = self.tasks + 1, 0, line.partition("[")[2].rpartition("]")[0]
        self.answers += line.startswith(("ok: ", "changed: ", "skipping: "))
        seconds = SystemClock().monotonic_ns() / 1e9 - self.begun_s
        if seconds - self.told_s >= _TELL_S:
            self.told_s = seconds
            load = os.getloadavg()[0]
            print(f"  {seconds:5.0f} s: {self.tasks}. {self.task}, {self.answers} answers; load {load:.1f}", flush=True)


def main() -> int:
    """Measures, prints, draws."""
    parser = argparse.ArgumentParser(prog="python -m tests.ansible.pace", description=__doc__)
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES, metavar="N", help="how many nodes")
    parser.add_argument("--kept", type=Path, metavar="FILE", help="what was measured so far")
    parser.add_argument("--most", type=int, metavar="N", help="leave out what is larger")
    options = parser.parse_args()
    sizes = sorted(size for size in options.sizes if not options.most or size <= options.most)
    if not sizes:
        parser.error(f"none of {options.sizes} is at most {options.most}")
    kept: dict[str, Any] = {}
    if options.kept and options.kept.exists():
        kept = json.loads(options.kept.read_text())
    for size in sizes:
        if str(size) not in kept:
            kept[str(size)] = _measure(size)
            if options.kept:
                options.kept.write_text(json.dumps(kept, indent=1))
        print(_said(size, kept[str(size)]), flush=True)
    points = [(size, kept[str(size)]["seconds"]) for size in sizes]
    draw_growth(points, f"bastion and nodes set up for the first time, {ANSWER_S} s an exchange", PICTURE)
    print(f"drawn: {PICTURE}")
    return 0


def _measure(size: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="mimamori-provisioning-") as folder:
        fleet = Fleet(Path(folder), size)
        before = os.getloadavg()[0]
        ran = fleet.provision(Progress())
        if ran.status:
            raise RuntimeError(f"{size} nodes: status {ran.status}: {ran.out[-6000:]}")
        ok = {ran.recaps[name].ok for name in fleet.names}
        bastion_s, _, *waves_s = ran.plays_s
        return {
            "seconds": ran.seconds, "cpu_s": ran.cpu_s, "bastion_s": bastion_s, "waves_s": waves_s,
            "tasks": [min(ok), max(ok)], "bastion_tasks": ran.recaps[BASTION].ok,
            "exchanges": fleet.exchanges(fleet.names[-1]), "load": [before, os.getloadavg()[0]],
        }  # fmt: skip


def _said(size: int, told: dict[str, Any]) -> str:
    waves = ", ".join(f"{seconds:.0f}" for seconds in told["waves_s"])
    least, most = told["tasks"]
    before, after = told["load"]
    return (
        f"{size} simulated nodes, {ANSWER_S} s an exchange: {told['seconds']:.0f} s (bastion {told['bastion_s']:.0f}, "
        f"waves {waves}); {told['cpu_s']:.0f} s of CPU; {least} to {most} tasks and {told['exchanges']} exchanges "
        f"a node; load {before:.1f} to {after:.1f}"
    )


if __name__ == "__main__":
    sys.exit(main())
