"""The board's pins, by ``gpiozero``.

Rules:
  1. The pins' library is the first of ``LIBRARIES`` that works here; no other is tried, so that neither a simulated pin
     nor a board across a network can pass for this one. What the environment asks gpiozero for counts for nothing.
  2. Pins are polled: no thread, no callback of a library that runs beside the panel's own loop.
  3. A switch pulls its pin to ground. The case's is closed while the case is shut: a cut wire reads as open.
  4. The coil's lines go low before anything else, one is low before the other goes high, and both are low at the end:
     whatever ended the panel in the midst of a pulse, its next start ends the pulse.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from gpiozero import DigitalOutputDevice, InputDevice

from edge.base.errors import BadConfiguration
from edge.panel.port import Drive, Levels, Light, Pins

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
        infrared: filter and light are used; otherwise their pins are left alone.

    Raises:
        BadConfiguration: a pin cannot be used so, or a filter is asked for that the wiring does not have.
    """

    def __init__(self, pins: Pins, factory: Any, *, infrared: bool = False) -> None:
        if infrared and pins.ir_cut_in is None:
            raise BadConfiguration(
                "[panel] ir_filter is set, but the pinout names no ir_cut_in and ir_cut_out; add both or leave it out"
            )
        self._factory = factory
        wired = (pins.ir_cut_in, pins.ir_cut_out, pins.ir_light) if infrared else (None,) * 3
        try:
            self._in, self._out, self._lamp = (
                None if pin is None else DigitalOutputDevice(pin, pin_factory=factory) for pin in wired
            )
            self._red = DigitalOutputDevice(pins.led_red, pin_factory=factory)
            self._green = DigitalOutputDevice(pins.led_green, pin_factory=factory)
            self._button = InputDevice(pins.button, pull_up=True, pin_factory=factory)
            self._case = InputDevice(pins.case, pull_up=True, pin_factory=factory)
        except Exception as error:  # gpiozero's errors and each library's own, which cannot be named without it
            factory.close()
            raise BadConfiguration(
                f"a pin of the panel cannot be used: {error}; see the pinout, and if an overlay of config.txt has it"
            ) from error

    def look(self) -> Levels:
        return Levels(pressed=self._button.value == 1, case_open=self._case.value == 0)

    def light(self, light: Light) -> None:
        self._red.value, self._green.value = _LIT[light]

    def drive(self, drive: Drive) -> None:
        lines = (self._in, drive is Drive.IN), (self._out, drive is Drive.OUT)
        for device, on in sorted(lines, key=lambda line: line[1]):
            if device is not None:
                device.value = on

    def shine(self, on: bool) -> None:
        if self._lamp is not None:
            self._lamp.value = on

    def close(self) -> None:
        self.drive(Drive.REST)
        for device in (self._red, self._green, self._button, self._case, self._in, self._out, self._lamp):
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
