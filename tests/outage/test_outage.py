"""Outages of hours and days, simulated: nothing is lost, the backlog drains, and live stays live meanwhile."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from edge.uplink import pace
from tests.docs.check import ROOT
from tests.outage import virtual
from tests.outage.needed import needed_line_bps, table
from tests.outage.virtual import GB, HOUR_S, Setup, VirtualNode, outage, recorded_bps

MBIT_S = 1e6
BEGIN_S = HOUR_S
LIVE_S = 90
"""Twenty seconds of backlog, a batch of live, and a minute when the line has just come back."""
SMALL = 64 * 1024 * 1024


def played(folder: Path, setup: Setup, until_s: float, **words: bool) -> VirtualNode:
    node = VirtualNode(setup, folder / "node")
    node.run(until_s, **words)
    return node


def test_96_hours_of_outage_lose_nothing_and_the_backlog_drains_while_live_stays_live(tmp_path: Path) -> None:
    line_bps, back_s = 8 * MBIT_S, BEGIN_S + 96 * HOUR_S
    setup = Setup(outage(line_bps, BEGIN_S, 96 * HOUR_S), floor_bps=500_000)
    node = VirtualNode(setup, tmp_path / "node")
    node.run(back_s + 300)  # by now every wait has ended
    assert node.backlog_bytes == pytest.approx(recorded_bps(1_500_000) * 96 * HOUR_S / 8, rel=0.01)
    sent_bytes, at_s = node.totals.receipted_bytes, node.now_s
    node.run(9 * 24 * HOUR_S, until_drained=True)
    share = (node.totals.receipted_bytes - sent_bytes) * 8 / line_bps / (node.now_s - at_s)
    assert share >= 0.9
    assert node.live_at_most_s <= LIVE_S
    totals = node.totals
    assert (totals.evicted, totals.expired) == (0, 0)
    assert totals.recorded - totals.receipted <= 30
    draining = [sample.backlog_bytes for sample in node.samples if at_s < sample.at_s]
    assert all(after < before for before, after in pairwise(draining))
    assert {sample.bitrate_bps for sample in node.samples} == {1_500_000}


@pytest.mark.parametrize(("ring_bytes", "lost"), [(12 * GB, False), (6 * GB, True)])
def test_card_that_cannot_hold_the_outage_would_be_noticed(tmp_path: Path, ring_bytes: int, lost: bool) -> None:
    """Control: 12 h take 8.6 GB."""
    line = outage(8 * MBIT_S, BEGIN_S, 12 * HOUR_S)
    node = played(tmp_path, Setup(line, ring_bytes=ring_bytes, reel_bytes=SMALL), 16 * HOUR_S)
    assert (node.totals.evicted > 0) is lost


@pytest.mark.parametrize(("live_records", "stays_live"), [(30, True), (0, False)])
def test_without_a_live_lane_live_would_wait_for_the_backlog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, live_records: int, stays_live: bool
) -> None:
    """With its control: the same outage with nothing called live."""
    monkeypatch.setattr(virtual, "LIVE_RECORDS", live_records)
    line = outage(4 * MBIT_S, BEGIN_S, 4 * HOUR_S)
    node = played(tmp_path, Setup(line, reel_bytes=SMALL, ring_bytes=8 * GB), 7 * HOUR_S)
    assert (node.live_at_most_s <= LIVE_S) is stays_live


@pytest.mark.parametrize(("batch_s", "stays_live"), [(20.0, True), (600.0, False)])
def test_batch_of_backlog_holds_live_up_for_no_longer_than_its_twenty_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch_s: float, stays_live: bool
) -> None:
    """With its control: batches of ten minutes."""
    monkeypatch.setattr(pace, "_BATCH_S", batch_s)
    monkeypatch.setattr(pace, "BATCH_LIMIT_BYTES", 10**9)
    line = outage(2.5 * MBIT_S, BEGIN_S, 2 * HOUR_S)
    node = played(tmp_path, Setup(line, reel_bytes=SMALL, ring_bytes=8 * GB), 5 * HOUR_S)
    assert (node.live_at_most_s <= LIVE_S) is stays_live


@pytest.mark.parametrize(("margin", "expired"), [(1.02, False), (0.85, True)])
def test_line_that_the_table_asks_for_drains_in_time_and_a_slower_one_does_not(
    tmp_path: Path, margin: float, expired: bool
) -> None:
    """With its control; hours in place of days, the arithmetic is the same."""
    needed_bps = needed_line_bps(3 * HOUR_S, 6 * HOUR_S)
    assert needed_bps is not None
    setup = Setup(
        outage(needed_bps * margin, BEGIN_S, 3 * HOUR_S), retention_s=6 * HOUR_S, reel_bytes=SMALL, ring_bytes=16 * GB
    )
    node = played(tmp_path, setup, 14 * HOUR_S)
    assert (node.totals.expired > 0) is expired


@pytest.mark.parametrize(("floor_bps", "expired"), [(500_000, False), (1_500_000, True)])
def test_bitrate_steps_down_where_the_line_cannot_carry_it_and_nothing_expires(
    tmp_path: Path, floor_bps: int, expired: bool
) -> None:
    """With its control: a floor that allows no step."""
    setup = Setup(
        lambda _: 1.0 * MBIT_S, floor_bps=floor_bps, retention_s=6 * HOUR_S, reel_bytes=SMALL, ring_bytes=16 * GB
    )
    node = played(tmp_path, setup, 16 * HOUR_S)
    assert (node.totals.expired > 0) is expired
    assert node.totals.evicted == 0
    assert node.live_at_most_s <= 120  # the newest 30 records, and a batch of 20 s, even where the backlog only grows
    assert node.bitrate_bps == (632_000 if floor_bps < 1_500_000 else 1_500_000)


def test_bitrate_goes_up_again_once_the_line_is_good(tmp_path: Path) -> None:
    def better_after_4_hours(at_s: float) -> float:
        return (1.0 if at_s < 4 * HOUR_S else 6.0) * MBIT_S

    setup = Setup(
        better_after_4_hours, floor_bps=500_000, retention_s=12 * HOUR_S, reel_bytes=SMALL, ring_bytes=16 * GB
    )
    node = played(tmp_path, setup, 14 * HOUR_S)
    rates = [sample.bitrate_bps for sample in node.samples]
    steps = [after for before, after in pairwise(rates) if after != before]
    assert steps == [1_125_000, 843_000, 632_000, 843_000, 1_125_000, 1_500_000]
    assert node.totals.expired == 0


def test_documentation_shows_the_table_as_computed() -> None:
    assert table() in (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
