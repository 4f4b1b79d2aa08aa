"""How light falls on the still street: sun with shadows, sky, lamps, lit rooms, haze.

What does not depend on the hour (reach of the lamps, corners that little sky reaches) is worked out once at half size;
a change of light then costs one pass over the picture.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.base.frame import Picture
from edge.capture.street import poles, sky
from edge.capture.street.lens import Points
from edge.capture.street.light import LAMP, Daylight, Light
from edge.capture.street.raster import Raster
from edge.capture.street.shape import Shape, openness, shadowed
from edge.capture.street.surfaces import Box, Surface

_HALF = 2
_BAND_ROWS = 60
_LAMP_POWER = 36.0
_REACH_UNIT = 3.0 / 255
_LAMPS = np.array(poles.LAMPS, np.float32)


def tone(irradiance: Light, reflects: Light) -> Light:
    """Returns what the sensor shows, 0 to 255, of surfaces that reflect 0 to 1 (both with a gamma of 2)."""
    return np.asarray(255.0 * np.sqrt(1.0 - np.exp(-irradiance * np.square(reflects))), np.float32)


def lamplight(places: Points, normals: Points) -> NDArray[np.float32]:
    """Returns how much the street lamps throw on places (..., 3) that face ``normals``."""
    total = np.zeros(places.shape[:-1], np.float32)
    for lamp in _LAMPS:
        away = lamp - places
        square = np.einsum("...i,...i->...", away, away) + 1.5
        facing = np.clip(np.einsum("...i,...i->...", away, normals), 0.0, None)
        total += _LAMP_POWER * facing * np.clip(away[..., 2], 0.0, None) / (square * square)
    return total


def lamplight_at(x: float, y: float, z: float) -> float:
    """Returns ``lamplight`` on one place that looks up and back to the camera; quicker for few places."""
    total = 0.0
    for lamp_x, lamp_y, lamp_z in poles.LAMPS:
        dx, dy, dz = lamp_x - x, lamp_y - y, lamp_z - z
        square = dx * dx + dy * dy + dz * dz + 1.5
        total += _LAMP_POWER * max(0.0, 0.2 * dx - 0.7 * dy + 0.68 * dz) * max(0.0, dz) / (square * square)
    return total


def sky_share(normals: Points) -> NDArray[np.float32]:
    """Returns how much of the sky's light falls on surfaces (..., 3) for how far they look up."""
    return np.asarray(0.62 + 0.38 * normals[..., 2], np.float32)


