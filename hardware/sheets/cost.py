"""Grams and yen: what hangs at the house, and what a city pays for it (R-MATSUDO-08)."""

from __future__ import annotations

import json
from dataclasses import dataclass

from hardware.assumptions import Assumptions
from hardware.bom import ESTIMATE, FOLDER, MODEL, Bom, BuildName, Part

Models = dict[str, dict[str, float | list[float]]]


@dataclass(frozen=True, slots=True)
class CostSheet:
    """Mass of what hangs on the mount, g; money without tax, yen; ``estimated`` is the share not looked up."""

    mass_g: dict[str, float]
    parts_yen: dict[str, float]
    work_yen: dict[str, float]
    overhead_yen: float
    estimated: float

    @property
    def total_g(self) -> float:
        """All that hangs."""
        return sum(self.mass_g.values())

    @property
    def total_yen(self) -> float:
        """All that is paid."""
        return sum(self.parts_yen.values()) + sum(self.work_yen.values()) + self.overhead_yen


def read_models() -> Models:
    """Returns size and volume of each printed or cut piece, as the enclosure's program wrote them."""
    written: Models = json.loads((FOLDER / "models" / "models.json").read_text(encoding="utf-8"))
    return {name: value for name, value in written.items() if isinstance(value, dict)}


def mass_g(part: Part, models: Models, assumed: Assumptions) -> float:
    """Returns a part's mass, of its volume where it is a model."""
    if part.mass_g.of != MODEL:
        return part.mass_g.value
    assert part.model is not None, f"{part.name} has its mass of a model but names none"
    volume = models[part.model]["volume_cm3"]
    assert isinstance(volume, float)
    a = assumed.mass
    metal = "aluminium" in part.name
    return volume * (a.aluminium_g_per_cm3.value if metal else a.asa_g_per_cm3.value * a.printed_fill.value)


def price_yen(part: Part, assumed: Assumptions) -> float:
    """Returns a part's price; one in dollars with what importing adds."""
    if part.price_yen is not None:
        return part.price_yen.value
    assert part.price_usd is not None
    return part.price_usd.value * assumed.cost.yen_per_usd.value * (1 + assumed.cost.import_share.value)


def _looked_up(part: Part) -> bool:
    price = part.price_yen or part.price_usd
    return price is not None and price.of != ESTIMATE


def cost_sheet(bom: Bom, assumed: Assumptions, name: BuildName) -> CostSheet:
    """Computes a build's sheet."""
    build, models, a = bom.build[name], read_models(), assumed.cost
    hanging = dict.fromkeys([*build.case, *build.outside], 0.0)
    for part in [*build.case, *build.outside]:
        hanging[part] += mass_g(bom.part[part], models, assumed)
    paid = dict.fromkeys(build.parts, 0.0)
    for part in build.parts:
        paid[part] += price_yen(bom.part[part], assumed)
    known = sum(paid[part] for part in paid if _looked_up(bom.part[part]))
    work = {work.name: work.yen[name].value for work in a.work}
    overhead = a.overhead.share.value * (sum(paid.values()) + sum(work.values()))
    total = sum(paid.values()) + sum(work.values()) + overhead
    return CostSheet(hanging, paid, work, overhead, 1 - known / total)
