"""When records really happened, where their clock was not trusted: mapped by a trusted record of the same boot.

Rules:
  1. A record whose clock was trusted keeps its own times.
  2. Another takes those of the nearest trusted record of its boot, a later one first, by the monotonic clock: its
     monotonic times, and that record's wall less monotonic time. CLOCK records are such records, for one stands where
     the clock came to be trusted; the sum of the ``offset_us`` between the two says the same.
  3. Without one its times are its own, and not believed.
  4. A GAP that is the first to account for time in a boot begins where what accounts for time before it ends: no clock
     but the wall spans two boots, and it stood elsewhere.
What is mapped is off by ``STEP_US`` at most for each side, and by what the trusted clock was off.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from edge.base.clock import ClockQuality
from edge.seal.manifest import Kind
from edge.seal.record import Header

_ACCOUNTING = (Kind.SEGMENT, Kind.GAP, Kind.SHUTDOWN)


@dataclass(frozen=True, slots=True)
class Times:
    """What a record says of its own times; small, because a day has 43,200."""

    kind: Kind
    sequence: int
    boot: str
    start_us: int
    end_us: int
    mono_start_us: int
    mono_end_us: int
    trusted: bool


@dataclass(frozen=True, slots=True)
class Corrected:
    """A record's times, UTC microseconds.

    Attributes:
        by: place of the record that they are mapped by; None where they are its own.
        believed: whether its clock or that record's was trusted.
    """

    start_us: int
    end_us: int
    by: int | None
    believed: bool


@dataclass(frozen=True, slots=True)
class Span:
    """The same with the record itself."""

    start_us: int
    end_us: int
    by: Header | None
    believed: bool


def times_of(header: Header) -> Times:
    """Returns what a header says."""
    manifest = header.manifest
    return Times(
        kind=header.kind,
        sequence=header.sequence,
        boot=manifest.boot,
        start_us=manifest.start_us,
        end_us=manifest.end_us,
        mono_start_us=manifest.mono_start_us,
        mono_end_us=manifest.mono_end_us,
        trusted=is_trusted(header),
    )


def correct(headers: Sequence[Header]) -> list[Span]:
    """Returns the times of one chain's headers, given by rising sequence; others may be missing between them."""
    return [
        Span(found.start_us, found.end_us, None if found.by is None else headers[found.by], found.believed)
        for found in correct_times([times_of(header) for header in headers])
    ]


def correct_times(records: Sequence[Times]) -> list[Corrected]:
    """The same for records that are not at hand."""
    trusted: dict[str, list[int]] = {}
    for place, record in enumerate(records):
        if record.trusted:
            trusted.setdefault(record.boot, []).append(place)
    found = [_corrected(place, records, trusted.get(record.boot, [])) for place, record in enumerate(records)]
    before: tuple[str, int] | None = None
    for place, record in enumerate(records):
        if before is not None and record.kind is Kind.GAP and record.boot != before[0]:
            found[place] = replace(found[place], start_us=min(before[1], found[place].end_us))
        if record.kind in _ACCOUNTING:
            before = record.boot, found[place].end_us
    return found


def is_trusted(header: Header) -> bool:
    """Tells whether the record's own clock was trusted."""
    return header.manifest.clock is not ClockQuality.UNTRUSTED


def _corrected(place: int, records: Sequence[Times], trusted: list[int]) -> Corrected:
    record = records[place]
    if record.trusted or not trusted:
        return Corrected(record.start_us, record.end_us, None, record.trusted)
    by = trusted[min(bisect_left(trusted, place), len(trusted) - 1)]
    offset_us = records[by].end_us - records[by].mono_end_us
    start_us, end_us = (max(0, moment + offset_us) for moment in (record.mono_start_us, record.mono_end_us))
    return Corrected(start_us, end_us, by, True)
