"""``python -m tests.lab.arm64``: what memory a node and an upgrade take in the system, and whether a Zero 2 W has it.

The recorder works at 1280x960 with a camera that hands out pictures as a board's does, beside uplink, panel and the
installer's page, which waits for its button. Nothing here tells how fast a board is: the emulator is slower, and nobody
knows by how much. It also loses a signal now and then, so whoever does not end when asked is killed.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from edge.demo.scene import Scene
from tests.bench.prepared import Preparer
from tests.lab.arm64 import sheet
from tests.lab.arm64.emulation import arm64_programs
from tests.lab.arm64.memory import MIB, Peaks, watch
from tests.lab.arm64.services import services_mib
from tests.lab.arm64.system import MACHINE, PYTHON, System, open_system
from tests.lab.nodes.wheels import locked_wheels

SECONDS = 4
ROLES = {
    "recorder": ("tests.bench.child", "plain"),
    "uplink": ("node", "uplink"),
    "panel": ("edge.node.panel_process",),
    "installer's page, waiting": ("node", "commission"),
}
_NODE = f"""
mimamori node uplink --config "$1" &
uplink=$!
mimamori node panel --config "$1" &
panel=$!
mimamori node commission --config "$1" &
page=$!
status=0
{PYTHON} -m tests.bench.child plain "$1" {SECONDS} || status=$?
kill $uplink $panel $page
sleep 20
kill -9 $uplink $panel $page 2>/dev/null
wait
exit $status
"""
PIP = (PYTHON.replace("/a/", "/b/"), "-m", "pip", "install", "-q", "--no-index", "--no-cache-dir", "--no-deps")
UPGRADES = {
    "apt-get update": ("apt-get", "-qq", "update"),
    "apt-get install of a library (libssl3t64)": ("apt-get", "-qq", "-y", "install", "--reinstall", "libssl3t64"),
    "a release: its environment": ("python3", "-m", "venv", "--system-site-packages", "/opt/mimamori/b"),
    "a release: its wheels": (*PIP, "--find-links", "/srv/wheels", "-r", "/srv/wheels/requirements.txt"),
}


def node(system: System, folder: Path) -> Peaks:
    """Has a node record; its center is out of reach.

    Raises:
        RuntimeError: the recorder failed.
    """
    prepared = Preparer(folder).node(Scene("street", size=(1280, 960), fast=True))
    system.bring(folder, str(folder))
    process = system.start("sh", "-c", _NODE, "node", str(prepared.config), log=folder / "node.log")
    peaks = watch(process, ROLES)
    missing = [role for role in ROLES if not peaks.roles[role]]
    if process.returncode or missing:
        said = (folder / "node.log").read_text()[-3000:]
        raise RuntimeError(f"status {process.returncode}, never seen: {', '.join(missing) or 'none'}: {said}")
    return peaks


def upgrades(system: System, log: Path) -> dict[str, Peaks]:
    """Upgrades a Debian package, and builds the environment of a release beside the one in use.

    Raises:
        RuntimeError: a step failed.
    """
    system.bring(locked_wheels(machine=MACHINE), "/srv/wheels")
    peaks = {}
    for name, words in UPGRADES.items():
        process = system.start(*words, log=log, online=words[0] == "apt-get")
        peaks[name] = watch(process, {})
        if process.returncode:
            raise RuntimeError(f"{name}: status {process.returncode}: {log.read_text()[-2000:]}")
    return peaks


def main() -> int:
    """Prints the table; returns 1 where a node and an upgrade do not fit its board."""
    with tempfile.TemporaryDirectory(prefix="arm64-") as name, arm64_programs():
        folder, entered = Path(name, "node"), Path(name, "system")
        folder.mkdir()
        entered.mkdir()
        with open_system(entered) as system:
            peaks = node(system, folder)
            steps = {step: peaks.together / MIB for step, peaks in upgrades(system, Path(name, "log")).items()}
    debian_mib = services_mib()
    print(f"{datetime.now(UTC).date()}, {platform.machine()} emulating {MACHINE}, load {os.getloadavg()[0]:.1f}\n")
    together_mib = peaks.together / MIB
    print(sheet.table(debian_mib, together_mib, steps))
    for role in ROLES:
        print(f"- {role}, by itself: {peaks.mib(role):.0f} MiB")
    return 0 if sheet.left_mib(debian_mib, together_mib, steps) >= 0 else 1


if __name__ == "__main__":
    sys.exit(main())
