"""What the sheets assume beside the bill of materials: ``assumptions.toml``; units are in the keys."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from edge.base.config import load
from edge.base.model import Strict
from hardware.bom import FOLDER, BuildName, Figure, Source

Range = tuple[float, float]


class PowerAssumed(Strict):
    """Electricity."""

    yen_per_kwh: Figure
    hours_a_month: Figure
    night_hours_a_day: Figure
    target_yen: Range = Field(strict=False)


class MassAssumed(Strict):
    """Densities; ``printed_fill`` is the share of a printed solid that is plastic."""

    target_g: float
    target_mm: Range = Field(strict=False)
    asa_g_per_cm3: Figure
    aluminium_g_per_cm3: Figure
    printed_fill: Figure


class Work(Strict):
    """Labour in a build."""

    name: str
    name_ja: str
    yen: dict[BuildName, Figure]


class Overhead(Strict):
    """A share of all that is above it."""

    name: str
    name_ja: str
    share: Figure


class CostAssumed(Strict):
    """Money; without tax."""

    yen_per_usd: Figure
    import_share: Figure
    target_yen: Range = Field(strict=False)
    work: list[Work]
    overhead: Overhead


class CardAssumed(Strict):
    """Wear: bytes on the device a byte of record, bytes on the flash a byte on the device, what the maker promises."""

    bytes_a_byte: Figure
    inside_card: Figure
    endurance_hours: Figure
    endurance_bps: Figure
    shelf_years: Figure


class Plan(Strict):
    """A data plan."""

    name: str
    name_ja: str
    bytes_a_month: int
    yen_a_month: Figure


class LineAssumed(Strict):
    """What goes over the line beside footage; ``overhead_share`` is that of TLS, TCP and IP."""

    heartbeat_bytes: Figure
    heartbeat_s: Figure
    overhead_share: Figure
    plan: list[Plan]


class HeatAssumed(Strict):
    """Weather, sun, and how well heat passes."""

    hot_c: Figure
    usual_c: Figure
    sky_w_per_m2: Figure
    evening_sun_w_per_m2: Figure
    white_absorbs: Figure
    film_out_w_per_m2k: Figure
    film_plate_w_per_m2k: Figure
    gap_w_per_m2k: Figure
    gap_fan_w_per_m2k: Figure
    pad_k_per_w: Figure
    processor_k_per_w: dict[BuildName, Figure]
    throttles_c: Figure


class LensAssumed(Strict):
    """The picture, and how many pixels a face or a number plate needs."""

    width_px: int
    height_px: int
    face_m: Figure
    face_px: dict[Literal["recognise", "identify", "court"], Figure]
    plate_px_per_m: Figure
    person_m: float


class Assumptions(Strict):
    """The whole file."""

    source: dict[str, Source]
    power: PowerAssumed
    mass: MassAssumed
    cost: CostAssumed
    card: CardAssumed
    line: LineAssumed
    heat: HeatAssumed
    lens: LensAssumed


def read_assumptions(path: Path = FOLDER / "assumptions.toml") -> Assumptions:
    """Reads the assumptions.

    Raises:
        BadConfiguration: against the rules; every fault at once.
    """
    return load(path, Assumptions)
