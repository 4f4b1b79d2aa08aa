"""Tries and lock-outs: what cuts, clocks and damage cannot give back."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.base.errors import StorageFault
from edge.commission import lockout
from edge.commission.lockout import LONGEST_S, TRIES, Lockout, Tries, length_s

SECOND_NS = 10**9


def after(tries: int) -> Lockout:
    count = Lockout()
    for _ in range(tries):
        count = count.tried()
    return count


def test_fifth_try_locks_and_each_lockout_is_twice_as_long_up_to_a_day() -> None:
    assert [after(number).left_s for number in range(1, 6)] == [0, 0, 0, 0, 60]
    assert [length_s(number) for number in (1, 2, 3, 11, 12, 40, 10**6)] == [60, 120, 240, 61_440, *[LONGEST_S] * 3]


@pytest.mark.parametrize(("tries", "left"), [(0, 5), (1, 4), (4, 1), (5, 0)])
def test_tries_left_are_told(tries: int, left: int) -> None:
    assert after(tries).tries_left == left


def test_lockout_runs_down_and_leaves_five_tries() -> None:
    assert after(5).passed(59.5).tries_left == 0
    assert after(5).passed(60).tries_left == TRIES
    assert after(5).passed(-10).left_s == 60


class Thief:
    """Tries wrong codes, cuts the power, waits; counts how many codes were looked at and how long it ran."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lockout.json"
        self._now_ns = 0
        self.looked, self.ran_s = 0, 0.0
        self.cut()

    def cut(self) -> None:
        self._tries = Tries(self._path, self._now_ns)

    def guess(self) -> None:
        if self._tries.lockout.left_s == 0:
            self._tries.spend()
            self.looked += 1

    def wait(self, seconds: float) -> None:
        self._now_ns += round(seconds * SECOND_NS)
        self.ran_s += seconds
        self._tries.tick(self._now_ns)


ACTS: list[Callable[[Thief], None]] = [
    Thief.guess,
    Thief.guess,
    Thief.guess,
    Thief.cut,
    lambda thief: thief.wait(1),
    lambda thief: thief.wait(45),
    lambda thief: thief.wait(700),
]


def allowed(ran_s: float) -> int:
    """How many codes may have been looked at after so much running time."""
    rounds, spent_s = 1, 0.0
    while (spent_s := spent_s + length_s(rounds)) <= ran_s:
        rounds += 1
    return rounds * TRIES


def play(folder: Path, acts: list[int]) -> Thief:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    thief = Thief(folder)
    for act in acts:
        ACTS[act](thief)
    return thief


@settings(max_examples=60)
@given(acts=st.lists(st.integers(0, len(ACTS) - 1), max_size=60))
def test_no_order_of_guesses_cuts_and_waits_gives_more_tries(
    tmp_path_factory: pytest.TempPathFactory, acts: list[int]
) -> None:
    thief = play(tmp_path_factory.getbasetemp() / "thief", acts)
    assert thief.looked <= allowed(thief.ran_s)


def test_control_a_count_that_is_not_kept_gives_more_tries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lockout, "write_durably", lambda *_, **__: None)
    thief = play(tmp_path / "thief", [0, 0, 0, 0, 3] * 4)
    assert thief.looked > allowed(thief.ran_s)


def test_try_that_cannot_be_counted_is_refused(tmp_path: Path) -> None:
    tries = Tries(tmp_path / "gone" / "lockout.json", 0)
    with pytest.raises(StorageFault):
        tries.spend()
    assert tries.lockout == Lockout()


def test_lockout_runs_down_where_the_disk_refuses(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    tries = Tries(folder / "lockout.json", 0)
    for _ in range(TRIES):
        tries.spend()
    shutil.rmtree(folder)
    refused = 0
    for second in range(1, 61):
        try:
            tries.tick(second * SECOND_NS)
        except StorageFault:
            refused += 1
    assert tries.lockout.tries_left == TRIES
    assert refused == 10  # once a tenth, not once a second


def test_rest_of_a_lockout_is_kept_over_a_cut_to_a_tenth(tmp_path: Path) -> None:
    thief = Thief(tmp_path)
    for _ in range(TRIES):
        thief.guess()
    thief.wait(59)
    thief.cut()
    kept = Tries(tmp_path / "lockout.json", 0).lockout
    assert 1 <= kept.left_s <= 1 + 6
    assert kept.rounds == 1


def test_right_code_takes_the_count_back(tmp_path: Path) -> None:
    tries = Tries(tmp_path / "lockout.json", 0)
    for _ in range(3):
        tries.spend()
    tries.give_back()
    assert Tries(tmp_path / "lockout.json", 0).lockout == Lockout()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"failed":-9,"left_s":0,"rounds":0,"v":1}',
        b'{"failed":9,"left_s":0,"rounds":0,"v":1}',
        b'{"failed":0,"left_s":0,"rounds":0,"v":2}',
        b'{"failed":0,"left_s":0.5,"rounds":0,"v":1}',
        b'{"failed":0,"left_s":0,"rounds":0,"v":1}' + b" " * 300,
    ],
)
def test_damaged_count_is_the_longest_lockout(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "lockout.json"
    path.write_bytes(data)
    assert Tries(path, 0).lockout.left_s == LONGEST_S
