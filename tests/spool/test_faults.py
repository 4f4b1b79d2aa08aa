"""One refusal at each call in turn: recording goes on, in another reel, and what was recorded is there."""

from __future__ import annotations

import errno
from itertools import pairwise
from pathlib import Path

import pytest

from edge.base.errors import StorageFault
from tests.spool.records import CHAIN
from tests.spool.simulated_disk import SimulatedDisk
from tests.spool.site import Site

ERRORS = [errno.EIO, errno.ENOSPC, errno.EROFS]


def run(site: Site) -> None:
    """One lap and the beginning of the next, with an opening in the middle."""
    site.boot()
    for _ in range(11):
        site.record(400_000)
    site.announce(1)


def unaccounted(site: Site) -> list[int]:
    on_card = site.on_card()
    gone = [record.header.manifest.detail for record in site.written if record.header.kind.name == "EVICTED"]
    covered = {sequence for lost in gone for sequence in range(lost.first, lost.last + 1)}  # type: ignore[union-attr]
    numbers = [record.header.sequence for record in site.written]
    return [number for number in numbers if (CHAIN, number) not in on_card and number not in covered]


def calls_of_a_run(folder: Path) -> list[tuple[str, str, int]]:
    site = Site(folder)
    before = len(site.disk.calls)
    run(site)
    site.spool.close()
    return site.disk.calls[before:]


@pytest.mark.parametrize("error", ERRORS, ids=errno.errorcode.get)
def test_any_refused_call_while_recording_costs_no_record(tmp_path: Path, error: int) -> None:
    calls = calls_of_a_run(tmp_path / "count")
    writing = [number for number, (call, _, _) in enumerate(calls) if call in ("write", "sync")]
    for number in writing:
        site = Site(tmp_path / str(number))
        site.disk.fail_at, site.disk.error = len(site.disk.calls) + number, error
        run(site)
        assert len(site.spool.abandoned) == 1
        assert unaccounted(site) == []
        site.cut(number)
        site.boot()
        site.announce(1)
        assert unaccounted(site) == []
        site.spool.close()


def test_any_refused_read_while_recording_costs_no_record(tmp_path: Path) -> None:
    calls = calls_of_a_run(tmp_path / "count")
    reading = [number for number, (call, _, _) in enumerate(calls) if call == "read"]
    for number in reading[:: max(1, len(reading) // 12)]:
        site = Site(tmp_path / str(number))
        site.disk.fail_at = len(site.disk.calls) + number
        run(site)
        assert unaccounted(site) == []
        site.spool.close()


def test_any_refused_call_while_opening_ends_in_a_recovery_or_a_storage_fault(tmp_path: Path) -> None:
    first = Site(tmp_path)
    run(first)
    before = len(first.disk.calls)
    tip = first.restart().tip
    assert tip is not None
    opening = len(first.disk.calls) - before
    for number in sorted({*range(30), *range(0, opening, max(1, opening // 40)), *range(opening - 6, opening)}):
        first.spool.close()
        first.disk.fail_at = len(first.disk.calls) + number
        try:
            recovery = first.open()
        except StorageFault:
            first.disk.fail_at = None
            recovery = first.open()
        first.disk.fail_at = None
        assert recovery.tip is not None
        assert recovery.tip.sequence >= tip.sequence


def test_block_that_can_be_read_only_once_is_unreadable(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.boot()
    site.record()
    tip = site.restart().tip
    assert tip is not None
    site.spool.close()
    before = len(site.disk.calls)
    site.open()
    rereads = [
        before + number
        for number, (one, other) in enumerate(pairwise(site.disk.calls[before:]), 1)
        if one == other and one[0] == "read"
    ]
    for number in rereads[:3]:
        site.spool.close()
        site.disk.fail_at = len(site.disk.calls) + number - before
        recovery = site.open()
        assert recovery.tip is not None
        assert recovery.tip.sequence in (tip.sequence, tip.sequence + 1)


def test_control_a_disk_that_hides_its_refusals_loses_records(tmp_path: Path) -> None:
    class Silent(SimulatedDisk):
        def called(self, call: str, name: str, size: int = 0) -> None:
            try:
                super().called(call, name, size)
            except OSError:
                self.files[name].pending.clear()

    calls = calls_of_a_run(tmp_path / "count")
    last = max(number for number, (call, _, _) in enumerate(calls) if call == "sync")
    site = Site(tmp_path, disk=Silent())
    site.disk.fail_at = len(site.disk.calls) + last
    run(site)
    site.cut()
    assert unaccounted(site) != []
