"""Five hundred nodes that come back together do not stampede; without jitter they would."""

from __future__ import annotations

import random
from typing import Any

import pytest

from edge.base.backoff import Backoff
from edge.uplink.uplink import Uplink
from tests.outage.crowd import (
    ASKED_TO_WAIT,
    LINE_DOWN,
    NODES,
    PER_SECOND,
    SERVER_DOWN,
    Chance,
    Fault,
    chance,
    hourly,
    no_chance,
    per_second,
    reconnects,
    uploads,
)
from tests.uplink.town import Town

AT_MOST = 2
"""Times the mean: what the busiest second may have after the fault."""


def after(fault: Fault, chance_of: Chance) -> list[int]:
    """Returns requests a second in the ten minutes after the fault has ended."""
    return per_second(uploads(fault, chance_of), fault.length_s, fault.length_s + 600.0)


@pytest.mark.parametrize("fault", [LINE_DOWN, SERVER_DOWN, ASKED_TO_WAIT], ids=["line", "server", "retry-after"])
def test_busiest_second_after_an_outage_is_no_stampede(fault: Fault) -> None:
    counts = after(fault, chance)
    mean = sum(counts) / len(counts)
    assert max(counts) <= AT_MOST * mean
    assert max(counts) <= 2 * PER_SECOND
    assert mean > NODES / 60  # all of them are back and at work


@pytest.mark.parametrize("fault", [LINE_DOWN, SERVER_DOWN, ASKED_TO_WAIT], ids=["line", "server", "retry-after"])
def test_without_jitter_all_nodes_would_come_in_one_second(fault: Fault) -> None:
    """Control of the test above."""
    counts = after(fault, no_chance)
    assert max(counts) == NODES
    assert max(counts) > 5 * AT_MOST * sum(counts) / len(counts)


def test_wait_that_is_asked_for_would_keep_nodes_in_step_were_the_jitter_not_on_top(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Control of adding the jitter: the larger of both lets most nodes wait exactly what they were told."""
    plain = Backoff.failed

    def larger(backoff: Backoff, at_least_s: float = 0.0) -> float:
        return max(plain(backoff), at_least_s)

    monkeypatch.setattr(Backoff, "failed", larger)
    counts = after(ASKED_TO_WAIT, chance)
    assert max(counts) > AT_MOST * sum(counts) / len(counts)


@pytest.mark.parametrize("fault", [LINE_DOWN, SERVER_DOWN], ids=["line", "server"])
def test_during_an_outage_nodes_ask_a_few_times_a_second_all_together(fault: Fault) -> None:
    counts = per_second(uploads(fault, chance), 1800.0, fault.length_s)
    assert 2.5 < sum(counts) / len(counts) < 4
    assert max(counts) <= 5 * sum(counts) / len(counts)


def test_broker_that_drops_all_nodes_gets_them_back_over_seconds() -> None:
    counts = per_second(reconnects(), 0.0, 10.0)
    assert sum(counts) == NODES
    assert max(counts) <= 2 * NODES / 10


def test_shorter_first_wait_would_bring_them_back_in_one_second() -> None:
    """Control of the test above."""
    assert max(per_second(reconnects(1.0), 0.0, 10.0)) == NODES


def test_hourly_questions_of_nodes_that_started_together_spread() -> None:
    assert max(per_second(hourly(4, chance), 1800.0, 4 * 3600.0)) <= 10
    assert max(per_second(hourly(4, no_chance), 1800.0, 4 * 3600.0)) == NODES


def test_real_uplink_waits_as_the_crowd_does(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model's assumption: after each failure the uplink waits what ``Backoff`` says and asks nothing meanwhile."""
    waits: list[float] = []
    plain = Backoff.failed

    def noted(backoff: Backoff, at_least_s: float = 0.0) -> float:
        waits.append(plain(backoff, at_least_s))
        return waits[-1]

    town.spool.boot()
    town.spool.publish()
    uplink = town.uplink(center_url="https://127.0.0.1:9")
    for _, timer in uplink._upkeep._errands:
        timer.done(10**6)
    monkeypatch.setattr(Backoff, "failed", noted)
    asked_s = tries_of(uplink, town, monkeypatch, hours=4)
    assert len(asked_s) > 60
    for place, wait_s in enumerate(waits[: len(asked_s) - 1]):
        assert asked_s[place + 1] - asked_s[place] == pytest.approx(wait_s, abs=0.51)


def tries_of(uplink: Uplink, town: Town, monkeypatch: pytest.MonkeyPatch, hours: int) -> list[float]:
    """Returns when, in seconds, the uplink turned to its server; the clock jumps over its waits."""
    asked_s: list[float] = []
    exchange = uplink._server.exchange

    def noted(request: Any) -> Any:
        asked_s.append(town.clock.at_ns / 1e9)
        return exchange(request)

    monkeypatch.setattr(uplink._server, "exchange", noted)
    while town.clock.at_ns < hours * 3600 * 10**9:
        step_s = uplink.step()
        left_s = (uplink._not_before_ns - town.clock.at_ns) / 1e9
        town.clock.advance(max(step_s, left_s - 0.4, 0.01))
    return asked_s


def test_jitter_draws_from_the_whole_ceiling() -> None:
    backoff = Backoff(random.Random(1), first_s=300.0)
    waits = [backoff.failed() for _ in range(2000)]
    assert min(waits) < 5
    assert 140 < sum(waits) / len(waits) < 160
