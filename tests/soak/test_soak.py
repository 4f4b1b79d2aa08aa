"""A soak of seconds: everything that a long one does, but for the verdict on sizes, for which it is too short."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from edge.seal.manifest import Kind, Range
from edge.seal.record import Header
from edge.seal.reel import Position
from tests.soak.faults import RESTARTS_UNTIL, draw
from tests.soak.kept import Published, stored_records
from tests.soak.recorder import FailingDisk
from tests.soak.verdict import WARM_UP_SHARE
from tests.spool.records import CHAIN, Node

SECONDS, SEED = 3, 0
"""Slow disk, line down, a sync that fails, slow line."""


@pytest.mark.journey
def test_a_short_soak_loses_nothing(tmp_path: Path) -> None:
    words = ["unshare", "--net", sys.executable, "-m", "tests.soak.play", str(SECONDS), str(SEED), str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=280, check=False)
    assert done.stdout, done.stderr
    last = done.stdout.splitlines()[-1]
    assert " 0 lost;" in last, done.stdout
    assert "too short to tell" in done.stdout
    assert done.returncode == 1
    assert " 0 records stored" not in last
    assert (tmp_path / "soak.png").read_bytes().startswith(b"\x89PNG")
    assert not (tmp_path / "town").exists()


def test_the_same_seed_goes_wrong_in_the_same_way() -> None:
    assert draw(600, 1) == draw(600, 1) != draw(600, 2)
    for fault in draw(600, 1):
        if fault.what.split()[0] in ("kill", "stop"):
            assert fault.at_s < 600 * RESTARTS_UNTIL
    kinds = {fault.what for seed in range(5) for fault in draw(600, seed)}
    assert len(kinds) == 12
    for one, after in zip(draw(600, 1), draw(600, 1)[1:], strict=False):
        assert one.at_s + one.lasts_s < after.at_s


class Recorded:
    """Records, and what was published of them."""

    def __init__(self) -> None:
        node = Node(CHAIN)
        records = [node.boot(), *(node.segment(500) for _ in range(4))]
        records.append(node.notice(Kind.EVICTED, Range(chain=CHAIN, first=1, last=1, records=1)))
        self.headers = [record.header for record in records]
        self.published = Published()
        self.published.note(None)
        for header in self.headers[:5]:
            self.published.note(
                Position(chain=CHAIN, reel=0, lap=1, end=8192, sequence=header.sequence, sha256=header.sha256, oldest=0)
            )


def test_what_is_stored_is_not_lost() -> None:
    recorded = Recorded()
    assert recorded.published.sequences == {0, 1, 2, 3, 4}
    assert recorded.published.lost(recorded.headers[:5]) == []


@pytest.mark.parametrize(
    ("keep", "said"),
    [
        (slice(0, 4), "record 4 of chain 01234567 was published as recorded and is not stored"),
        (slice(0, 6), "record 5 says that records were given up"),
    ],
)
def test_control_what_is_lost_is_named(keep: slice, said: str) -> None:
    recorded = Recorded()
    assert recorded.published.lost(recorded.headers[keep]) == [said]


def test_control_a_hole_is_named_even_where_nothing_was_published() -> None:
    headers: list[Header] = Recorded().headers
    assert Published().lost([*headers[:2], *headers[3:5]]) == ["records 2 to 2 of chain 01234567 are missing"]


def test_records_are_read_back_from_the_store(tmp_path: Path) -> None:
    node = Node(CHAIN)
    records = [node.boot(), node.segment(900)]
    (tmp_path / "node-1").mkdir()
    (tmp_path / "node-1" / "2026-01-05.records").write_bytes(b"".join(record.dump() for record in records))
    (tmp_path / "node-1" / "2026-01-06.records").write_bytes(b"")
    assert [header.sequence for header in stored_records(tmp_path)] == [0, 1]


def test_the_disk_is_slow_before_sizes_are_judged() -> None:
    for seed in range(20):
        faults = draw(600, seed)
        settled = next(fault for fault in faults if fault.at_s >= 600 * RESTARTS_UNTIL)
        assert faults[0].what == settled.what == "disk slow"
        assert settled.at_s + settled.lasts_s < 600 * WARM_UP_SHARE


@pytest.mark.parametrize("what", ["write", "sync"])
def test_a_disk_fails_once_when_it_is_told_to(tmp_path: Path, what: str) -> None:
    disk = FailingDisk(tmp_path)
    disk.fault = tmp_path / "fault"
    disk.allocate("reel-00000", 4096)
    reel = disk.open("reel-00000")
    reel.write(b"a", 0)
    reel.sync()
    disk.fault.write_text(what)
    with pytest.raises(OSError) as failed:
        for _ in range(2):
            reel.write(b"b", 0)
            reel.sync()
    assert failed.value.errno == errno.EIO
    reel.write(b"c", 0)
    reel.sync()
    assert reel.read(1, 0) == b"c"
    reel.close()
