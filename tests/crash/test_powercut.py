"""Power cuts at block level under a real ext4; ``make lab-powercut`` looks at as many states as asked for."""

from __future__ import annotations

from pathlib import Path
from random import Random

from tests.crash.devices import DISK_BYTES, Lab
from tests.crash.logging_disk import ENTRY, FLUSH, WRITE
from tests.crash.powercut import run
from tests.crash.states import SECTOR_BYTES, cuts, parse_log
from tests.crash.target_center import CenterTarget
from tests.crash.target_desk import DeskTarget
from tests.crash.target_spool import SpoolTarget

STATES = 300
FEWER = 80


def test_nothing_recorded_is_lost_or_corrupt_after_a_power_cut(lab: Lab) -> None:
    tally = run(lab, SpoolTarget(lab.run), STATES, seed=1)
    assert tally.faults == []
    assert tally.states == STATES
    # Where the file system itself is gone there is nothing to recover; were it common, the above would prove little.
    assert tally.remade <= STATES // 20


def test_nothing_that_the_center_has_said_is_undone_by_a_power_cut(lab: Lab, tmp_path: Path) -> None:
    tally = run(lab, CenterTarget(tmp_path / "city"), FEWER, seed=1)
    assert tally.faults == []
    assert tally.states == FEWER
    assert tally.remade <= FEWER // 20


def test_no_key_is_lost_and_none_comes_back_after_a_power_cut(lab: Lab) -> None:
    tally = run(lab, DeskTarget(), FEWER, seed=1)
    assert tally.faults == []
    assert tally.states == FEWER
    assert tally.remade <= FEWER // 20


def test_every_write_before_a_flush_is_in_every_state_after_it() -> None:
    one, two = b"\x01" * 4 * SECTOR_BYTES, b"\x02" * 4 * SECTOR_BYTES
    log = ENTRY.pack(WRITE, 0, len(one)) + one + ENTRY.pack(FLUSH, 0, 0) + ENTRY.pack(WRITE, 1024, len(two)) + two
    flushed = ENTRY.size + len(one) + ENTRY.size
    seen = set()
    for cut in cuts(bytes(DISK_BYTES), parse_log(log), 300, Random(1)):
        sectors = bytes(cut.image[: 6 * SECTOR_BYTES : SECTOR_BYTES])
        if cut.position >= flushed:
            assert sectors[:2] == b"\x01\x01"
        if cut.position == len(log):
            seen.add(sectors[2:])
    assert {b"\x01\x01\x00\x00", b"\x02\x02\x02\x02"} < seen
    assert any(sectors[0] != sectors[1] for sectors in seen)
    assert len(seen) > 4
