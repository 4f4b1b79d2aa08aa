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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from edge.base.clock import ClockQuality
from edge.seal.manifest import Kind
from edge.seal.record import Header

_ACCOUNTING = (Kind.SEGMENT, Kind.GAP, Kind.SHUTDOWN)


@dataclass(frozen=True, slots=True)
class Span:
    """A record's times, UTC microseconds.

    Attributes:
        by: the record that they are mapped by; None where they are its own.
        believed: whether its clock or that record's was trusted.
    """

    start_us: int
    end_us: int
    by: Header | None
    believed: bool


def correct(headers: Sequence[Header]) -> list[Span]:
    """Returns the times of one chain's headers, given by rising sequence; others may be missing between them."""
    trusted: dict[str, list[Header]] = {}
    for header in headers:
        if is_trusted(header):
            trusted.setdefault(header.manifest.boot, []).append(header)
    spans = [_span(header, trusted.get(header.manifest.boot, [])) for header in headers]
    before: tuple[str, int] | None = None
    for place, header in enumerate(headers):
        if before is not None and header.kind is Kind.GAP and header.manifest.boot != before[0]:
            spans[place] = replace(spans[place], start_us=min(before[1], spans[place].end_us))
        if header.kind in _ACCOUNTING:
            before = header.manifest.boot, spans[place].end_us
    return spans


def is_trusted(header: Header) -> bool:
    """Tells whether the record's own clock was trusted."""
    return header.manifest.clock is not ClockQuality.UNTRUSTED


def mapped_by(spans: Iterable[Span]) -> list[Header]:
    """Returns the records that others are mapped by, each once, by sequence."""
    found = {span.by.sequence: span.by for span in spans if span.by is not None}
    return [found[sequence] for sequence in sorted(found)]


def _span(header: Header, trusted: list[Header]) -> Span:
    manifest = header.manifest
    if is_trusted(header) or not trusted:
        return Span(manifest.start_us, manifest.end_us, None, is_trusted(header))
    place = bisect_left(trusted, header.sequence, key=lambda other: other.sequence)
    by = trusted[min(place, len(trusted) - 1)]
    offset_us = by.manifest.end_us - by.manifest.mono_end_us
    start_us, end_us = (max(0, moment + offset_us) for moment in (manifest.mono_start_us, manifest.mono_end_us))
    return Span(start_us, end_us, by, True)
