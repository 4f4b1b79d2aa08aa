"""Which pair of keys a segment is sealed to.

Rules:
  1. A segment's start picks the local day; a trusted clock picks that day's pair.
  2. The day never runs behind the last day used or receipted: a clock that stepped back does not reach for keys that
     may be destroyed already.
  3. Without a trusted clock it is the spare pair of that last day's week; before any such day, of the week in which
     the key list was issued.
  4. Where the list has no pair for that, the newest earlier spare would be a guess: there is none, and the recorder
     says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from edge.base.clock import ClockQuality, to_datetime
from edge.base.errors import BadConfiguration
from edge.wire.keylist import KeyList, Pair, week_of


@dataclass(frozen=True, slots=True)
class Choice:
    """The local day of a segment and the pair that it is sealed to."""

    day: str
    pair: Pair


def local_day(moment_us: int, zone: ZoneInfo) -> str:
    """Returns the local date of a UTC time as YYYY-MM-DD."""
    return to_datetime(moment_us).astimezone(zone).date().isoformat()


def choose(
    key_list: KeyList, start_us: int, quality: ClockQuality, last_trusted_day: str | None, zone: ZoneInfo
) -> Choice:
    """Returns what a segment that starts at ``start_us`` is sealed to.

    Args:
        last_trusted_day: newest day that was used with a trusted clock or told by a receipt.

    Raises:
        BadConfiguration: the key list has no pair for it.
    """
    day = local_day(start_us, zone)
    if quality is ClockQuality.UNTRUSTED:
        day = last_trusted_day or local_day(key_list.issued, zone)
        pair = key_list.spare(week_of(day))
    else:
        day = max(day, last_trusted_day or day)
        pair = key_list.day(day) or key_list.spare(week_of(day))
    if pair is None:
        raise BadConfiguration(
            f"key list version {key_list.version} has no key for {day}{_range(key_list)};"
            " let both custodians issue and sign further days"
        )
    return Choice(date.fromisoformat(day).isoformat(), pair)


def _range(key_list: KeyList) -> str:
    days = sorted(pair.period for pair in key_list.days)
    return f" (it reaches from {days[0]} to {days[-1]})" if days else ""
