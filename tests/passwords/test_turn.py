from __future__ import annotations

from random import Random

import pytest

from edge.passwords.messages import Answer, Request, parse_answer
from edge.passwords.states import REVERT_S, Event
from edge.passwords.turn import Turns
from tests.fleet.rotation.machines import Guards, SimulatedMachine

TURN, OTHER = "0f" * 16, "aa" * 16
KINDS = {"console": "wifi", "access-point": "wifi"}
STAGE = Request("stage", turn=TURN, made=7, accounts={name: {"secret": f"new-{name}"} for name in KINDS})


@pytest.fixture
def machine() -> SimulatedMachine:
    return SimulatedMachine("node-1", {name: f"old-{name}" for name in KINDS}, KINDS, Random(1), Guards())


def ask(machine: SimulatedMachine, request: Request) -> Answer:
    answer = machine.ask(request.dump())
    assert answer is not None
    return parse_answer(answer)


def words(machine: SimulatedMachine) -> set[str]:
    return {slot.effect.partition("-")[0] for slot in machine.accounts.values()}


def test_staged_passwords_are_in_effect_until_300_s_have_passed(machine: SimulatedMachine) -> None:
    assert ask(machine, STAGE).staged == TURN
    machine.advance(REVERT_S - 1)
    assert words(machine) == {"new"}
    machine.advance(1)
    assert words(machine) == {"old"}
    assert ask(machine, Request("status")).staged == ""


def test_confirmed_passwords_stay(machine: SimulatedMachine) -> None:
    ask(machine, STAGE)
    assert ask(machine, Request("confirm", turn=TURN)).confirmed == TURN
    machine.advance(10 * REVERT_S)
    machine.on = False
    machine.advance(1)
    assert words(machine) == {"new"}


def test_confirmation_that_comes_twice_is_answered_twice(machine: SimulatedMachine) -> None:
    ask(machine, STAGE)
    assert [ask(machine, Request("confirm", turn=TURN)).ok for _ in range(2)] == [True, True]


def test_late_confirmation_is_refused_even_where_the_timer_hangs(machine: SimulatedMachine) -> None:
    ask(machine, STAGE)
    machine.disarm()
    machine.advance(REVERT_S)
    assert words(machine) == {"new"}
    answer = ask(machine, Request("confirm", turn=TURN))
    assert not answer.ok
    assert "more than 300 s" in answer.why
    assert words(machine) == {"old"}


def test_confirmation_after_another_start_is_refused(machine: SimulatedMachine) -> None:
    ask(machine, STAGE)
    machine.boot = "2"
    assert not ask(machine, Request("confirm", turn=TURN)).ok
    assert words(machine) == {"old"}


@pytest.mark.parametrize("do", ["confirm", "withdraw"])
def test_only_the_turn_on_trial_can_be_ended(machine: SimulatedMachine, do: str) -> None:
    ask(machine, STAGE)
    answer = ask(machine, Request(do, turn=OTHER))
    assert not answer.ok
    assert answer.staged == TURN
    assert words(machine) == {"new"}


def test_second_set_is_refused_while_one_is_on_trial(machine: SimulatedMachine) -> None:
    ask(machine, STAGE)
    answer = ask(machine, Request("stage", turn=OTHER, made=8, accounts=STAGE.accounts))
    assert not answer.ok
    assert answer.staged == TURN


@pytest.mark.parametrize("names", [{"console"}, {"console", "access-point", "root"}, set()])
def test_other_accounts_than_the_machines_are_refused_and_nothing_is_touched(
    machine: SimulatedMachine, names: set[str]
) -> None:
    given = {name: {"secret": "x"} for name in names}
    assert "access-point, console" in ask(machine, Request("stage", turn=TURN, made=7, accounts=given)).why
    assert words(machine) == {"old"}
    assert not machine.armed


def test_timer_of_an_earlier_trial_ends_no_later_one_and_is_set_anew(machine: SimulatedMachine) -> None:
    ask(machine, STAGE)
    ask(machine, Request("withdraw", turn=TURN))
    machine.advance(200)
    ask(machine, STAGE)
    machine.now_s += 100
    assert not Turns(machine).go_back(Event.TIME_UP)  # the first trial's, had it not been called off
    assert words(machine) == {"new"}
    machine.advance(REVERT_S - 100 + 1)
    assert words(machine) == {"old"}


def test_full_disk_while_staging_leaves_the_old_passwords_once_there_is_room(machine: SimulatedMachine) -> None:
    machine.full = True
    answer = ask(machine, STAGE)
    assert not answer.ok
    assert "no space left" in answer.why
    machine.full = False
    machine.advance(REVERT_S + 61)
    assert words(machine) == {"old"}


def test_unknown_account_is_told(machine: SimulatedMachine) -> None:
    assert (
        "'index' is not in this machine's configuration"
        in ask(machine, Request("sign-in", account="index", secret="x")).why
    )
