"""gpiozero's mock pins, moved by a small file: a demonstration's fingers, there only where ``kind = "mock"`` asks."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from gpiozero.pins.mock import MockFactory

from edge.base import strictjson
from edge.base.errors import BadInput, Refused
from edge.base.files import read_bounded
from edge.panel.gpio import GpioBoard
from edge.panel.port import Levels, Pins

HANDS = "panel-hands.json"
"""In the run directory: ``{"case_open": false, "pressed": true}``; without such a file nobody touches anything."""
_LIMIT_BYTES = 256


class MockBoard(GpioBoard):
    """Pins that a file moves."""

    def __init__(self, pins: Pins, hands: Path, *, infrared: bool = False) -> None:
        self._hands, factory = hands, MockFactory()
        super().__init__(pins, factory, infrared=infrared)
        self._pins = factory.pin(pins.button), factory.pin(pins.case)
        self._move(Levels(pressed=False, case_open=False))

    def look(self) -> Levels:
        with suppress(BadInput, Refused):
            tree = strictjson.parse_loose(read_bounded(self._hands, limit_bytes=_LIMIT_BYTES), limit_bytes=_LIMIT_BYTES)
            if isinstance(tree, dict):
                self._move(Levels(pressed=tree.get("pressed") is True, case_open=tree.get("case_open") is True))
        return super().look()

    def _move(self, levels: Levels) -> None:
        for pin, low in zip(self._pins, (levels.pressed, not levels.case_open), strict=True):
            pin.drive_low() if low else pin.drive_high()
