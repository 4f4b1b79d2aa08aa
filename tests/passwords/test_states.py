from __future__ import annotations

from pathlib import Path

from edge.fleet.rotation import states as controller
from edge.passwords import states as machine
from edge.passwords.states import Effect, Event, Place, step

PAGE = Path("edge/fleet/rotation/ROTATION.md")


def test_page_has_the_diagrams_that_the_tables_draw() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert f"```mermaid\n{machine.diagram()}```" in page
    assert f"```mermaid\n{controller.diagram()}```" in page


def test_every_end_of_a_trial_but_a_timely_confirmation_goes_back() -> None:
    effects = {event: found.effect for event in Event if (found := step(Place.STAGED, event)) is not None}
    assert effects.pop(Event.CONFIRM) is Effect.KEEP
    assert set(effects.values()) == {Effect.GO_BACK}
    assert set(effects) == set(Event) - {Event.STAGE, Event.CONFIRM}


def test_nothing_but_staging_moves_a_machine_at_rest() -> None:
    assert [event for event in Event if step(Place.RESTING, event) is not None] == [Event.STAGE]


def test_every_state_of_the_controller_leads_on_until_an_end() -> None:
    leaving = {stand for stand, _ in controller.TABLE}
    assert leaving == set(controller.Stand) - controller.ENDS
    assert set(controller.TABLE.values()) >= controller.ENDS


def test_nothing_is_settled_but_by_the_machines_confirmation() -> None:
    to = {stand: [key[0] for key, found in controller.TABLE.items() if found is stand] for stand in controller.Stand}
    assert to[controller.Stand.SETTLED] == [controller.Stand.CONFIRMED]
    assert to[controller.Stand.CONFIRMED] == [controller.Stand.PENDING, controller.Stand.PROVEN]
    assert to[controller.Stand.PROVEN] == [controller.Stand.STAGED]
