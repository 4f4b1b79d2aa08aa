"""The board's pins, by ``gpiozero``.

Rules:
  1. The pins' library is the first of ``LIBRARIES`` that works here; no other is tried, so that neither a simulated pin
     nor a board across a network can pass for this one. What the environment asks gpiozero for counts for nothing.
  2. Pins are polled: no thread, no callback of a library that runs beside the panel's own loop.
  3. A switch pulls its pin to ground. The case's is closed while the case is shut: a cut wire reads as open.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from gpiozero import DigitalOutputDevice, InputDevice
from gpiozero.exc import GPIOZeroError

from edge.base.errors import BadConfiguration
from edge.panel.port import Levels, Light, Pins

LIBRARIES = (
    ("lgpio", "gpiozero.pins.lgpio", "LGPIOFactory"),
    ("RPi.GPIO", "gpiozero.pins.rpigpio", "RPiGPIOFactory"),
)
"""lgpio comes with rpi-lgpio and drives every board; RPi.GPIO none from the Pi 5 on."""
_LIT = {
    Light.DARK: (False, False),
    Light.RED: (True, False),
    Light.GREEN: (False, True),
    Light.AMBER: (True, True),
}


class GpioBoard:
    """A Raspberry Pi's pins.

    Args:
        factory: gpiozero's, see ``open_factory``.
        ir_filter_in: where to move the infrared filter; None leaves its pin alone.

    Raises:
        BadConfiguration: a pin cannot be used so, or a filter is asked for that the wiring does not have.
    """

    def __init__(self, pins: Pins, factory: Any, ir_filter_in: bool | None = None) -> None:
        if ir_filter_in is not None and pins.ir_cut is None:
            raise BadConfiguration(
                "[panel] ir_filter is set, but the pinout names no ir_cut pin; add it or leave it out"
            )
        self._factory = factory
        try:
            self._red = DigitalOutputDevice(pins.led_red, pin_factory=factory)
            self._green = DigitalOutputDevice(pins.led_green, pin_factory=factory)
            self._button = InputDevice(pins.button, pull_up=True, pin_factory=factory)
            self._case = InputDevice(pins.case, pull_up=True, pin_factory=factory)
            self._filter = (
                None
                if ir_filter_in is None
                else DigitalOutputDevice(pins.ir_cut, initial_value=ir_filter_in, pin_factory=factory)
            )
        except GPIOZeroError as error:
            factory.close()
            raise BadConfiguration(f"a pin of the panel cannot be used: {error}; see the pinout") from error

    def look(self) -> Levels:
        return Levels(pressed=self._button.value == 1, case_open=self._case.value == 0)

    def light(self, light: Light) -> None:
        self._red.value, self._green.value = _LIT[light]

    def close(self) -> None:
        for device in (self._red, self._green, self._button, self._case, self._filter):
            if device is not None:
                device.close()
        self._factory.close()


def open_factory(libraries: tuple[tuple[str, str, str], ...] = LIBRARIES) -> Any:
    """Returns gpiozero's pins by the first library that works here.

    Raises:
        BadConfiguration: none does; the message has each one's reason.
    """
    reasons = []
    for library, module, name in libraries:
        try:
            return getattr(import_module(module), name)()
        except Exception as error:  # noqa: BLE001 - each library has errors of its own, which cannot be named without it
            reasons.append(f"{library}: {error or type(error).__name__}")
    raise BadConfiguration(
        f"no pins here ({'; '.join(reasons)}); on a Raspberry Pi install python3-rpi-lgpio and let the panel open"
        ' /dev/gpiochip*, on a machine without a panel write kind = "none" under [panel]'
    )