class Shading:
    """Turns one raster of the still street into pictures.

    Attributes:
        shape: where its pixels lie.
        sunlit: uint8 (height / 2, width / 2), 255 where no box stands between a place and the sun.
    """

    def __init__(self, raster: Raster, surfaces: Sequence[Surface], boxes: Sequence[Box]) -> None:
        self.shape = Shape(raster.ids, surfaces)
        self._raster = raster
        self._boxes = boxes
        self._circuits = [surface.circuit for surface in surfaces]
        self._height, self._width = raster.ids.shape
        self._grid = np.arange(0, self._width, _HALF), np.arange(0, self._height, _HALF)
        self._ids = self.shape.at(*self._grid)
        self._never_shaded = np.array([True, *(not it.catches_shadow for it in surfaces)])[self._ids]
        self._reach = np.zeros(self._ids.shape, np.uint8)
        for part in self._parts():
            places = self.shape.places(self._grid[0], self._grid[1][part])
            self._reach[part] = _packed(lamplight(places, self.shape.normals[self._ids[part]]) / _REACH_UNIT)
        coarse = self.shape.places(self._grid[0][::2], self._grid[1][::2])
        self._open = _open_sky(coarse, boxes, self._ids.shape)
        self.sunlit = np.full(self._ids.shape, 255, np.uint8)

    def picture(self, light: Daylight, lit: dict[str, Light]) -> Picture:
        """Returns the still street, uint8 (height, width, 3), blue green red.

        Args:
            lit: what each circuit that is on gives off; circuits that are not named are dark.
        """
        self._turn_sun(light)
        result = np.zeros((self._height, self._width, 3), np.uint8)
        above = self._sky_rows()
        result[:above] = sky.sky(light, self._width, self._height, above)
        tables = self._tables(light, lit)
        for top in range(0, self._height, _BAND_ROWS):
            rows = np.arange(top, min(self._height, top + _BAND_ROWS))
            ids = self._raster.ids[rows]
            shown = self._lit(rows, ids, tables, light)
            part = result[rows[0] : rows[-1] + 1]
            part[:] = _over(shown, part, self._raster.covered[rows])
        return result

    def occluders(self) -> NDArray[np.uint16]:
        """Returns how far away what stands upright is, uint16 (height, width), centimetres; 65535 is nothing."""
        result = np.full((self._height, self._width), 65535, np.uint16)
        for top in range(0, self._height, _BAND_ROWS):
            rows = np.arange(top, min(self._height, top + _BAND_ROWS))
            ids = self._raster.ids[rows]
            depth = np.minimum(self.shape.depth(np.arange(self._width), rows) * 100, 65535)
            result[rows] = np.where((ids == 0) | self.shape.level[ids], 65535, depth).astype(np.uint16)
        return result

    def _lit(
        self, rows: NDArray[np.int_], ids: NDArray[np.uint16], tables: tuple[Light, Light, Light], light: Daylight
    ) -> Picture:
        """Returns some rows of the street under the light."""
        sky_part, sun_part, glow = tables
        irradiance = sky_part[ids] * self._grown(self._open, rows)[..., None]
        irradiance += sun_part[ids] * self._grown(self.sunlit, rows)[..., None]
        irradiance += glow[ids]
        if light.lamps:
            irradiance += (255 * _REACH_UNIT * light.lamps) * self._grown(self._reach, rows)[..., None] * LAMP
        reflects = self._raster.reflects[rows] * np.float32(1 / 255)
        reflects[self.shape.level[ids]] *= np.float32(1 - 0.3 * light.rain)
        shown = tone(irradiance, reflects)
        return self._hazy(shown, rows, light)

    def _hazy(self, shown: Light, rows: NDArray[np.int_], light: Daylight) -> Picture:
        depth = self.shape.depth(np.arange(0, self._width, _HALF), rows)
        through = np.exp(-depth * (1 / 480 + light.rain / 110))
        wide = cv2.resize(through, (self._width, len(rows)), interpolation=cv2.INTER_NEAREST)[..., None]
        return np.asarray(shown * wide + sky.horizon(light) * 0.94 * (1 - wide), np.float32).astype(np.uint8)

    def _tables(self, light: Daylight, lit: dict[str, Light]) -> tuple[Light, Light, Light]:
        """Returns what falls on each surface (by id) from sky and sun, and what it gives off itself."""
        normals = self.shape.normals
        facing = np.clip(normals @ light.direction(), 0, None)
        dark = np.zeros(3, np.float32)
        glow = np.array([dark, *(lit.get(circuit, dark) for circuit in self._circuits)], np.float32)
        return sky_share(normals)[:, None] * light.ambient(), facing[:, None] * light.sun(), glow

    def _turn_sun(self, light: Daylight) -> None:
        if not light.sun().any():
            return
        facing = self.shape.normals @ light.direction() > 0
        sharp = np.zeros(self._ids.shape, np.uint8)
        for part in self._parts():
            ids, always = self._ids[part], self._never_shaded[part]
            asked = facing[ids] & (ids > 0) & ~always
            places = self.shape.places(self._grid[0], self._grid[1][part])[asked]
            hidden = shadowed(places + 0.03 * self.shape.normals[ids[asked]], self._boxes, light.direction())
            sharp[part] = np.where(always, 255, 0)
            sharp[part][asked] = np.where(hidden, 0, 255)
        self.sunlit = np.asarray(cv2.blur(sharp, (3, 3)), np.uint8)

    def _parts(self) -> list[slice]:
        """Returns the rows of the half-size maps in parts, so that what is worked out on the way stays small."""
        return [slice(top, top + _BAND_ROWS) for top in range(0, len(self._grid[1]), _BAND_ROWS)]

    def _grown(self, half: Picture, rows: NDArray[np.int_]) -> Light:
        """Returns rows of a half-size map at full size, 0 to 1."""
        part = half[rows[0] // _HALF : rows[-1] // _HALF + 1]
        return np.asarray(cv2.resize(part, (self._width, len(rows))), np.float32) / np.float32(255)

    def _sky_rows(self) -> int:
        seen = np.flatnonzero((self._raster.ids == 0).any(axis=1))
        return int(seen[-1]) + 1 if len(seen) else 0


def _packed(values: Light) -> Picture:
    return np.clip(values, 0, 255).astype(np.uint8)


def _over(street: Picture, sky_part: Picture, covered: Picture) -> Picture:
    """Returns the street in front of the sky, mixed where a pixel shows both."""
    edge = covered < 255
    share = covered[edge, None].astype(np.float32) / 255
    street[edge] = (street[edge] * share + sky_part[edge] * (1 - share)).astype(np.uint8)
    return street


def _open_sky(places: Points, boxes: Sequence[Box], shape: tuple[int, ...]) -> Picture:
    """Returns how open places are to the sky, 255 wholly, grown to ``shape``."""
    coarse = _packed(255 * openness(places, boxes))
    return np.asarray(cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR), np.uint8)
