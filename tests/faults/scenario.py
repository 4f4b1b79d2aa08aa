"""The runs that faults are tried on: a recorder whose spool, state, run folder and inbox lie in the failing folder.

Each begins with what an earlier run left, and does in a few seconds of footage what a recorder does in days:
``expire`` erases by age, takes a newer key list and notes a new day; ``evict`` overwrites its oldest reel, unreceipted;
``first`` makes its spool and its mask floor anew.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from edge.node.credentials import KEY_LIST
from edge.node.records.tally import Tally
from edge.wire.receipts import append_receipt
from tests.faults.lab import Folder
from tests.mask.samples import put
from tests.node.rig import Rig, ScriptedCamera
from tests.node.stored import stored
from tests.node.town import DAY_US, START_US, WEEK, Town, make_key_list, make_receipt

FRAMES = 40
PARTS = ("spool", "recorder", "run", "uplink")
LATER_US = 10 * DAY_US
NAMES = ("expire", "evict", "first")
_DAYS, _WEEKS = ("2026-01-05", "2026-01-15"), (WEEK, "2026-W03")


@dataclass(frozen=True)
class Scenario:
    """A template of the four folders, and the time at which the run begins."""

    name: str
    template: Path
    begin_us: int


def prepare(folder: Path, name: str) -> Scenario:
    """Makes the template: no fault, no failing folder."""
    template = folder / name
    town = town_in(folder / f"{name}-town", template)
    first = make_key_list(days=_DAYS, weeks=_WEEKS)
    put(template / "recorder" / KEY_LIST, first.data)
    put(
        template / "uplink" / "inbox" / KEY_LIST, make_key_list(2, previous=first.sha256, days=_DAYS, weeks=_WEEKS).data
    )
    if name == "first":
        return Scenario(name, template, START_US)
    segments = {"expire": 4, "evict": 77}[name]
    record(town, START_US, 20 * segments)
    _receipt(template)
    return Scenario(name, template, START_US + (LATER_US if name == "expire" else segments * 2_000_000 + 8_000_000))


def town_in(folder: Path, parts: Path) -> Town:
    """Returns a node whose own files lie in ``folder``, and what a disk can refuse in ``parts``."""
    town = Town(folder)
    for part, made in (("recorder", town.state), ("uplink", town.uplink)):
        if not (parts / part).exists():
            (parts / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(made, parts / part)
    (parts / "run").mkdir(parents=True, exist_ok=True)
    town.configure(
        state=str(parts / "recorder"),
        run=str(parts / "run"),
        spool={"folder": str(parts / "spool"), "memory_bytes": 3 * 2**20},
        uplink={"state": str(parts / "uplink")},
    )
    return town


def start(folder: Folder, scenario: Scenario, nodes: Path) -> Town:
    """Fills the failing folder and returns the node that records into it."""
    folder.fill(scenario.template)
    shutil.rmtree(nodes, ignore_errors=True)
    return town_in(nodes, folder.mount)


def record(town: Town, begin_us: int, frames: int = FRAMES) -> Tally:
    """One run of the recorder, from opening its spool to its end."""
    town.clock.advance_to(begin_us)
    return Rig(town).record(ScriptedCamera(town, frames, begin_us=begin_us))


def _receipt(template: Path) -> None:
    """The center has the first three records."""
    headers = [record.header for record in stored(template / "spool").records[:3]]
    hashes = tuple(header.sha256 for header in headers)
    receipt = make_receipt(headers[0].manifest.chain, headers[0].sequence, hashes, START_US + 7_000_000)
    append_receipt(template / "uplink" / "receipts", receipt)
