"""The sheet of a board's memory: everything at once, nothing twice."""

from __future__ import annotations

import pytest

from tests.lab.arm64 import sheet

NODE_MIB = 190.0
STEPS = {"small": 10.0, "great": 80.0, "middle": 40.0}
FIXED = sheet.FIRMWARE_MIB + sheet.KERNEL_MIB + sheet.CAMERA_MIB


def test_what_is_left_is_the_board_less_all_parts_and_the_greatest_step() -> None:
    assert sheet.left_mib(38, NODE_MIB, STEPS) == pytest.approx(512 - FIXED - 38 - NODE_MIB - 80)


def test_more_than_the_board_has_is_less_than_nothing_left() -> None:
    assert sheet.left_mib(38, NODE_MIB, {"vast": 400.0}) < 0


def test_table_adds_up_and_tells_every_step() -> None:
    text = sheet.table(38, NODE_MIB, STEPS)
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| ")]
    parts = [float(row[2]) for row in rows[1:]]
    assert sum(parts) == pytest.approx(512, abs=len(parts))
    assert all(step in text for step in STEPS)
