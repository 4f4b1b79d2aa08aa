"""How exposure follows the light, and when it is night: pure, at made-up times."""

from __future__ import annotations

import pytest

from edge.capture.exposure import (
    BLACK,
    BLUR_US,
    DAY_GAIN,
    EVERY_NS,
    FLOOR_US,
    NIGHT_GAIN,
    TARGET,
    DayNight,
    Exposure,
    Limits,
    Metering,
    split,
)

LIMITS = Limits(66_667)
S = 1_000_000_000


@pytest.mark.parametrize(
    ("total_us", "most", "exposure"),
    [
        (0, DAY_GAIN, Exposure(FLOOR_US, 1.0)),
        (5_000, DAY_GAIN, Exposure(5_000, 1.0)),
        (BLUR_US, DAY_GAIN, Exposure(BLUR_US, 1.0)),
        (40_000, DAY_GAIN, Exposure(BLUR_US, 2.0)),
        (80_000, DAY_GAIN, Exposure(BLUR_US, 4.0)),
        (200_000, DAY_GAIN, Exposure(50_000, 4.0)),
        (400_000, DAY_GAIN, Exposure(66_667, 6.0)),
        (10**7, DAY_GAIN, Exposure(66_667, DAY_GAIN)),
        (10**7, NIGHT_GAIN, Exposure(66_667, NIGHT_GAIN)),
    ],
)
def test_time_comes_before_gain_and_gain_before_blur(total_us: float, most: float, exposure: Exposure) -> None:
    assert split(total_us, LIMITS, most) == exposure


def test_a_sensors_own_limits_hold() -> None:
    assert split(10**7, Limits(10_000, (1.2, 6.0)), NIGHT_GAIN) == Exposure(10_000, 6.0)
    assert split(0, Limits(10_000, (1.2, 6.0)), NIGHT_GAIN) == Exposure(FLOOR_US, 1.2)


@pytest.mark.parametrize("gamma", [1.0, 0.45])
@pytest.mark.parametrize("light", [0.02, 0.3, 1.0, 5.0, 40.0])
def test_exposure_settles_at_the_target_and_stays(light: float, gamma: float) -> None:
    metering, now_ns, changes = Metering(LIMITS), 0, []
    for _ in range(60):
        now_ns += EVERY_NS
        level = min(235.0, BLACK + 74 * (light * metering.exposure.total_us / 10_000) ** gamma)
        changes.append(metering.take(level, metering.exposure, now_ns))
    assert not any(changes[-20:])
    assert level == pytest.approx(TARGET, rel=0.08)


def test_where_there_is_too_little_light_it_goes_to_its_limit_and_stays() -> None:
    metering = Metering(LIMITS)
    for number in range(1, 40):
        metering.take(BLACK, metering.exposure, number * EVERY_NS)
    assert metering.exposure == Exposure(LIMITS.longest_us, DAY_GAIN)


def test_looks_that_come_too_soon_change_nothing() -> None:
    metering = Metering(LIMITS)
    assert metering.take(200.0, metering.exposure, EVERY_NS)
    assert not metering.take(200.0, metering.exposure, 2 * EVERY_NS - 1)
    assert metering.take(200.0, metering.exposure, 2 * EVERY_NS)


def test_night_and_day_must_last_and_lie_far_apart() -> None:
    days = DayNight()
    assert not days.take(200_000.0, 0) and not days.take(200_000.0, 29 * S)
    assert not days.take(150_000.0, 30 * S) and not days.take(200_000.0, 31 * S)  # a pause begins it anew
    assert days.take(200_000.0, 61 * S)
    assert days.take(12_000.0, 1000 * S) and days.take(12_000.0, 2000 * S)  # between the two nothing changes
    assert days.take(9_000.0, 2001 * S) and not days.take(9_000.0, 2031 * S)


def test_lamps_that_make_the_night_look_like_day_turn_the_filter_ever_more_rarely() -> None:
    days, turns, night = DayNight(), [], False
    for second in range(0, 12 * 3600):
        wanted_us = 5_000.0 if days.night else 500_000.0
        if days.take(wanted_us, second * S) is not night:
            night = not night
            turns.append(second)
    assert len(turns) < 40  # without the brake over a thousand
    assert turns[-1] - turns[-2] >= 3600 or turns[-2] - turns[-3] >= 3600
