"""``[panel]`` of a node's configuration: what hands can reach at its case."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from edge.base.model import Strict
from edge.base.paths import ConfigPath
from edge.panel.pinout import SHIPPED, read_pinout
from edge.panel.port import Pins


class PanelConfig(Strict):
    """The table.

    Attributes:
        kind: ``gpio``; ``mock`` for pins that a file moves, in a demonstration; ``none`` where the node has no LED,
            no button and no case switch.
        pinout: the board's wiring, where it is not the shipped one.
        ir_filter: where the infrared filter is: always ``in`` front of the sensor, always ``out``, or ``auto``: in by
            day, out by night with the infrared light on, as the recorder tells. Without it the panel leaves them alone.
    """

    kind: Literal["gpio", "mock", "none"]
    pinout: ConfigPath | None = None
    ir_filter: Literal["in", "out", "auto"] | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> PanelConfig:
        if self.kind == "none" and (self.pinout is not None or self.ir_filter is not None):
            raise ValueError("kind none takes neither pinout nor ir_filter")
        return self

    def pins(self) -> Pins:
        """Reads the wiring.

        Raises:
            BadConfiguration: it is not to be used; every fault at once.
        """
        return read_pinout(self.pinout or SHIPPED)
