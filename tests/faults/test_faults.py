"""Each kind of call of a recorder fails once, in the ways of a disk; ``make lab-faults`` tries every single one."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable

import pytest

from tests.faults.scenario import NAMES, Scenario
from tests.faults.trial import Fault, Trial, errors_of

Prepare = Callable[[str], Scenario]


@pytest.mark.parametrize("name", NAMES)
def test_a_fault_at_each_kind_of_call_ends_no_recording(trial: Trial, scenario: Prepare, name: str) -> None:
    """The last call of each kind on each kind of file; the error goes round, so that each comes up."""
    prepared = scenario(name)
    last = {(call.name, re.sub(r"\d", "n", call.path)): call for call in trial.calls(prepared)}
    for place, call in enumerate(last.values()):
        errors = errors_of(call)
        trial.run(prepared, Fault(call, errors[place % len(errors)], lasting=False))


DEATHS = [
    ("first", "mkdir", "/spool", errno.EROFS),
    ("first", "fallocate", "/spool/reel-00000", errno.ENOSPC),
    ("first", "rename", "/spool/.spool.json.new", errno.EIO),
    ("first", "create", "/recorder/.key-list.json.new", errno.ENOSPC),
    ("expire", "readdir", "/spool", errno.EIO),
    ("expire", "write", "/spool/reel-00000", errno.EIO),
    ("expire", "create", "/run/.recorder.json.new", errno.ENOSPC),
    ("evict", "fsync", "/spool/reel-00002", errno.EIO),
    ("evict", "write", "/spool/reel-00000", errno.EROFS),
]


@pytest.mark.parametrize(("name", "call", "path", "error"), DEATHS)
def test_disk_that_dies_at_a_call_ends_no_recording(
    trial: Trial, scenario: Prepare, name: str, call: str, path: str, error: int
) -> None:
    """Everything below the folder fails from there on, over a restart, too; then the disk is exchanged."""
    prepared = scenario(name)
    found = next(made for made in trial.calls(prepared) if (made.name, made.path) == (call, path))
    trial.run(prepared, Fault(found, error, lasting=True))
