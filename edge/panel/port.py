"""What the panel needs of a board: two lights, a button, a case switch, perhaps infrared filter and light."""

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


class Drive(StrEnum):
    """What the coil of the infrared filter is driven to; one direction or none, so never both."""

    REST = "rest"
    IN = "in"
    """In front of the sensor, for the day."""
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Pins:
    """Pin numbers, from the wiring's file alone (``edge.panel.pinout``)."""

    led_red: int
    led_green: int
    button: int
    case: int
    ir_cut_in: int | None = None
    ir_cut_out: int | None = None
    ir_light: int | None = None


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

    def drive(self, drive: Drive) -> None:
        """Sets the lines of the filter's coil; the caller ends each pulse (``edge.panel.coil``)."""

    def shine(self, on: bool) -> None:
        """Switches the infrared light, where there is one."""

    def close(self) -> None:
        """Darkens LED and light, leaves the coil at rest, and gives the pins back."""
