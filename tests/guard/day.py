"""A whole quiet day of the street scene, for what the guard takes wrongly."""

from __future__ import annotations

import sys
from datetime import datetime
from fractions import Fraction

import numpy as np

from edge.base.frame import Geometry
from edge.capture.street.view import View
from tests.guard.scenes import ZONE, street_raster
from tests.guard.trials import new_guard

EVERY_S = 10
_WIDTH = 640
_FPS = Fraction(15)
_BEGIN_H = 10
"""It begins by day, as a sign-off does."""


def quiet_day(hours: float) -> tuple[int, int, int]:
    """Watches the street, undisturbed but for its people, cars and light.

    Returns:
        Looks, bad looks, and how often two followed each other.
    """
    geometry = Geometry(_WIDTH, _WIDTH * 3 // 4, _WIDTH)
    view = View(geometry, seed=3, zone=ZONE, rain=0.0, behind="a")
    picture = np.zeros(geometry.shape, np.uint8)
    guard = new_guard(street_raster(_WIDTH))
    start_us = round(datetime(2026, 5, 20, _BEGIN_H, tzinfo=ZONE).timestamp()) * 1_000_000
    looks, bad, blankings, run = round(hours * 3600 / EVERY_S), 0, 0, 0
    for look in range(looks):
        at_us = look * EVERY_S * 1_000_000
        view.draw(picture, int(at_us * _FPS / 1_000_000), _FPS, start_us + at_us)
        luma = picture[: geometry.height].copy()
        luma[guard.raster.y] = 16
        verdict = guard.look(luma, at_us * 1000)
        assert verdict is not None
        run = 0 if verdict.look.sight.trusted else run + 1
        bad += run > 0
        blankings += run == 2
        if look % 360 == 0:
            seen = f"{verdict.look.sight}, {verdict.look.found} of {verdict.look.known} landmarks"
            print(f"  quiet day, hour {look * EVERY_S / 3600:.0f} of {hours:g}: {seen}, {bad} bad", file=sys.stderr)
    return looks, bad, blankings
