"""Daylight, lamps and lit rooms, from the wall time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from edge.base.clock import SECOND_US, to_datetime

Light = NDArray[np.float32]
"""float32 (3,), blue, green, red: how much falls on a surface; about 1 is daylight."""

_LATITUDE = math.radians(35.7)
_STREET_HEADING = math.radians(-55.0)
"""Where the road leads, clockwise from north: north-west, so that the sun lights the houses on the right all day."""
_SOLAR_NOON_H = 11.75
LAMP = np.array((0.62, 0.84, 1.0), np.float32)
ROOM = np.array((0.40, 0.72, 1.0), np.float32)


@dataclass(frozen=True, slots=True)
class Daylight:
    """One condition of light; equal ones look the same.

    Attributes:
        hour: local time, hours and fractions.
        elevation_deg: of the sun, negative at night.
        azimuth_rad: of the sun, clockwise from the road's direction.
        rain: 0 to 1.
    """

    hour: float
    elevation_deg: float
    azimuth_rad: float
    rain: float

    @property
    def day(self) -> float:
        """0 at night, 1 by day, in between at dusk and dawn."""
        return _step(self.elevation_deg, -8.0, 12.0)

    @property
    def lamps(self) -> float:
        """How far street lamps, headlights and rooms are on: 0 or 1 and what lies between at dusk."""
        gloom = 5.0 * self.rain
        return 1.0 - _step(self.elevation_deg, -2.0 + gloom, 3.0 + gloom)

    def sun(self) -> Light:
        """Returns what the sun adds on a surface that faces it: red when low, nothing in rain."""
        height = _step(self.elevation_deg, -1.0, 14.0)
        warm = np.array((0.30, 0.62, 1.0), np.float32) * (1 - height) + np.array((0.86, 0.95, 1.0), np.float32) * height
        clear = (1 - min(1.0, 1.6 * self.rain)) ** 2
        return np.asarray(warm * 2.3 * _step(self.elevation_deg, -1.0, 10.0) * clear, np.float32)

    def ambient(self) -> Light:
        """Returns what comes from the whole sky."""
        blue = np.array((1.02, 0.84, 0.72), np.float32)
        grey = np.array((0.98, 0.95, 0.90), np.float32)
        colour = blue * (1 - self.rain) + grey * 0.95 * self.rain
        night = np.array((0.046, 0.032, 0.026), np.float32)
        return np.asarray(colour * self.day**1.6 + night, np.float32)

    def direction(self) -> NDArray[np.float32]:
        """Returns the unit vector towards the sun in street coordinates."""
        elevation = math.radians(max(self.elevation_deg, 1.0))
        flat = math.cos(elevation)
        return np.array(
            (flat * math.sin(self.azimuth_rad), flat * math.cos(self.azimuth_rad), math.sin(elevation)), np.float32
        )


def daylight(wall_us: int, zone: ZoneInfo, rain: float) -> Daylight:
    """Returns the light at a wall time, held for 10 minutes, or for one while it changes fast."""
    exact = _at(to_datetime(wall_us).astimezone(zone), rain)
    step_s = 60 if -14 < exact.elevation_deg < 14 else 600
    held_us = wall_us - wall_us % (step_s * SECOND_US)
    return _at(to_datetime(held_us).astimezone(zone), rain)


def _at(moment: datetime, rain: float) -> Daylight:
    """Places the sun: declination by the day of the year, hour angle from a fixed solar noon (good to a degree)."""
    hour = moment.hour + moment.minute / 60
    declination = math.radians(-23.44) * math.cos(2 * math.pi * (moment.timetuple().tm_yday + 10) / 365.25)
    angle = math.radians(15 * (hour - _SOLAR_NOON_H))
    sine = math.sin(_LATITUDE) * math.sin(declination) + math.cos(_LATITUDE) * math.cos(declination) * math.cos(angle)
    north = math.cos(_LATITUDE) * math.sin(declination) - math.sin(_LATITUDE) * math.cos(declination) * math.cos(angle)
    east = -math.cos(declination) * math.sin(angle)
    return Daylight(hour, math.degrees(math.asin(sine)), math.atan2(east, north) - _STREET_HEADING, rain)


def _step(value: float, low: float, high: float) -> float:
    part = min(1.0, max(0.0, (value - low) / (high - low)))
    return part * part * (3 - 2 * part)
