"""A clock that only moves when it is told, and fingers at gpiozero's own mock pins."""

from __future__ import annotations

from gpiozero.pins.mock import MockFactory

from edge.panel.gpio import GpioBoard
from edge.panel.pinout import SHIPPED, read_pinout
from edge.panel.port import Light

PINS = read_pinout(SHIPPED)
START_US = 1_767_574_800_000_000


class Fingers:
    """The board's mock pins as a hand moves them, and as an eye sees them."""

    def __init__(self, *, infrared: bool = False) -> None:
        self.factory = MockFactory()
        for number in (PINS.button, PINS.case):
            self.factory.pin(number)
        self.board = GpioBoard(PINS, self.factory, infrared=infrared)
        self.shut()

    def press(self) -> None:
        self.factory.pin(PINS.button).drive_low()

    def release(self) -> None:
        self.factory.pin(PINS.button).drive_high()

    def shut(self) -> None:
        self.factory.pin(PINS.case).drive_low()

    def open(self) -> None:
        self.factory.pin(PINS.case).drive_high()

    @property
    def driven(self) -> tuple[int, int]:
        """The coil's lines: in, out."""
        one, other = (int(self.factory.pin(number).state) for number in (PINS.ir_cut_in, PINS.ir_cut_out))
        return one, other

    @property
    def shines(self) -> bool:
        return bool(self.factory.pin(PINS.ir_light).state)

    @property
    def light(self) -> Light:
        red, green = (self.factory.pin(number).state for number in (PINS.led_red, PINS.led_green))
        return {(0, 0): Light.DARK, (1, 0): Light.RED, (0, 1): Light.GREEN, (1, 1): Light.AMBER}[red, green]
