"""The controls: with one guard taken away, the same trial notices it."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from edge.base.files import publish, write_durably
from edge.node import record as process
from edge.node.kept import Kept
from edge.node.records import memory
from edge.node.records.pen import Pen
from edge.node.records.tally import Tally
from edge.spool.disk import LocalReelFile
from edge.spool.layout import read_layout
from edge.spool.opening import create_spool
from edge.spool.writer import ReelWriter
from edge.wire.status import dump_status
from tests.faults.failing_folder import SHORT
from tests.faults.lab import Call
from tests.faults.scenario import Scenario
from tests.faults.trial import Fault, Trial

Prepare = Callable[[str], Scenario]
Patch = pytest.MonkeyPatch


def no_memory(patch: Patch, trial: Trial) -> None:
    patch.setattr(process, "_memory", lambda _node: None)


def memory_on_the_cards_chain(patch: Patch, trial: Trial) -> None:
    def create(folder: Path, *, capacity_bytes: int, reel_bytes: int) -> object:
        layout = read_layout(trial.folder.backing / "spool")
        chain = layout.chain if layout else None
        return create_spool(folder, capacity_bytes=capacity_bytes, reel_bytes=reel_bytes, chain=chain)

    patch.setattr(memory, "create_spool", create)


def reels_tried_again(patch: Patch, trial: Trial) -> None:
    patch.setattr(ReelWriter, "_abandon", lambda *_: None)


def nobody_told(patch: Patch, trial: Trial) -> None:
    patch.setattr(Pen, "_tell_of_the_card", lambda *_: None)


def syncs_believed(patch: Patch, trial: Trial) -> None:
    sync = LocalReelFile.sync

    def believe(reel: LocalReelFile) -> None:
        with suppress(OSError):
            sync(reel)

    patch.setattr(LocalReelFile, "sync", believe)


def short_writes_believed(patch: Patch, trial: Trial) -> None:
    patch.setattr(LocalReelFile, "write", lambda reel, data, offset: os.pwrite(reel._descriptor, data, offset))


def state_that_must_be_kept(patch: Patch, trial: Trial) -> None:
    patch.setattr(Kept, "write", lambda kept, data: write_durably(kept.path, data))


def status_that_must_be_published(patch: Patch, trial: Trial) -> None:
    patch.setattr(Tally, "publish", lambda tally, now_us: publish(tally.path, dump_status(tally.status(now_us))))


TRIES = 8
NEWEST, OLDEST, STATUS = "/spool/reel-00002", "/spool/reel-00000", "/run/.recorder.json.new"
Control = tuple[Callable[[Patch, Trial], None], tuple[str, str, str], int, bool, str]
CONTROLS: dict[str, Control] = {
    "no memory": (no_memory, ("evict", "write", NEWEST), errno.EROFS, True, "replace the card"),
    "memory on the card's chain": (
        memory_on_the_cards_chain, ("evict", "fsync", NEWEST), errno.EIO, True, "two contents|used-sequence",
    ),
    "reels tried again": (reels_tried_again, ("evict", "fsync", NEWEST), errno.EIO, False, "written again after"),
    "nobody told": (nobody_told, ("evict", "fsync", NEWEST), errno.EIO, False, "nobody is told"),
    "syncs believed": (syncs_believed, ("evict", "fsync", NEWEST), errno.EIO, False, "written again after"),
    "short writes believed": (short_writes_believed, ("evict", "write", OLDEST), SHORT, False, "written again after"),
    "state that must be kept": (
        state_that_must_be_kept, ("first", "fsync", "/recorder/.trusted-day.new"), errno.ENOSPC, False, "pictures",
    ),
    "status that must be published": (
        status_that_must_be_published, ("evict", "rename", STATUS), errno.EIO, False, "cannot be published",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTROLS)
def test_without_one_guard_a_fault_is_noticed(trial: Trial, scenario: Prepare, monkeypatch: Patch, name: str) -> None:
    """Two threads call the disk: a number may be another call in the next run, and then it is tried again."""
    take_away, (run, call, path), error, lasting, said = CONTROLS[name]
    prepared = scenario(run)
    trial.run(prepared, Fault(found_in(trial, prepared, call, path), error, lasting))
    take_away(monkeypatch, trial)
    for _ in range(TRIES):
        fault = Fault(found_in(trial, prepared, call, path), error, lasting)
        try:
            trial.run(prepared, fault)
        except Exception as noticed:  # noqa: BLE001 - each guard is missed in its own way
            assert re.search(said, str(noticed)), noticed
            return
        hit = next((made for made in trial.folder.calls() if made.error), None)
        assert hit is None or (hit.name, hit.path) != (call, path), "nothing was noticed"
    pytest.fail(f"in {TRIES} runs the fault never met {call} of {path}")


def found_in(trial: Trial, prepared: Scenario, call: str, path: str) -> Call:
    """A run without a fault, in which the call is looked for; with a guard taken out it may be ill by itself."""
    return next(made for made in trial.calls(prepared) if (made.name, made.path) == (call, path))
