"""500 simulated machines, real protocol, random faults: nobody is ever locked out, and every round ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fleet.rotation.world import FAULTS, Decision, World, draw

MACHINES = 500


def test_five_hundred_machines_under_faults_end_with_their_new_passwords(tmp_path: Path) -> None:
    world = World(tmp_path, MACHINES, draw(1, MACHINES, 0.1), seed=1)
    report = world.play()
    world.require_all_new()
    assert not report.bad
    assert {what for what in world.met if what} == set(FAULTS), "every kind of fault is met"


@pytest.mark.parametrize("seed", range(2, 10))
def test_two_rounds_under_many_faults_lock_nobody_out(tmp_path: Path, seed: int) -> None:
    decisions = draw(seed, 12, 0.7)
    world = World(tmp_path, 12, decisions, seed)
    world.play()
    world.play(anew=True)
    world.require_all_new()


def test_machines_that_are_away_stay_pending_and_are_caught_up(tmp_path: Path) -> None:
    away = [Decision("away", node, request) for node in (0, 7, 8) for request in range(1, 4)]
    world = World(tmp_path, 40, away)
    report = world.run()
    assert report is not None
    assert not report.stopped
    assert len(report.outcomes) == 40
    assert sum(outcome.stand == "away" for outcome in report.outcomes) == 3
    assert [world.store().entry(f"node-{n:03d}").pending is not None for n in (0, 7, 8, 9)] == [True] * 3 + [False]
    world.play()
    world.require_all_new()
