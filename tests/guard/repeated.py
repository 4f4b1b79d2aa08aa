"""Hours of a real clip, for what the guard takes wrongly on real pictures.

Method: the clip is shown to and fro, two looks a second, so that everything in it goes by again and again; over it
light rises and falls by a quarter in twenty minutes, and each look has a sensor's noise of its own (sigma 3 levels).
The reference is learnt from the first four seconds. A false blanking is what the recorder would do: the guard covers
the picture. What no clip of a minute can show, other people, seasons, dirt and storms, it leaves open.
"""

from __future__ import annotations

import numpy as np

from edge.base.frame import Picture
from tests.guard.scenes import LOOKS_A_SECOND, Pictures, corner_raster
from tests.guard.trials import new_guard

LIGHT_PERIOD_S, LIGHT_SHARE, NOISE_LEVELS = 1200.0, 0.25, 3.0


def hours_of(pictures: Pictures, hours: float) -> tuple[int, int, int]:
    """Watches a clip for so long.

    Returns:
        Looks, bad looks, and how often the picture was covered.
    """
    count, height, width = pictures.shape
    guard = new_guard(corner_raster((width, height)))
    generator = np.random.default_rng(5)
    looks, bad, coverings, covered = round(hours * 3600 * LOOKS_A_SECOND), 0, 0, False
    for look in range(looks):
        place = look % (2 * count - 2)
        picture = _lit(pictures[min(place, 2 * count - 2 - place)], look / LOOKS_A_SECOND, generator)
        picture[guard.raster.y] = 16
        verdict = guard.look(picture, look * 10**9 // LOOKS_A_SECOND)
        assert verdict is not None
        bad += not verdict.look.sight.trusted
        coverings += verdict.covered and not covered
        covered = verdict.covered
    return looks, bad, coverings


def _lit(picture: Picture, at_s: float, generator: np.random.Generator) -> Picture:
    """Returns a picture in the light of that moment, with noise."""
    gain = 1 + LIGHT_SHARE * float(np.sin(2 * np.pi * at_s / LIGHT_PERIOD_S))
    noise = generator.standard_normal(picture.shape, dtype=np.float32) * NOISE_LEVELS
    return np.clip(picture * np.float32(gain) + noise, 0, 255).astype(np.uint8)
