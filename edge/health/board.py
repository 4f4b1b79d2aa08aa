"""Vitals of board and card, as the kernel tells them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

_THERMAL = Path("/sys/class/thermal/thermal_zone0/temp")
_WIRELESS = Path("/proc/net/wireless")
_COLDEST_MC, _HOTTEST_MC = -60_000, 150_000
_STRONGEST_DBM, _WEAKEST_DBM = 0, -130
_LEVEL = re.compile(r"^\s*\w+:\s+[0-9a-f]+\s+\d+\.?\s+(-\d{1,3})\.?\s", re.MULTILINE)
"""A line of ``/proc/net/wireless``: interface, status, quality, level in dBm (wireless extensions, proc(5))."""


@dataclass(frozen=True, slots=True)
class CardRoom:
    """Bytes of the file system that holds the spool: all of it, and what is free."""

    total_bytes: int
    free_bytes: int


def card_room(folder: Path) -> CardRoom:
    """Returns the room on the spool's file system; zeros where it cannot be asked (statvfs(3))."""
    try:
        facts = os.statvfs(folder)
    except OSError:
        return CardRoom(0, 0)
    return CardRoom(facts.f_blocks * facts.f_frsize, facts.f_bavail * facts.f_frsize)


def temperature_mc(path: Path = _THERMAL) -> int | None:
    """Returns the processor's temperature in thousandths of a degree Celsius (sysfs).

    None without a sensor, or where it says what no running board can be.
    """
    try:
        found = int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return found if _COLDEST_MC <= found <= _HOTTEST_MC else None


def signal_dbm(path: Path = _WIRELESS) -> int | None:
    """Returns the level of the best wireless interface; None on cable, or where the driver gives no level in dBm."""
    try:
        found = [int(level) for level in _LEVEL.findall(path.read_text(encoding="ascii"))]
    except (OSError, ValueError):
        return None
    return max((level for level in found if _WEAKEST_DBM <= level <= _STRONGEST_DBM), default=None)
