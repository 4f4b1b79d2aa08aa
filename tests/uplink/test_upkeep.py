"""The timers of what the uplink keeps up: nodes that a power cut started at one instant do not stay together."""

from __future__ import annotations

import random
from itertools import pairwise

from edge.uplink.upkeep import HOUR_S, Timer
from tests.clocks import HandClock


def asked_at_s(seed: int, hours: int) -> list[float]:
    """Returns the seconds at which one node asks by a timer of an hour that always succeeds."""
    clock = HandClock(0)
    timer = Timer(clock, random.Random(seed))
    asked = []
    for second in range(hours * 3600):
        if timer.due():
            asked.append(float(second))
            timer.done(HOUR_S)
        clock.advance(1.0)
    return asked


def test_hourly_question_is_never_late_and_hardly_early() -> None:
    asked = asked_at_s(1, 10)
    waits = [after - before for before, after in pairwise(asked)]
    assert all(0.9 * HOUR_S <= wait <= HOUR_S + 1 for wait in waits)


def test_hourly_questions_of_nodes_that_started_together_drift_apart() -> None:
    second = [asked_at_s(seed, 2)[1] for seed in range(100)]
    assert max(second.count(moment) for moment in second) <= 5
    assert max(second) - min(second) > 300
