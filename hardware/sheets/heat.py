"""Heat: how warm it gets inside a case under a July eaves in Matsudo, and which parts are not made for it.

A steady state, which a hot afternoon nearly is: the case's skin gives heat to the air, the parts give theirs to
the skin through the air inside and, in the dome, through pad and plate; light that the skin takes up comes on top.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from hardware.assumptions import Assumptions
from hardware.bom import Bom, BuildName
from hardware.sheets.power import draw_w, power_sheet


@dataclass(frozen=True, slots=True)
class HeatSheet:
    """Watts inside and of the sun; K/W from parts to air; degrees inside and of the processor.

    Attributes:
        margin_k: of each part in the case, from the hottest inside to its limit.
    """

    inside_w: float
    sun_w: float
    k_per_w: float
    inside_hot_c: float
    inside_usual_c: float
    processor_hot_c: float
    margin_k: dict[str, float]


@dataclass(frozen=True, slots=True)
class Skin:
    """A case's surfaces, m2: to the air, towards sky and ground, towards a low sun, of the heat-spreading plate."""

    air: float
    sky: float
    sun: float
    plate: float


def skin(bom: Bom, name: BuildName) -> Skin:
    """Returns a case's surfaces; what lies at the soffit or the pole gives nothing away."""
    if bom.build[name].heat_path == "dome":
        wide, _, high = (side / 1000 for side in bom.part["dome-shell"].size_mm.value)
        puck = wide - 0.012  # without its flange
        end = math.pi / 4 * puck**2
        return Skin(math.pi * puck * high + end, end, puck * high, math.pi / 4 * wide**2)
    wide, tall, deep = (side / 1000 for side in bom.part["pole-body"].size_mm.value)
    return Skin(wide * tall + 2 * (wide + tall) * deep, wide * tall, wide * tall, 0.0)


def k_per_w(bom: Bom, assumed: Assumptions, name: BuildName) -> tuple[float, float]:
    """Returns the resistance from the parts to the air, and its outer share, K/W."""
    a, at = assumed.heat, skin(bom, name)
    outer = 1 / (a.film_out_w_per_m2k.value * at.air)
    gap = (a.gap_w_per_m2k if bom.build[name].heat_path == "dome" else a.gap_fan_w_per_m2k).value
    through_air = 1 / (gap * at.air) + outer
    if not at.plate:
        return through_air, outer
    through_plate = a.pad_k_per_w.value + 1 / (a.film_plate_w_per_m2k.value * at.plate)
    return 1 / (1 / through_air + 1 / through_plate), outer


def heat_sheet(bom: Bom, assumed: Assumptions, name: BuildName) -> HeatSheet:
    """Computes a build's sheet, recording by day; a supply in the case heats it by what it does not pass on."""
    a, build, at = assumed.heat, bom.build[name], skin(bom, name)
    inside = sum(draw_w(bom.part[part], "record") for part in build.case)
    if build.supplies[0] in build.case:
        sheet = power_sheet(bom, assumed, name)
        inside += sheet.wall_w["record"] - sheet.load_w["record"]
    sun = a.white_absorbs.value * (a.sky_w_per_m2.value * at.sky + a.evening_sun_w_per_m2.value * at.sun)
    to_air, outer = k_per_w(bom, assumed, name)
    rise = inside * to_air + sun * outer
    board = next(bom.part[part] for part in build.case if bom.part[part].role == "board")
    hot = a.hot_c.value + rise
    margins = {part: bom.part[part].temperature_c.value[1] - hot for part in build.case}
    processor = hot + a.processor_k_per_w[name].value * draw_w(board, "record")
    return HeatSheet(inside, sun, to_air, hot, a.usual_c.value + rise, processor, margins)
