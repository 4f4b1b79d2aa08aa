"""The shrinker: it keeps what is needed, and nothing else."""

from __future__ import annotations

import pytest

from tests.simulation.decisions import Decision, draw
from tests.simulation.shrink import shrink


@pytest.mark.parametrize("needed", [(7,), (3, 20), (0, 11, 29)])
def test_only_what_is_needed_is_left(needed: tuple[int, ...]) -> None:
    decisions = tuple(Decision("record", number, 0) for number in range(30))

    def fails(candidate: tuple[Decision, ...]) -> bool:
        return {decision.value for decision in candidate} >= set(needed)

    assert [decision.value for decision in shrink(decisions, fails)] == list(needed)


def test_kinds_that_are_not_needed_go_at_once() -> None:
    decisions = draw(3)[1]
    plays = []

    def fails(candidate: tuple[Decision, ...]) -> bool:
        plays.append(candidate)
        return any(decision.what == "record" for decision in candidate)

    assert [decision.what for decision in shrink(decisions, fails)] == ["record"]
    assert len(plays) <= 4 * len({decision.what for decision in decisions}) + 10


def test_no_more_histories_are_played_than_allowed() -> None:
    plays = []

    def fails(candidate: tuple[Decision, ...]) -> bool:
        plays.append(candidate)
        return False

    decisions = tuple(Decision("record", number, 0) for number in range(30))
    assert shrink(decisions, fails, plays=7) == decisions
    assert len(plays) == 7
