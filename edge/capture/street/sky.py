"""The sky above the street: colour by the sun's height, clouds, the glow of the town by night."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.base.frame import Picture
from edge.capture.street.lens import Lens
from edge.capture.street.light import Daylight
from edge.capture.street.texture import smooth

_CLOUD_TEXELS = 512
_BGR = NDArray[np.float32]


def horizon(light: Daylight) -> _BGR:
    """Returns the sky's colour low over the roofs, 0 to 255: what distance fades into."""
    return _mixed(light, (238, 226, 212), (88, 148, 226), (50, 36, 32), (196, 194, 190))


def zenith(light: Daylight) -> _BGR:
    """Returns the sky's colour high up, 0 to 255."""
    return _mixed(light, (206, 148, 86), (128, 84, 72), (26, 17, 13), (160, 156, 152))


def sky(light: Daylight, width: int, height: int, rows: int) -> Picture:
    """Returns the topmost rows of the sky, uint8 (rows, width, 3)."""
    rays = Lens(width, height).rays(np.arange(0, width, 4), np.arange(0, rows, 4))
    lift = np.clip(rays[..., 2] / np.linalg.norm(rays, axis=-1), 0.0, 1.0)
    blend = (1 - np.exp(-lift * 5.0))[..., None]
    clear = horizon(light) * (1 - blend) + zenith(light) * blend
    cover = _cover(rays, lift, light.rain)[..., None]
    mixed = clear * (1 - cover) + _cloud_colour(light) * cover
    return np.asarray(cv2.resize(np.clip(mixed, 0, 255), (width, rows)), np.float32).astype(np.uint8)


def _cover(rays: _BGR, lift: _BGR, rain: float) -> _BGR:
    """Returns how much cloud covers each ray: a layer overhead, thinned into haze near the horizon."""
    over = 90.0 / np.maximum(rays[..., 2], 0.02)
    x = (rays[..., 0] * over) % _CLOUD_TEXELS
    y = (rays[..., 1] * over * 0.6) % _CLOUD_TEXELS
    seen = cv2.remap(
        _clouds(), x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP
    )
    density = np.clip((seen - 0.25 + 1.2 * rain) * 0.9, 0, 1)
    return np.asarray(density * np.clip(lift * 9, 0, 1) * 0.85, np.float32)


@cache
def _clouds() -> _BGR:
    generator = np.random.default_rng(7)
    parts = ((4, 0.55), (8, 0.45), (16, 0.30), (32, 0.18), (64, 0.10), (128, 0.06))
    layers = [weight * smooth(generator, cells, _CLOUD_TEXELS) for cells, weight in parts]
    return np.asarray(sum(layers), np.float32)


def _cloud_colour(light: Daylight) -> _BGR:
    return _mixed(light, (250, 248, 246), (110, 128, 206), (44, 34, 34), (182, 178, 174))


def _mixed(
    light: Daylight, day: tuple[int, ...], dusk: tuple[int, ...], night: tuple[int, ...], wet: tuple[int, ...]
) -> _BGR:
    """Returns a colour between day, low sun, night and rain."""
    high = np.clip((light.elevation_deg - 1) / 13, 0, 1)
    low = np.clip((light.elevation_deg + 10) / 9, 0, 1)
    clear = np.array(day) * high + np.array(dusk) * (1 - high)
    lit = clear * (1 - light.rain) + np.array(wet) * light.rain * (0.25 + 0.75 * high)
    return np.asarray(lit * low + np.array(night) * (1 - low), np.float32)
