"""Vitals of board and card, as the kernel tells them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_THERMAL = Path("/sys/class/thermal/thermal_zone0/temp")


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
    """Returns the processor's temperature in thousandths of a degree Celsius; None without a sensor (sysfs)."""
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
