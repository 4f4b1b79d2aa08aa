from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from edge.center.state import Facts, State, decide
from edge.wire.status import RecorderState

SECOND = 1_000_000
NOW = 10**15
RECORDING = Facts(
    heard_us=NOW - 5 * SECOND,
    moved_us=NOW - 20 * SECOND,
    proven_us=NOW - 22 * SECOND,
    stored_us=NOW - 24 * SECOND,
    proven_blanked=False,
    claimed=RecorderState.RECORDING,
    uploads_all=True,
    provisional=False,
    fork_us=None,
    revoked_us=None,
)


@pytest.mark.parametrize(
    ("state", "changes"),
    [
        (State.RECORDING, {}),
        (State.RECORDING, {"claimed": None}),
        (State.RECORDING, {"provisional": True}),
        (State.RECORDING, {"moved_us": NOW - 90 * SECOND}),
        (State.NOT_RECORDING, {"moved_us": NOW - 91 * SECOND}),
        (State.NOT_RECORDING, {"moved_us": None}),
        (State.SILENT, {"heard_us": NOW - 121 * SECOND}),
        (State.SILENT, {"heard_us": None}),
        (State.PROVISIONAL, {"heard_us": None, "provisional": True}),
        (State.LATE, {"stored_us": NOW - 400 * SECOND}),
        (State.LATE, {"stored_us": None}),
        (State.RECORDING, {"stored_us": None, "uploads_all": False}),
        (State.BLANKED, {"proven_blanked": True}),
        (State.BLANKED, {"claimed": RecorderState.BLANKED}),
        (State.FAULT, {"claimed": RecorderState.FAULT}),
        (State.FAULT, {"proven_us": NOW - 601 * SECOND}),
        (State.FAULT, {"proven_us": NOW + 601 * SECOND}),
        (State.FROZEN, {"fork_us": NOW - SECOND}),
        (State.FROZEN, {"fork_us": NOW - SECOND, "heard_us": None}),
        (State.VISITED, {"moved_us": NOW - 91 * SECOND, "visit_us": NOW - 60 * SECOND}),
        (State.VISITED, {"moved_us": None, "visit_us": NOW}),
        (State.RECORDING, {"visit_us": NOW - 60 * SECOND}),
        (State.NOT_RECORDING, {"moved_us": NOW - 3001 * SECOND, "visit_us": NOW - 60 * SECOND}),
        (State.NOT_RECORDING, {"moved_us": None, "visit_us": NOW - 3001 * SECOND}),
        (State.NOT_RECORDING, {"moved_us": None, "visit_us": NOW + 3001 * SECOND}),
        (State.SILENT, {"heard_us": NOW - 121 * SECOND, "visit_us": NOW - 60 * SECOND}),
        (State.FAULT, {"claimed": RecorderState.FAULT, "moved_us": None, "visit_us": NOW}),
        (State.RETIRED, {"fork_us": NOW - SECOND, "revoked_us": NOW}),
    ],
)
def test_state(state: State, changes: dict[str, Any]) -> None:
    assert decide(dataclasses.replace(RECORDING, **changes), NOW).state is state


def test_a_nodes_own_word_alone_is_never_recording() -> None:
    claims = dataclasses.replace(RECORDING, moved_us=None, proven_us=None, stored_us=None)
    assert decide(claims, NOW).state is State.NOT_RECORDING
