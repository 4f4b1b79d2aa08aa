"""Histories that broke a promise once, made small; each is what it takes to meet the defect."""

from __future__ import annotations

import pytest

from tests.simulation.decisions import Decision, Setting
from tests.simulation.history import Stage

DAYS_2 = 172_800


def setting(**changes: object) -> Setting:
    usual = {"seed": 1, "reels": 4, "pace_s": 60, "body_bytes": 20_000, "retention_days": 2, "mode": "all"}
    return Setting(**usual | {"delivered": True, "timed": True} | changes)  # type: ignore[arg-type]


FOUND: dict[str, tuple[Setting, tuple[Decision, ...]]] = {
    "what is too old goes while the camera is dead": (
        setting(),
        (Decision("record", 3, 0), Decision("pause", DAYS_2, 0), Decision("pause", DAYS_2, 0)),
    ),
    "BOOT of a run before which the clock was set right is not believed to be of years ago": (
        setting(),
        (
            Decision("record", 3, 0),
            Decision("ntp", 0, 0),
            Decision("cut", 60, 3),
            Decision("record", 21, 0),
        ),
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_history_that_was_found_breaks_no_promise_any_more(stage: Stage, name: str) -> None:
    outcome = stage.play(*FOUND[name])
    assert outcome.violation is None, "\n".join(outcome.log[-20:])
