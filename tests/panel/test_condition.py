"""What the LED says of the node: the first condition that fits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge.panel.condition import Condition, Facts, RecorderSeen, judge

WELL = Facts(RecorderSeen("recording"), line_up=True, visiting=False, case_open=False, stuck=False, young=False)


@pytest.mark.parametrize(
    ("changes", "condition"),
    [
        ({}, Condition.RECORDING),
        ({"line_up": False}, Condition.LINE_DOWN),
        ({"young": True}, Condition.RECORDING),
        ({"young": True, "recorder": None}, Condition.STARTING),
        ({"young": True, "recorder": RecorderSeen("starting")}, Condition.STARTING),
        ({"young": True, "recorder": RecorderSeen("starting", frozenset({"keys"}))}, Condition.FAULT),
        ({"recorder": None}, Condition.FAULT),
        ({"recorder": RecorderSeen("starting")}, Condition.FAULT),
        ({"recorder": RecorderSeen("stopped")}, Condition.FAULT),
        ({"recorder": RecorderSeen("blanked")}, Condition.FAULT),
        ({"recorder": RecorderSeen("anything")}, Condition.FAULT),
        ({"recorder": RecorderSeen("recording", frozenset({"card"}))}, Condition.FAULT),
        ({"stuck": True}, Condition.FAULT),
        ({"stuck": True, "line_up": False}, Condition.FAULT),
        ({"recorder": RecorderSeen("blanked", frozenset({"masks"}), "moved")}, Condition.MOVED),
        ({"recorder": RecorderSeen("recording", guard="lost")}, Condition.MOVED),
        ({"recorder": RecorderSeen("recording", guard="unverifiable")}, Condition.RECORDING),
        ({"case_open": True}, Condition.TAMPERED),
        ({"case_open": True, "recorder": None, "young": True}, Condition.TAMPERED),
        ({"recorder": RecorderSeen("fault", frozenset({"tampered"}))}, Condition.TAMPERED),
        ({"recorder": RecorderSeen("blanked", frozenset({"tampered"}), "moved")}, Condition.TAMPERED),
        ({"visiting": True, "case_open": True, "recorder": None}, Condition.VISIT),
    ],
)
def test_first_that_fits_is_shown(changes: dict[str, Any], condition: Condition) -> None:
    assert judge(replace(WELL, **changes)) is condition
