"""What the index keeps of a run's records: packed entries for finding them, spans for the coverage bar."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from edge.seal.manifest import Gap, Kind
from edge.seal.record import Header

_ENTRY = struct.Struct(">32sIHB")
MERGE_US = 500_000
"""Segments meet at the next frame, so less than half a second between two is no gap."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of a run: its hash, the length of the whole record and of its header."""

    sha256: str
    record_bytes: int
    header_bytes: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time: ``recorded``, ``blanked``, or the cause of a gap."""

    kind: str
    start_us: int
    end_us: int


def dump_entries(headers: Iterable[Header]) -> bytes:
    """Packs one entry a record: hash, record bytes, header bytes, kind."""
    return b"".join(
        _ENTRY.pack(bytes.fromhex(header.sha256), header.record_bytes, len(header.data), header.kind)
        for header in headers
    )


def parse_entries(data: bytes) -> tuple[Entry, ...]:
    """Unpacks what ``dump_entries`` packed."""
    return tuple(
        Entry(sha256.hex(), record, header, Kind(kind)) for sha256, record, header, kind in _ENTRY.iter_unpack(data)
    )


def spans_of(headers: Iterable[Header]) -> tuple[Span, ...]:
    """Returns the time that records account for; what continues is one span."""
    found = [span for header in headers if (span := _span(header)) is not None]
    return merge(found)


def merge(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Joins spans of one kind that meet or overlap; the order is by start."""
    joined: dict[str, list[Span]] = {}
    for span in sorted(spans, key=lambda item: item.start_us):
        line = joined.setdefault(span.kind, [])
        if line and span.start_us <= line[-1].end_us + MERGE_US:
            line[-1] = Span(span.kind, line[-1].start_us, max(line[-1].end_us, span.end_us))
        else:
            line.append(span)
    return tuple(sorted((span for line in joined.values() for span in line), key=lambda item: item.start_us))


def _span(header: Header) -> Span | None:
    manifest = header.manifest
    if manifest.segment is not None:
        return Span("blanked" if manifest.segment.blanked else "recorded", manifest.start_us, manifest.end_us)
    if isinstance(manifest.detail, Gap):
        return Span(manifest.detail.cause.value, manifest.start_us, manifest.end_us)
    return None
