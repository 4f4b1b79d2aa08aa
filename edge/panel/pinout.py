"""Which pin of the board is wired to what: ``hardware/pinout.toml``, the only source of pin numbers.

Rules:
  1. Numbers are BCM's, 2 to 27: 0 and 1 belong to the identification chip of add-on boards.
  2. No pin has two uses. Infrared filter and light may be missing; the filter has both its lines or none.
     What else is on the header has its pins in the bill of materials, which is held to this file (``hardware/bom.py``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from edge.base.config import load
from edge.base.model import Strict
from edge.panel.port import Pins

SHIPPED = Path(__file__).with_name("pinout.toml")
"""The wiring of our own boards, there as a link in the checkout and as a copy once installed."""
Pin = Annotated[int, Field(ge=2, le=27)]


class Pinout(Strict):
    """The whole file."""

    led_red: Pin
    led_green: Pin
    button: Pin
    case: Pin
    ir_cut_in: Pin | None = None
    ir_cut_out: Pin | None = None
    ir_light: Pin | None = None

    @model_validator(mode="after")
    def _each_pin_has_one_use(self) -> Pinout:
        used: dict[int, str] = {}
        for name, pin in self:
            if pin is not None and used.setdefault(pin, name) != name:
                raise ValueError(f"{name} and {used[pin]} share pin {pin}; give each a pin of its own")
        return self

    @model_validator(mode="after")
    def _filter_has_both_lines(self) -> Pinout:
        if (self.ir_cut_in is None) != (self.ir_cut_out is None):
            raise ValueError("ir_cut_in and ir_cut_out belong together; give both, or none without a filter")
        return self


def read_pinout(path: Path) -> Pins:
    """Reads a wiring.

    Raises:
        BadConfiguration: unreadable or against the rules; every fault at once.
    """
    return Pins(**dict(load(path, Pinout)))
