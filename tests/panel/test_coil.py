"""The coil: one pulse a wish, never held, never warmed by wishes that come and go."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import groupby

from edge.panel.coil import PULSE_S, REST_S, Coil
from edge.panel.panel import LOOK_S
from edge.panel.port import Drive

LOOK_NS = round(LOOK_S * 1e9)
SHARE_AT_MOST = (PULSE_S + LOOK_S) / REST_S


def play(wishes: Sequence[Drive | None], begun_ns: int = 0) -> list[Drive]:
    """Returns what was driven at each look, one wish each."""
    coil = Coil()
    return [coil.take(wish, begun_ns + number * LOOK_NS) for number, wish in enumerate(wishes)]


def runs(driven: list[Drive]) -> list[tuple[Drive, int]]:
    return [(drive, len(list(looks))) for drive, looks in groupby(driven)]


def looks(seconds: float) -> int:
    return round(seconds / LOOK_S)


def test_wish_is_one_pulse_then_rest_for_as_long_as_it_lasts() -> None:
    assert runs(play([Drive.IN] * looks(3600))) == [
        (Drive.IN, looks(PULSE_S)),
        (Drive.REST, looks(3600) - looks(PULSE_S)),
    ]


def test_board_that_has_run_for_days_pulses_alike() -> None:
    assert runs(play([Drive.OUT] * 100, begun_ns=10**15))[0] == (Drive.OUT, looks(PULSE_S))


def test_change_is_one_pulse_the_other_way() -> None:
    day, night = [Drive.IN] * looks(60), [Drive.OUT] * looks(60)
    assert [drive for drive, _ in runs(play(day + night + day))] == [
        Drive.IN, Drive.REST, Drive.OUT, Drive.REST, Drive.IN, Drive.REST,
    ]  # fmt: skip


def test_pulse_is_not_cut_short_by_another_wish_and_that_one_counts_after_the_rest() -> None:
    assert runs(play([Drive.IN] + [Drive.OUT] * looks(10)))[:4] == [
        (Drive.IN, looks(PULSE_S)),
        (Drive.REST, looks(REST_S) - looks(PULSE_S)),
        (Drive.OUT, looks(PULSE_S)),
        (Drive.REST, looks(10) + 1 - looks(REST_S) - looks(PULSE_S)),
    ]


def test_without_a_wish_nothing_moves() -> None:
    assert set(play([None] * 1000)) == {Drive.REST}


def share(driven: list[Drive]) -> float:
    """How much of the time current flows."""
    return sum(drive is not Drive.REST for drive in driven) / len(driven)


def fickle(seed: int) -> list[Drive | None]:
    chance = random.Random(seed)
    return [chance.choice([Drive.IN, Drive.OUT, None]) for _ in range(looks(600))]


def test_wishes_that_come_and_go_do_not_warm_the_coil() -> None:
    for seed in range(20):
        assert 0 < share(play(fickle(seed))) <= SHARE_AT_MOST


def test_coil_that_followed_each_wish_would_be_noticed() -> None:
    """Control of the test above."""
    assert share([wish or Drive.REST for wish in fickle(0)]) > SHARE_AT_MOST
