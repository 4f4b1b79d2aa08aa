"""Which pair of keys a segment is sealed to.

Rules:
  1. A segment's start picks the local day; a trusted clock picks that day's pair, or its week's spare.
  2. The day never runs behind the last day used or known to have begun: a clock that stepped back does not reach for
     keys that may be destroyed already.
  3. Without a trusted clock it is the spare pair of that last day's week; before any such day, of the week in which
     the key list was issued. Where the list begins later, it is its first spare from then on.
  4. A last day that lies beyond the list's end was a false clock's and counts for nothing: both custodians signed which
     days can be.
  5. Where the list has no pair for that, an earlier one would be a guess: there is none, and the recorder says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from edge.base.clock import SECOND_US, ClockQuality, from_iso, to_datetime
from edge.base.errors import BadConfiguration
from edge.wire.keylist import KeyList, Pair, week_of

_DAY_US = 86_400 * SECOND_US


@dataclass(frozen=True, slots=True)
class Choice:
    """The local day of a segment and the pair that it is sealed to."""

    day: str
    pair: Pair


def local_day(moment_us: int, zone: ZoneInfo) -> str:
    """Returns the local date of a UTC time as YYYY-MM-DD."""
    return to_datetime(moment_us).astimezone(zone).date().isoformat()


def in_use_us(key_list: KeyList) -> tuple[int, int]:
    """Returns the first and last UTC time at which the list can be in use, a day's grace at both ends."""
    return key_list.issued - _DAY_US, _end_us(key_list) + _DAY_US


def reaches(key_list: KeyList, day: str) -> bool:
    """Tells whether the list goes as far as a day, or farther."""
    return bool(key_list.days or key_list.spares) and day <= _last(key_list).isoformat()


def choose(
    key_list: KeyList,
    start_us: int,
    quality: ClockQuality,
    last_day: str | None,
    zone: ZoneInfo,
    *,
    known_day: str | None = None,
) -> Choice:
    """Returns what a segment that starts at ``start_us`` is sealed to.

    Args:
        last_day: newest day that was used with a trusted clock or told by a receipt.
        known_day: day that is known to have begun.

    Raises:
        BadConfiguration: the key list has no pair for it.
    """
    last = last_day if last_day is not None and reaches(key_list, last_day) else None
    if quality is ClockQuality.UNTRUSTED:
        choice = _spare(key_list, max(filter(None, (last, known_day)), default=local_day(key_list.issued, zone)))
    else:
        day = local_day(start_us, zone)
        choice = _of_day(key_list, max(day, last or day))
    if choice.pair is None:
        raise BadConfiguration(
            f"key list version {key_list.version} has no key for {choice.day}{_range(key_list)};"
            " let both custodians issue and sign further days"
        )
    return Choice(choice.day, choice.pair)


@dataclass(frozen=True, slots=True)
class _Candidate:
    day: str
    pair: Pair | None


def _of_day(key_list: KeyList, day: str) -> _Candidate:
    return _Candidate(day, key_list.day(day) or key_list.spare(week_of(day)))


def _spare(key_list: KeyList, day: str) -> _Candidate:
    """Returns the first spare whose week is not over by ``day``; its own day lies in that week."""
    weeks = [pair for pair in key_list.spares if pair.period >= week_of(day)]
    if not weeks:
        return _Candidate(day, None)
    pair = min(weeks, key=lambda spare: spare.period)
    return _Candidate(max(day, _monday(pair.period).isoformat()), pair)


def _last(key_list: KeyList) -> date:
    """Returns the last day that a day or a spare is for."""
    days = [date.fromisoformat(pair.period) for pair in key_list.days]
    return max(days + [_monday(pair.period) + timedelta(days=6) for pair in key_list.spares])


def _end_us(key_list: KeyList) -> int:
    if not key_list.days and not key_list.spares:
        return key_list.expires
    return from_iso(f"{(_last(key_list) + timedelta(days=1)).isoformat()}T00:00:00+00:00")


def _monday(week: str) -> date:
    return date.fromisocalendar(int(week[:4]), int(week[6:]), 1)


def _range(key_list: KeyList) -> str:
    days = sorted(pair.period for pair in key_list.days)
    return f" (it reaches from {days[0]} to {days[-1]})" if days else ""
