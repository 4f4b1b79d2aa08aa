"""Puts the sheets' tables and figures into their page, ``page.md.j2``: Japanese first, English beside it."""

from __future__ import annotations

import math
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from hardware.assumptions import Assumptions
from hardware.bom import Bom
from hardware.lens import station
from hardware.sheets import tables
from hardware.sheets.card import endurance_bytes
from hardware.sheets.power import power_sheet

TEMPLATE = Path(__file__).with_name("page.md.j2")
LENS_BELOW_SOFFIT_M = 0.030


def page(bom: Bom, assumed: Assumptions) -> str:
    """Returns the whole page."""
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # Markdown
    environment.filters["c"] = tables.cited
    above = math.radians(station(bom, assumed, "eaves").above_horizon_deg)
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        a=assumed,
        tables=tables.every(bom, assumed),
        target_w=[f"{watts:.2f}" for watts in power_sheet(bom, assumed, "eaves").wall_w_for_target],
        endurance_tb=f"{endurance_bytes(assumed) / 1e12:.0f}",
        soffit_cm=f"{100 * LENS_BELOW_SOFFIT_M / math.tan(above):.0f}",
    )
