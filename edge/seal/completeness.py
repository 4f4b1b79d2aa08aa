"""Whether anything is missing between a window's first and last record, and whether anything was cut off.

Rules:
  1. Sequences run without a hole, but for those that a BOOT declares signed and never synced.
  2. Every SEGMENT is there with its body.
  3. A header before and one after show the window's edges, unless the chain begins or was shut down there.
  4. Within one boot, pauses longer than ``PAUSE_US`` have a signed GAP (monotonic time, so corrections do not matter).
  5. What comes first after another boot is a GAP that begins where the records before it end (UTC; no other clock spans
     two boots, and a node lets that GAP begin no later than there, whatever its clock says).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from edge.seal.answers import Answer, MissingTime, Outcome
from edge.seal.bundle import Evidence
from edge.seal.correction import Span
from edge.seal.manifest import Boot, Gap, Kind
from edge.seal.record import Header

PAUSE_US = 2_000_000


def prove_completeness(evidence: Evidence, chains: dict[str, list[Header]]) -> Answer:
    missing, unknown = list(evidence.incomplete), []
    for chain in dict.fromkeys(header.manifest.chain for header in evidence.whole):
        whole = {header.sequence for header in evidence.whole if header.manifest.chain == chain}
        headers = chains[chain]
        inside = [header for header in headers if min(whole) <= header.sequence <= max(whole)]
        missing += _missing(inside, whole)
        unknown += _cut_off(headers, min(whole), max(whole))
    if missing:
        return Answer(Outcome.INCOMPLETE, tuple(missing))
    if not evidence.whole:
        unknown.append("there is no whole record")
    return Answer(Outcome.CANNOT_TELL, tuple(unknown)) if unknown else Answer(Outcome.OK)


def _missing(headers: list[Header], whole: set[int]) -> list[str]:
    faults = [
        f"record {header.sequence} is there without its picture"
        for header in headers
        if header.kind is Kind.SEGMENT and header.sequence not in whole
    ]
    for before, after in pairwise(headers):
        if after.sequence > before.sequence + 1 and not declares_unsynced(before, after):
            faults.append(f"records {before.sequence + 1} to {after.sequence - 1} are missing")
    return faults + _pauses(headers)


def _pauses(headers: list[Header]) -> list[str]:
    """Finds pauses that no GAP covers."""
    faults, reached_us = [], 0
    covering = [header for header in headers if header.kind in (Kind.SEGMENT, Kind.GAP)]
    for before, after in pairwise(covering):
        if before.manifest.boot != after.manifest.boot:
            reached_us = 0
            faults += _between_boots(before, after)
            continue
        reached_us = max(reached_us, before.manifest.mono_end_us)
        pause_us = after.manifest.mono_start_us - reached_us
        if pause_us > PAUSE_US:
            faults.append(f"{pause_us / 1e6:.1f} s before record {after.sequence} are missing without a signed gap")
    return faults


def _between_boots(before: Header, after: Header) -> list[str]:
    if after.kind is Kind.GAP and after.manifest.start_us <= before.manifest.end_us + PAUSE_US:
        return []
    return [f"the time between two boots before record {after.sequence} is missing without a signed gap"]


def _cut_off(headers: list[Header], first: int, last: int) -> list[str]:
    by_sequence = {header.sequence: header for header in headers}
    unknown = []
    begins = first == 0 or any(adjoins(header, by_sequence[first]) for header in headers if header.sequence < first)
    if not begins:
        unknown.append(f"no header of the record before {first}: what came before cannot be told")
    ends = by_sequence[last].kind is Kind.SHUTDOWN or any(
        adjoins(by_sequence[last], header) for header in headers if header.sequence > last
    )
    if not ends:
        unknown.append(f"no header of the record after {last}: what came after cannot be told")
    return unknown


def adjoins(before: Header, after: Header) -> bool:
    """Whether nothing lies between the two, as far as ``after`` says."""
    return after.sequence == before.sequence + 1 or declares_unsynced(before, after)


def declares_unsynced(before: Header, after: Header) -> bool:
    """Whether ``after`` is a BOOT that links to ``before``: what lies between was signed but never synced."""
    return isinstance(after.manifest.detail, Boot) and after.manifest.previous == before.sha256


def signed_gaps(headers: list[Header], claims: Mapping[str, Span]) -> list[MissingTime]:
    """Returns what the GAP records say; ``claims`` are the times of every record, by its hash."""
    return [
        MissingTime(header.manifest.detail.cause, claims[header.sha256].start_us, claims[header.sha256].end_us)
        for header in headers
        if isinstance(header.manifest.detail, Gap)
    ]
