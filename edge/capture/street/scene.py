"""Everything that stands still, in the order in which it is painted: far to near."""

from __future__ import annotations

from edge.capture.street import greenery, houses, kerbside, poles
from edge.capture.street.layout import HOUSES
from edge.capture.street.surfaces import Box, Surface


def surfaces() -> list[Surface]:
    """Returns the still street; a surface hides what comes before it."""
    things = [(house.y[1], houses.house(house)) for house in HOUSES]
    things += [(plant.y, greenery.plant(plant)) for plant in greenery.PLANTS]
    things += kerbside.kerbs()
    things += poles.poles()
    things.append((kerbside.VENDING.low[1], kerbside.vending_machine()))
    things.sort(key=lambda thing: -thing[0])
    parts = [*greenery.hill(), *kerbside.ground()]
    for _, thing in things:
        parts += thing
    return parts


def shadow_boxes() -> list[Box]:
    """Returns the blocks that throw shadows."""
    boxes = [box for house in HOUSES for box in houses.boxes(house)]
    return [*boxes, *kerbside.boxes(), *greenery.boxes(), *poles.boxes()]
