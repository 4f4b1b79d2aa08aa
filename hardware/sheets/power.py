"""Watts and yen: what a build draws at the wall, and what a month costs (R-MATSUDO-08)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hardware.assumptions import Assumptions
from hardware.bom import Bom, BuildName, Part

State = Literal["idle", "record", "night", "peak"]


@dataclass(frozen=True, slots=True)
class PowerSheet:
    """Watts of each part while recording by day, at 5 V and at the wall in each state; money a month.

    Attributes:
        spare_w: what the supply next to the load could give beyond the peak.
        wall_w_for_target: average watts at the wall that the target yen buy.
    """

    parts_w: dict[str, float]
    load_w: dict[State, float]
    wall_w: dict[State, float]
    average_wall_w: float
    kwh_a_month: float
    yen_a_month: float
    spare_w: float
    wall_w_for_target: tuple[float, float]


def draw_w(part: Part, state: State) -> float:
    """Returns a part's watts at 5 V in a state; recording by night where it says nothing else is as by day."""
    power = part.power_w
    if power is None:
        return 0.0
    if state == "night":
        return (power.night or power.record).value
    return {"idle": power.idle, "record": power.record, "peak": power.peak}[state].value


def wall_w(supplies: list[Part], load_w: float) -> float:
    """Returns what a load takes at the end of its supplies, from the load outwards."""
    for part in supplies:
        assert part.supply is not None, f"{part.name} is no supply"
        load_w = load_w / part.supply.efficiency.value + part.supply.standing_w.value
    return load_w


def power_sheet(bom: Bom, assumed: Assumptions, name: BuildName) -> PowerSheet:
    """Computes a build's sheet; recording all day, its light by night."""
    build, a = bom.build[name], assumed.power
    states: tuple[State, ...] = ("idle", "record", "night", "peak")
    load = {state: sum(draw_w(bom.part[part], state) for part in build.parts) for state in states}
    supplies = [bom.part[part] for part in build.supplies]
    wall = {state: wall_w(supplies, watts) for state, watts in load.items()}
    night = a.night_hours_a_day.value / 24
    average = wall["record"] * (1 - night) + wall["night"] * night
    kwh = average * a.hours_a_month.value / 1000
    nearest = supplies[0].supply
    assert nearest is not None
    low, high = (yen / a.yen_per_kwh.value / a.hours_a_month.value * 1000 for yen in a.target_yen)
    parts = {part: draw_w(bom.part[part], "record") for part in build.parts if draw_w(bom.part[part], "night")}
    return PowerSheet(
        parts, load, wall, average, kwh, kwh * a.yen_per_kwh.value, nearest.rated_w.value - load["peak"], (low, high)
    )
