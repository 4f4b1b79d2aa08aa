"""The bill of materials as values: ``bom.toml``.

Rules:
  1. Every figure names its source; ``estimate`` was looked up nowhere, ``model`` is computed from the enclosure.
  2. A part has one price, in yen or in dollars. Pins are BCM numbers of the 40-pin header.
  3. A build names parts that exist, and gives no pin of the header two uses, of parts or of the panel.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from edge.base.config import load
from edge.base.model import Strict
from edge.panel.pinout import SHIPPED, Pinout

FOLDER = Path(__file__).resolve().parent
ESTIMATE, MODEL = "estimate", "model"
BuildName = Literal["eaves", "pole"]
Pin = Annotated[int, Field(ge=2, le=27)]


class Source(Strict):
    """Where figures come from."""

    kind: Literal["datasheet", "vendor", "measured", "standard"]
    title: str
    url: str


class Figure(Strict):
    """A number and its source; its unit is in the key that holds it."""

    value: float = Field(alias="is")
    of: str


class Pair(Strict):
    """Two numbers, low and high, and their source."""

    value: tuple[float, float] = Field(alias="is", strict=False)
    of: str


class Size(Strict):
    """Length, width, height of what encloses the part, mm."""

    value: tuple[float, float, float] = Field(alias="is", strict=False)
    of: str


class Power(Strict):
    """Watts at 5 V: booted and not recording, recording, recording by night where that differs, at most."""

    idle: Figure
    record: Figure
    peak: Figure
    night: Figure | None = None


class Supply(Strict):
    """What a part passes on: output over input, its own watts without load, and the most that it gives."""

    efficiency: Figure
    standing_w: Figure
    rated_w: Figure


class Part(Strict):
    """One line of the catalogue; ``panel``: lines of pinout.toml that end at it, ``model``: its printed form."""

    role: str
    name: str
    name_ja: str
    alternatives: list[str] = Field(min_length=1)
    mass_g: Figure
    size_mm: Size
    power_w: Power | None = None
    price_yen: Figure | None = None
    price_usd: Figure | None = None
    temperature_c: Pair
    supply: Supply | None = None
    pins: dict[str, Pin] = Field(default_factory=dict)
    panel: list[Literal["led_red", "led_green", "button", "case", "ir_cut_in", "ir_cut_out", "ir_light"]] = Field(
        default_factory=list
    )
    model: str | None = None
    note: str = ""

    @model_validator(mode="after")
    def _has_one_price(self) -> Part:
        if (self.price_yen is None) == (self.price_usd is None):
            raise ValueError("give price_yen or price_usd, one of them")
        return self


class Mount(Strict):
    """Where the lens is: metres above the road, degrees below the horizon."""

    height_m: float
    tilt_deg: float


class Build(Strict):
    """A node: its parts in the sealed case, outside on the same mount, and away from it; supplies from load to wall."""

    name: str
    name_ja: str
    profile: str
    supplies: list[str]
    heat_path: Literal["dome", "box"]
    mount: Mount
    case: list[str]
    outside: list[str]
    away: list[str]

    @property
    def parts(self) -> list[str]:
        """Every part's id, as often as it is used."""
        return [*self.case, *self.outside, *self.away]


class Lens(Strict):
    """A sensor with a lens; two of three angles are known."""

    name: str
    sensor_mm: tuple[float, float] = Field(strict=False)
    field_deg: dict[Literal["horizontal", "vertical", "diagonal"], Figure] = Field(min_length=2, max_length=2)
    build: BuildName | None = None


class Bom(Strict):
    """The whole file."""

    source: dict[str, Source]
    part: dict[str, Part]
    lens: list[Lens]
    build: dict[BuildName, Build]

    @model_validator(mode="after")
    def _names_what_is_there(self) -> Bom:
        for name, build in self.build.items():
            unknown = sorted(set(build.parts + build.supplies) - self.part.keys())
            if unknown:
                raise ValueError(f"build.{name}: no such part: {', '.join(unknown)}")
        return self

    def pins(self, build: BuildName, panel: Pinout) -> dict[int, str]:
        """Returns what each pin of the header is wired to in a build.

        Raises:
            ValueError: a pin has two uses; names both.
        """
        parts = {part: self.part[part] for part in self.build[build].parts}
        lines = {line for part in parts.values() for line in part.panel}
        uses = [(pin, f"panel.{line}") for line, pin in panel if line in lines and pin is not None]
        uses += [(pin, f"{part}.{line}") for part, it in parts.items() for line, pin in it.pins.items()]
        taken: dict[int, str] = {}
        for pin, use in uses:
            if taken.setdefault(pin, use) != use:
                raise ValueError(f"build.{build}: {use} and {taken[pin]} share a pin; move one of them")
        return taken


def read_bom(path: Path = FOLDER / "bom.toml") -> Bom:
    """Reads the bill of materials.

    Raises:
        BadConfiguration: against the rules; every fault at once.
    """
    return load(path, Bom)


def read_panel() -> Pinout:
    """Reads the shipped wiring of LED, button, case switch and infrared filter."""
    return load(SHIPPED, Pinout)
