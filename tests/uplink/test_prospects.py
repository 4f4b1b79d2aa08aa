"""The uplink's outlook in a running uplink: figures for the heartbeat, advice for the recorder."""

from __future__ import annotations

import pytest

from edge.uplink.adviser import DOWN_S
from edge.uplink.uplink import Uplink
from edge.wire.advice import read_advice
from tests.uplink.town import Town, work


def slow_uplink(town: Town, line_bps: int, waiting: int = 20, **settings: object) -> Uplink:
    """Returns an uplink that has measured its line, finds no center now, and has a backlog of 200 kB records."""
    town.spool.boot()
    for reel in range(1, 1 + waiting):
        town.spool.enter(reel)
        town.spool.segment(size=200_000)
    town.spool.publish()
    uplink = town.uplink(center_url="https://127.0.0.1:9", **settings)
    for _ in range(20):
        uplink._rate.line.carried(line_bps * 200 // 8, 200.0)
    return uplink


def recorded(uplink: Uplink, bps: int) -> None:
    """Lets the uplink have seen ten minutes of such footage."""
    uplink._prospects._written._mean.add(bps * 600 // 8, 600.0)


def pass_time(uplink: Uplink, town: Town, seconds: int) -> None:
    """Steps once in 10 s."""
    for _ in range(seconds // 10):
        town.clock.advance(10)
        uplink.step()


def test_line_that_cannot_carry_the_footage_is_answered_by_advice(town: Town) -> None:
    uplink = slow_uplink(town, 8_000, waiting=60)
    recorded(uplink, 100_000)
    pass_time(uplink, town, 600 + DOWN_S + 200)  # the first 600 s look through the reels
    assert read_advice(town.places.advice).bitrate_bps == 1_125_000


def test_line_that_carries_it_leaves_the_bitrate(town: Town) -> None:
    """Control of the test above."""
    uplink = slow_uplink(town, 4_000_000, waiting=60)
    recorded(uplink, 100_000)
    pass_time(uplink, town, 600 + DOWN_S + 200)  # the first 600 s look through the reels
    assert read_advice(town.places.advice).bitrate_bps == 1_500_000


@pytest.mark.parametrize("upload", ["on_request", "none"])
def test_node_that_sends_only_what_is_asked_for_advises_nothing(town: Town, upload: str) -> None:
    uplink = slow_uplink(town, 8_000, upload=upload)
    pass_time(uplink, town, 600 + DOWN_S + 200)  # the first 600 s look through the reels
    assert not town.places.advice.exists()


def test_figures_tell_line_and_when_the_backlog_is_gone(town: Town) -> None:
    uplink = slow_uplink(town, 4_000_000)
    recorded(uplink, 1_000_000)
    for _ in range(30):
        uplink.step()
    progress = uplink.progress()
    assert progress.figures.line_bps == pytest.approx(4_000_000, rel=0.01)
    assert progress.figures.drained_us is not None
    left_s = (progress.figures.drained_us - town.clock.now_us()) / 1e6
    assert left_s == pytest.approx(progress.backlog_bytes * 8 / 3_000_000, rel=0.02)
    assert progress.figures.budget_limit_bytes is None


def test_backlog_that_grows_has_no_end(town: Town) -> None:
    uplink = slow_uplink(town, 900_000)
    recorded(uplink, 1_000_000)
    uplink.step()
    assert uplink.progress().figures.drained_us is None


def test_rate_limit_and_quiet_hours_lengthen_the_drain(town: Town) -> None:
    uplink = slow_uplink(town, 4_000_000, rate_limit_bps=3_000_000, quiet_hours=("00:00-12:00",))
    recorded(uplink, 1_000_000)
    for _ in range(30):
        uplink.step()
    progress = uplink.progress()
    assert progress.figures.drained_us is not None
    left_s = (progress.figures.drained_us - town.clock.now_us()) / 1e6
    assert left_s == pytest.approx(progress.backlog_bytes * 8 / 500_000, rel=0.02)


def test_budget_is_told_with_its_forecast(town: Town) -> None:
    uplink = slow_uplink(town, 4_000_000, monthly_budget_bytes=10**9)
    recorded(uplink, 1_000_000)
    for _ in range(30):
        uplink.step()
    figures = uplink.progress().figures
    assert figures.budget_limit_bytes == 10**9
    assert figures.budget_sent_bytes == uplink._budget.sent_bytes
    assert figures.budget_forecast_bytes is not None
    assert figures.budget_forecast_bytes > 10**9


def test_all_sent_leaves_no_time_to_wait_for(town: Town) -> None:
    town.spool.boot()
    town.spool.segments(3)
    town.spool.publish()
    uplink = town.uplink()
    work(uplink, town.clock)
    assert uplink.progress().figures.drained_us is None
