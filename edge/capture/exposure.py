"""How long and how strongly a sensor exposes, and whether it is night: decided by us, from painted pixels alone.

A camera's own exposure looks at the whole picture, private places included: libcamera's histogram and its estimate of
the light know no weights on boards before the Pi 5, and no board's estimate leaves any place out. So it is off.

Rules:
  1. The mean of the unpainted luma is led to ``TARGET``, from what the frame itself was exposed with: what was asked
     for takes effect some frames later.
  2. Time first, up to ``BLUR_US``, for gain is noise; then gain up to ``EARLY_GAIN``; then time up to the frame's
     period; then gain up to the limit of day or night.
  3. Night is when day's exposure no longer suffices, day when far less than night's does; each must last. Lamps of the
     camera's own make its night bright: a day that ends soon after it began makes the next one wait twice as long.
"""

from __future__ import annotations

from dataclasses import dataclass

TARGET, BLACK = 90.0, 16.0
"""Luma."""
BLUR_US = 20_000
FLOOR_US = 100
"""No exposure is shorter."""
EARLY_GAIN, DAY_GAIN, NIGHT_GAIN = 4.0, 8.0, 16.0
EVERY_NS = 250_000_000
"""So often it is looked at: about as long as a change takes to be seen."""
NIGHT_TOTAL_US, DAY_TOTAL_US = 160_000.0, 10_000.0
"""Exposure time x gain that the scene would need."""
LASTING_S, LONGEST_WAIT_S, SHORT_DAY_S = 30.0, 3600.0, 600.0
_STEP, _CLOSE_ENOUGH = 4.0, 0.06
_POWER = 1.5
"""Pictures follow exposure by about its root (gamma): more than the ratio, less than its square, and it settles."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """Time, microseconds, and analogue gain."""

    time_us: int
    gain: float

    @property
    def total_us(self) -> float:
        """Time x gain."""
        return self.time_us * self.gain


@dataclass(frozen=True, slots=True)
class Limits:
    """What a sensor can do at its frame rate; ``gain`` is its least and its most."""

    longest_us: int
    gain: tuple[float, float] = (1.0, NIGHT_GAIN)


BEGIN = Exposure(10_000, 1.0)


def split(total_us: float, limits: Limits, most: float) -> Exposure:
    """Returns the exposure for a time x gain (rule 2), as near to it as ``limits`` and the gain ``most`` allow."""
    low, high = limits.gain[0], min(limits.gain[1], most)
    time_us = _clamp(total_us / low, FLOOR_US, min(BLUR_US, limits.longest_us))
    if total_us / time_us > EARLY_GAIN:
        time_us = _clamp(total_us / EARLY_GAIN, time_us, limits.longest_us)
    return Exposure(round(time_us), round(_clamp(total_us / time_us, low, high), 3))


class DayNight:
    """Whether it is night (rule 3)."""

    def __init__(self) -> None:
        self.night = False
        self._since_ns: int | None = None
        self._day_began_ns: int | None = None
        self._wait_s = LASTING_S

    def take(self, wanted_us: float, now_ns: int) -> bool:
        """Takes the exposure that the scene would need; returns whether it is night."""
        turns = wanted_us < DAY_TOTAL_US if self.night else wanted_us > NIGHT_TOTAL_US
        if not turns:
            self._since_ns = None
            return self.night
        self._since_ns = now_ns if self._since_ns is None else self._since_ns
        if now_ns - self._since_ns >= (self._wait_s if self.night else LASTING_S) * 1e9:
            self._turn(now_ns)
        return self.night

    def _turn(self, now_ns: int) -> None:
        self.night, self._since_ns = not self.night, None
        if not self.night:
            self._day_began_ns = now_ns
        elif self._day_began_ns is not None:
            short = now_ns - self._day_began_ns < SHORT_DAY_S * 1e9
            self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S) if short else LASTING_S


class Metering:
    """Leads one sensor's exposure.

    Attributes:
        exposure: what is asked of the sensor.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits, self._days = limits, DayNight()
        self.exposure = split(BEGIN.total_us, limits, DAY_GAIN)
        self._next_ns = 0

    @property
    def night(self) -> bool:
        """Whether it is night."""
        return self._days.night

    def take(self, level: float, was: Exposure, now_ns: int) -> bool:
        """Takes the mean luma of a frame's unpainted pixels and what it was exposed with; returns whether all is new.

        What is new are ``exposure`` and ``night``; looks that come too soon change nothing.
        """
        if now_ns < self._next_ns:
            return False
        self._next_ns = now_ns + EVERY_NS
        before, ratio = (self.exposure, self.night), (TARGET - BLACK) / max(level - BLACK, 1.0)
        night = self._days.take(was.total_us * ratio, now_ns)
        if abs(ratio - 1) > _CLOSE_ENOUGH:
            factor = _clamp(ratio**_POWER, 1 / _STEP, _STEP)
            self.exposure = split(was.total_us * factor, self._limits, NIGHT_GAIN if night else DAY_GAIN)
        return (self.exposure, night) != before


def _clamp(value: float, low: float, high: float) -> float:
    return max(low, min(value, high))
