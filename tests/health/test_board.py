"""Vitals as the kernel tells them: what is read, and what is told where it cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.health.board import CardRoom, card_room, signal_dbm, temperature_mc

WIRELESS = """\
Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE
 face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22
"""
WLAN0 = " wlan0: 0000   54.  -56.  -256        0      0      0      0     12        0\n"
WLAN1 = "wlan1: 0000   30   -80   -256        0      0      0      0     12        0\n"


@pytest.fixture
def told(tmp_path: Path) -> Path:
    return tmp_path / "told"


@pytest.mark.parametrize(
    ("text", "found"), [("48312\n", 48_312), ("-12000\n", -12_000), ("150000", 150_000), ("0\n", 0)]
)
def test_temperature_is_read(told: Path, text: str, found: int) -> None:
    told.write_text(text)
    assert temperature_mc(told) == found


@pytest.mark.parametrize("text", [None, "", "warm\n", "-273000\n", "150001\n", "４８\n"])
def test_no_temperature_is_better_than_a_wrong_one(told: Path, text: str | None) -> None:
    if text is not None:
        told.write_text(text)
    assert temperature_mc(told) is None


@pytest.mark.parametrize(("lines", "found"), [(WLAN0, -56), (WLAN1, -80), (WLAN1 + WLAN0, -56)])
def test_level_of_the_best_interface_is_read(told: Path, lines: str, found: int) -> None:
    told.write_text(WIRELESS + lines)
    assert signal_dbm(told) == found


@pytest.mark.parametrize(
    "lines", [None, "", WLAN0.replace("-56.", "-256."), WLAN0.replace("-56.", " 70."), "wlan0: off\n"]
)
def test_cable_has_no_level(told: Path, lines: str | None) -> None:
    """Nor has a driver that tells a quality of its own invention instead of dBm."""
    if lines is not None:
        told.write_text(WIRELESS + lines)
    assert signal_dbm(told) is None


def test_card_has_room(tmp_path: Path) -> None:
    room = card_room(tmp_path)
    assert 0 < room.free_bytes <= room.total_bytes


def test_card_that_cannot_be_asked_has_none(tmp_path: Path) -> None:
    assert card_room(tmp_path / "gone") == CardRoom(0, 0)
