"""Backoff: within its ceiling, spread over all of it, and over again after a success."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from edge.base.backoff import Backoff


@given(st.integers(), st.floats(0.001, 60), st.floats(0.001, 3600), st.integers(1, 60))
def test_wait_lies_within_the_doubling_ceiling(seed: int, first_s: float, ceiling_s: float, failures: int) -> None:
    backoff = Backoff(random.Random(seed), first_s=first_s, ceiling_s=ceiling_s)
    for failure in range(failures):
        assert 0 <= backoff.failed() <= min(ceiling_s, first_s * 2.0**failure)


@given(st.integers(), st.integers(1, 5000))
def test_many_failures_neither_overflow_nor_pass_the_ceiling(seed: int, failures: int) -> None:
    backoff = Backoff(random.Random(seed))
    assert max(backoff.failed() for _ in range(failures)) <= 300


@given(st.integers())
def test_success_starts_over(seed: int) -> None:
    backoff = Backoff(random.Random(seed), first_s=1.0)
    for _ in range(10):
        backoff.failed()
    backoff.succeeded()
    assert backoff.failed() <= 1.0


def test_wait_that_the_other_side_asks_for_is_kept_and_the_jitter_comes_on_top() -> None:
    backoffs = [Backoff(random.Random(seed), first_s=100, ceiling_s=100) for seed in range(500)]
    waits = [backoff.failed(60.0) for backoff in backoffs]
    assert 60 <= min(waits) < 65
    assert 155 < max(waits) <= 160


def test_nodes_that_fail_together_come_back_apart() -> None:
    backoffs = [Backoff(random.Random(seed), first_s=100, ceiling_s=100) for seed in range(500)]
    tenths = [int(backoff.failed() // 10) for backoff in backoffs]
    assert all(25 <= tenths.count(tenth) <= 80 for tenth in range(10))
