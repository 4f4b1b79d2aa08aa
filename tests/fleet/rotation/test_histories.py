"""500 simulated machines, real protocol, random faults: nobody is ever locked out, and every round ends."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from edge.base.errors import NotPermitted
from tests.fleet.rotation.world import FAULTS, Decision, World, draw

MACHINES = 500


def test_five_hundred_machines_under_faults_end_with_their_new_passwords(tmp_path: Path) -> None:
    random = Random(1)
    nodes = random.sample(range(MACHINES), 2 * len(FAULTS))
    each_twice = [
        Decision(what, node, random.randint(1, 2), random.randrange(9))
        for what, node in zip(2 * FAULTS, nodes, strict=True)
    ]
    world = World(tmp_path, MACHINES, each_twice, seed=1)
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


@pytest.mark.parametrize("what", ["cut", "garbled-cut"])
def test_machine_that_loses_power_at_any_step_of_any_request_is_brought_to_its_new_passwords(
    tmp_path: Path, what: str
) -> None:
    whole = World(tmp_path / "whole", 1, [])
    whole.run()
    steps, met = whole.machines["node-000"].steps, 0
    for request in range(1, 9):
        for step in range(16):
            world = World(tmp_path / f"{request}-{step}", 1, [Decision(what, 0, request, step)], seed=step)
            world.play()
            world.require_all_new()
            met += not all(machine.boot == "1" for machine in world.machines.values())
    assert met == steps, "every step of a whole run is met"


@pytest.mark.parametrize("what", sorted(set(FAULTS) - {"cut", "garbled-cut", "away"}))
def test_machine_that_meets_a_fault_in_any_request_is_brought_to_its_new_passwords(tmp_path: Path, what: str) -> None:
    for request in range(1, 9):
        for step in range(2):
            world = World(tmp_path / f"{request}-{step}", 2, [Decision(what, 0, request, step)])
            world.play()
            world.require_all_new()


def test_run_stops_at_the_first_failure_and_goes_on_from_there(tmp_path: Path) -> None:
    world = World(tmp_path, 100, [Decision("sudo", 3, 1)])
    report = world.run()
    assert report is not None
    assert report.stopped
    assert [outcome.stand for outcome in report.outcomes] == ["settled", "settled", "settled", "failed"]
    assert "sudo" in report.outcomes[-1].why
    untouched = [world.store().entry(node) for node in list(world.targets)[4:]]
    assert all(entry.pending is not None and entry.current is None for entry in untouched), "pending, not touched"
    again = world.run()
    assert again is not None
    assert (again.already, len(again.outcomes)) == (3, 97)
    assert not again.stopped


def test_one_machine_can_be_served_alone_and_the_others_stay_pending(tmp_path: Path) -> None:
    world = World(tmp_path, 4, [])
    report = world.rotation().run(only=["node-002"])
    assert [outcome.node for outcome in report.outcomes] == ["node-002"]
    assert [found.node for found in report.audited] == ["node-002"]
    assert [world.seen.entry(node).pending is None for node in world.targets] == [False, False, True, False]
    with pytest.raises(NotPermitted, match="takes no part"):
        world.rotation().run(only=["node-009"])
    world.play()
    world.require_all_new()


def test_machine_found_with_an_older_card_is_pending_again_and_caught_up(tmp_path: Path) -> None:
    world = World(tmp_path, 5, [])
    world.play()
    world.play(anew=True)
    previous = world.seen.entry("node-002").previous
    assert previous is not None
    machine = world.machines["node-002"]
    for name, slot in machine.accounts.items():
        slot.effect = slot.disk = previous.words[name]
    machine.forget()
    rotation = world.rotation()
    assert [found.finding for found in rotation.audit(world.targets)] == ["good"] * 2 + ["went-back"] + ["good"] * 2
    world.play()
    world.require_all_new()


def test_audit_tells_who_is_locked_out_and_whose_old_password_still_works(tmp_path: Path) -> None:
    world = World(tmp_path, 3, [])
    world.play()
    world.play(anew=True)
    lost = world.machines["node-001"].accounts["console"]
    lost.effect = lost.disk = "somebody typed passwd"
    found = {one.node: one for one in world.rotation().audit(world.targets)}
    assert found["node-001"].finding == "locked-out"
    assert found["node-001"].why == "console"
    assert found["node-000"].finding == "good"
    world.believes = True
    assert {one.finding for one in world.rotation().audit(world.targets)} == {"old-works"}
