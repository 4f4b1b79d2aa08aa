"""The health gate asks for what the node did before, no less and no more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge.node.update.gate import SETTLED_S, Gate, Sight
from edge.wire.status import RecorderState
from tests.node.update.machine import NEW, OLD, RECORDER, UPLINK, ill, replace_firmware

BOTH = frozenset({RECORDER, UPLINK})


def seen(*, version: str = NEW, restarts: int = 0, **changes: Any) -> Sight:
    return Sight(replace_firmware(ill(**changes), version), BOTH, restarts)


GATE = Gate(seen(version=OLD), NEW)


def test_what_did_as_well_as_before_passes() -> None:
    assert GATE.lacking(seen(), 5) == ""


@pytest.mark.parametrize(
    ("sight", "said"),
    [
        (replace(seen(), active=frozenset({RECORDER})), f"{UPLINK} does not run"),
        (seen(restarts=2), "started anew 2 times"),
        (seen(version=OLD), f"says nothing as {NEW}"),
        (replace(seen(), recorder=None), f"says nothing as {NEW}"),
        (seen(segments=1), "1 of 2 segments are synced"),
        (seen(state=RecorderState.FAULT), "in state fault"),
        (seen(self_check=None), "no self-check of the masks has passed"),
        (seen(guard="moved"), "guard says moved"),
        (seen(faults={"card": "reel 3 is not written"}), "new faults: card"),
    ],
)
def test_what_is_missing_is_said(sight: Sight, said: str) -> None:
    assert said in GATE.lacking(sight, 5)


@pytest.mark.parametrize(("restarts", "hopeless"), [(0, False), (2, False), (3, True)])
def test_service_that_ends_again_and_again_is_not_waited_for(restarts: int, hopeless: bool) -> None:
    assert GATE.hopeless(seen(restarts=restarts)) is hopeless


def test_camera_that_had_been_turned_before_holds_no_update_up() -> None:
    moved: dict[str, Any] = {
        "state": RecorderState.BLANKED,
        "guard": "moved",
        "faults": {"moved": "the camera has moved"},
    }
    assert Gate(seen(version=OLD, **moved), NEW).lacking(seen(**moved), 5) == ""
    assert "in state blanked" in GATE.lacking(seen(**moved), 5)


def test_node_that_waits_for_its_first_visit_needs_its_services_alone() -> None:
    waiting = replace(seen(version=OLD), recorder=None, active=frozenset({UPLINK}))
    gate = Gate(waiting, NEW)
    assert "have run for 5" in gate.lacking(waiting, 5)
    assert gate.lacking(waiting, SETTLED_S) == ""
