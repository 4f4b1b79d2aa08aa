from __future__ import annotations

import errno
from pathlib import Path

import pytest

from edge.base.errors import AlreadyRunning, Refused
from edge.seal.manifest import Boot, Kind, Range
from edge.seal.reel import REEL_HEADER_BYTES, read_position
from tests.spool.records import CHAIN, SEGMENT_US, START_US, Node
from tests.spool.simulated_disk import PowerCut
from tests.spool.site import Site


def test_first_record_stands_behind_the_reel_header(site: Site) -> None:
    position = site.boot()
    assert (position.reel, position.lap, position.end, position.sequence) == (0, 1, REEL_HEADER_BYTES + 4096, 0)


def test_position_is_published_once_a_record_is_synced(site: Site) -> None:
    site.boot()
    record = site.record()
    published = read_position(site.position_path)
    assert published is not None
    assert published == site.spool.position
    assert published.sha256 == record.header.sha256


@pytest.mark.parametrize("records", [0, 1, 10], ids=["first", "in a reel", "entering a reel"])
def test_position_stands_still_until_the_sync_is_back(site: Site, records: int) -> None:
    """Else the uplink could send, and the center receipt, what a power cut takes from the card."""
    for count in range(records):
        site.record(100_000) if count else site.boot()
    before = read_position(site.position_path) if records else None
    site.disk.cut_at_sync = True
    with pytest.raises(PowerCut):
        site.append(site.node.segment(100_000) if records else site.node.boot(None))
    assert (read_position(site.position_path) if site.position_path.exists() else None) == before


def test_everything_appended_is_there_after_reopening(site: Site) -> None:
    site.boot()
    records = [site.record() for _ in range(5)]
    recovery = site.restart()
    assert recovery.tip is not None
    assert (recovery.tip.sequence, recovery.tip.sha256) == (5, records[-1].header.sha256)
    assert recovery.oldest == 0
    assert recovery.damaged == 0
    assert recovery.covered is not None and recovery.covered.end_us == START_US + 6 * SEGMENT_US
    assert [site.on_card()[CHAIN, record.header.sequence] for record in records] == records


def test_reopened_spool_goes_on_in_the_same_reel(site: Site) -> None:
    end = site.boot().end
    site.restart()
    position = site.boot()
    assert (position.reel, position.lap, position.end) == (0, 1, end + 4096)
    assert position.oldest == 0


def test_a_boot_or_notice_after_the_footage_accounts_for_no_time(site: Site) -> None:
    """Else a run that ends before its first GAP would swallow the time since the run before."""
    site.boot()
    covered = site.record().header.manifest
    site.append(site.node.notice(Kind.EVICTED, Range(chain=CHAIN, first=0, last=0, records=1)))
    site.boot()
    recovery = site.restart()
    assert recovery.covered == covered
    assert recovery.newest_manifest is not None and isinstance(recovery.newest_manifest.detail, Boot)


def test_empty_spool_has_no_tip(site: Site) -> None:
    recovery = site.restart()
    assert (recovery.tip, recovery.oldest, recovery.chain, recovery.covered) == (None, None, CHAIN, None)


def test_steady_state_writes_once_and_syncs_once_a_record(site: Site) -> None:
    site.boot()
    for _ in range(60):  # beyond the first lap
        losses = site.spool.prepare(100_000)
        for loss in losses:
            site.append(site.node.notice(loss.kind, loss.detail))
        record = site.node.segment(100_000)
        site.disk.calls.clear()
        site.append(record)
        assert (site.disk.count("write"), site.disk.count("sync")) == (1, 1)
        assert {name for name, _, _ in site.disk.calls} <= {"read", "write", "sync"}


def test_bytes_written_are_the_records_and_one_header_a_reel(site: Site) -> None:
    site.disk.calls.clear()
    site.boot()
    for _ in range(30):
        site.record()
    headers = len({name for call, name, _ in site.disk.calls if call == "write"})
    assert site.disk.written() == sum(r.header.record_bytes for r in site.written) + headers * REEL_HEADER_BYTES


def test_record_never_crosses_reels(site: Site) -> None:
    site.boot()
    for size in (400_000, 400_000, 400_000, 900_000, 3):
        site.record(size)
    assert site.on_card().keys() == {(CHAIN, record.header.sequence) for record in site.written}


def test_later_lap_never_shows_records_of_an_earlier_one(site: Site) -> None:
    site.boot()
    for size in [200_000] * 18 + [40_000] * 3:
        site.record(size)
    assert site.spool.position is not None
    assert site.spool.position.lap == 2
    position = site.spool.position
    site.restart()
    own = [sequence for _, sequence in site.on_card()]
    assert own == list(dict.fromkeys(own))
    assert min(own) == position.oldest
    assert set(range(position.oldest, position.sequence + 1)) == set(own)


@pytest.mark.parametrize(
    ("node", "size", "failure"),
    [
        (Node("ff" * 16), 100, "foreign-chain"),
        (Node(), 100, "used-sequence"),
        (None, 1_100_000, "too-long"),
    ],
)
def test_record_that_does_not_belong_is_refused_before_anything_is_written(
    site: Site, node: Node | None, size: int, failure: str
) -> None:
    site.boot()
    site.disk.calls.clear()
    with pytest.raises(Refused) as caught:
        site.spool.append((node or site.node).segment(size))
    assert caught.value.failure == failure
    assert site.disk.calls == []


def test_second_recorder_is_told_that_one_runs(site: Site) -> None:
    with pytest.raises(AlreadyRunning, match="another recorder holds this directory"):
        Site(site.folder.parent)


def test_record_is_recorded_even_where_the_position_cannot_be_published(site: Site, tmp_path: Path) -> None:
    site.position_path.mkdir()
    assert site.boot().sequence == 0
    assert (CHAIN, 0) in site.on_card()


def test_abandoned_reels_are_named(site: Site) -> None:
    site.disk.fail.add(("write", "reel-00000"))
    site.disk.error = errno.ENOSPC
    assert site.boot().reel == 1
    assert site.spool.abandoned == (0,)
    assert site.spool.capacity_bytes == 4 << 20
