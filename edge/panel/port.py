"""What the panel needs of a board: two lights, a button, a case switch, perhaps an infrared filter."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Light(StrEnum):
    """What the one LED shows; amber is red and green together."""

    DARK = "dark"
    RED = "red"
    GREEN = "green"
    AMBER = "amber"


@dataclass(frozen=True, slots=True)
class Pins:
    """Pin numbers, from the wiring's file alone (``edge.panel.pinout``)."""

    led_red: int
    led_green: int
    button: int
    case: int
    ir_cut: int | None = None


@dataclass(frozen=True, slots=True)
class Levels:
    """What the switches say at one moment, bounces and all."""

    pressed: bool
    case_open: bool


class Board(Protocol):
    """A board."""

    def look(self) -> Levels:
        """Returns what the switches say."""

    def light(self, light: Light) -> None:
        """Sets the LED."""

    def close(self) -> None:
        """Darkens the LED and gives the pins back."""
