"""Periods of the key list: local days and ISO weeks, and when each has expired."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from edge.base.clock import SECOND_US, from_iso, to_datetime
from edge.base.errors import UsageFault
from edge.wire.keylist import week_of

DAYS_LIMIT = 400
"""Longest key list: offline nodes get more than a year."""
RETENTION_DAYS = range(2, 32)
"""At most one month (R-TOTTORI-06), and one day is not claimed to be short enough (R-SAKU-01)."""


def is_week(period: str) -> bool:
    """Tells an ISO week from a day."""
    return "W" in period


def periods_from(first: date, days: int) -> list[str]:
    """Returns ``days`` days from ``first`` on, then the ISO weeks that they touch.

    Raises:
        UsageFault: not between 1 and ``DAYS_LIMIT`` days.
    """
    if not 1 <= days <= DAYS_LIMIT:
        raise UsageFault(f"--days {days}: a key list covers 1 to {DAYS_LIMIT} days")
    names = [(first + timedelta(days=index)).isoformat() for index in range(days)]
    return names + sorted({week_of(day) for day in names})


def last_day(period: str) -> date:
    """Returns the day itself, or a week's Sunday.

    Raises:
        ValueError: no such day or week.
    """
    if is_week(period):
        return date.fromisocalendar(int(period[:4]), int(period[6:]), 7)
    return date.fromisoformat(period)


def has_expired(period: str, today: date, retention_days: int) -> bool:
    """Tells whether ``period`` lies ``retention_days`` back, so that no picture of it gets older than that."""
    return last_day(period) + timedelta(days=retention_days) <= today


def require_retention(retention_days: int) -> int:
    """Returns a retention within the bounds.

    Raises:
        UsageFault: below or above.
    """
    if retention_days not in RETENTION_DAYS:
        low, high = RETENTION_DAYS.start, RETENTION_DAYS.stop - 1
        raise UsageFault(
            f"retention of {retention_days} days: it must be {low} to {high} days (R-SAKU-01, R-TOTTORI-06)"
        )
    return retention_days


def local_day(moment_us: int, zone: ZoneInfo) -> date:
    """Returns the local day of a UTC time in microseconds."""
    return to_datetime(moment_us).astimezone(zone).date()


def day_end_us(day: date, zone: ZoneInfo) -> int:
    """Returns UTC microseconds of the local midnight that ends ``day``."""
    following = day + timedelta(days=1)
    return from_iso(f"{following.isoformat()}T00:00:00+00:00") - _offset_us(following, zone)


def zone_named(name: str) -> ZoneInfo:
    """Returns a time zone.

    Raises:
        UsageFault: unknown.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageFault(f"time zone {name[:64]!r} is not known; write for example Asia/Tokyo") from error


def _offset_us(day: date, zone: ZoneInfo) -> int:
    midnight = to_datetime(0).replace(year=day.year, month=day.month, day=day.day, tzinfo=zone)
    offset = midnight.utcoffset()
    return 0 if offset is None else int(offset.total_seconds()) * SECOND_US
