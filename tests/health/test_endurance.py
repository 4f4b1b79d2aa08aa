"""How fast a card is written and how long it lasts, computed without storing anything."""

from __future__ import annotations

import pytest

from edge.health.endurance import DAY_S, STEP_S, LastDay, Look, days_left

GB = 1_000_000_000


def after(*looks: Look) -> LastDay:
    day = LastDay()
    for look in looks:
        day.add(look)
    return day


def test_a_restarted_process_takes_the_mean_since_the_board_started() -> None:
    assert after(Look(10 * DAY_S, 160 * GB)).bytes_a_day == 16 * GB


def test_after_a_day_only_that_day_counts() -> None:
    """So a bitrate that was changed shows the next day, however long the board has been up."""
    begin = 100 * DAY_S
    looks = [Look(begin + hour * STEP_S, 160 * GB + hour * GB) for hour in range(26)]
    assert after(*looks).bytes_a_day == 24 * GB
    assert after(*looks[:3]).bytes_a_day == round(162 * GB * DAY_S / (begin + 2 * STEP_S))


def test_looks_every_half_minute_keep_a_days_worth_only() -> None:
    day = LastDay()
    for beat in range(3 * DAY_S // 30):
        day.add(Look(beat * 30.0, beat * 30_000))
    assert len(day._looks) <= 26
    assert day.bytes_a_day == DAY_S * 1000


@pytest.mark.parametrize("uptime_s", [0.0, 60.0, STEP_S - 1])
def test_a_young_board_tells_no_rate(uptime_s: float) -> None:
    assert LastDay().bytes_a_day is None
    assert after(Look(uptime_s, GB)).bytes_a_day is None


def test_errors_at_the_start_are_no_errors() -> None:
    """USB bridges fail questions that they do not know, a few at each start."""
    day = after(Look(60, 0, 3))
    assert day.io_errors == 0
    day.add(Look(90, 0, 5))
    assert day.io_errors == 2


def test_errors_are_forgotten_after_a_day() -> None:
    day = after(*(Look(60 + hour * STEP_S, 0, 5 if hour else 0) for hour in range(30)))
    assert day.io_errors == 0


def test_a_disk_that_counts_no_errors_tells_none() -> None:
    assert LastDay().io_errors is None
    assert after(Look(60, 0)).io_errors is None
    assert after(Look(60, 0, 4), Look(90, 0, None)).io_errors is None


@pytest.mark.parametrize("exchanged", [Look(2 * DAY_S + 60, GB, 3), Look(2 * DAY_S + 60, 60 * GB, 0)])
def test_an_exchanged_disk_begins_its_day_anew(exchanged: Look) -> None:
    day = after(Look(2 * DAY_S, 50 * GB, 3), exchanged)
    assert day.bytes_a_day is None
    assert day.io_errors == 0
    day.add(Look(exchanged.uptime_s + STEP_S, exchanged.written_bytes + GB, exchanged.io_errors))
    assert day.bytes_a_day == 24 * GB


@pytest.mark.parametrize(
    ("rate", "written", "endurance", "wear", "left"),
    [
        (16 * GB, 1_600 * GB, 17_600 * GB, None, 1000),
        (16 * GB, 17_600 * GB, 17_600 * GB, None, 0),
        (16 * GB, 20_000 * GB, 17_600 * GB, None, 0),
        (None, 20_000 * GB, 17_600 * GB, None, 0),
        (None, 1_600 * GB, 17_600 * GB, None, None),
        (0, 1_600 * GB, 17_600 * GB, None, None),
        (16 * GB, None, 17_600 * GB, None, None),
        (16 * GB, 1_600 * GB, None, None, None),
        (10 * GB, 1_500 * GB, None, 20, 850),  # 15 % worn by 1,500 GB: another 8,500 GB
        (10 * GB, 9_500 * GB, None, 100, 50),
        (10 * GB, 1_500 * GB, None, 10, None),  # anything up to a tenth: says nothing yet
        (10 * GB, 0, None, 50, None),
        (10 * GB, 1_500 * GB, 99_999 * GB, 110, 0),  # its own word: worn out
        (10 * GB, 1_500 * GB, 2_500 * GB, 20, 100),
        (10 * GB, 1_500 * GB, 99_999 * GB, 20, 850),
    ],
)
def test_days_left_are_the_least_that_is_known(
    rate: int | None, written: int | None, endurance: int | None, wear: int | None, left: int | None
) -> None:
    found = days_left(bytes_a_day=rate, written_bytes=written, endurance_bytes=endurance, wear_percent=wear)
    assert found == left
