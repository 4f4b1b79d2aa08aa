"""Where the records of a range lie: a pure computation over the index's rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from edge.center.batch import Address
from edge.center.runs import StoredRun


@dataclass(frozen=True, slots=True)
class Slice:
    """Bytes of one file.

    Attributes:
        kept_headers: of the day's kept headers; else of its records.
    """

    day: str
    offset: int
    length: int
    kept_headers: bool


def record_slices(stored: Iterable[StoredRun], address: Address) -> list[Slice]:
    """Returns one slice a run: whole records of the range whose bodies have not expired."""
    found = []
    for run in stored:
        if run.expired:
            continue
        low, high = _overlap(run, address)
        before = sum(entry.record_bytes for entry in run.entries[:low])
        length = sum(entry.record_bytes for entry in run.entries[low:high])
        found.append(Slice(run.day, run.offset + before, length, kept_headers=False))
    return found


def header_slices(stored: Iterable[StoredRun], address: Address) -> list[Slice]:
    """Returns the bare headers of the range: one slice a record, or one a run once bodies have expired."""
    found = []
    for run in stored:
        low, high = _overlap(run, address)
        sizes = [entry.header_bytes if run.expired else entry.record_bytes for entry in run.entries]
        offset = run.offset + sum(sizes[:low])
        if run.expired:
            found.append(Slice(run.day, offset, sum(sizes[low:high]), kept_headers=True))
            continue
        for entry in run.entries[low:high]:
            found.append(Slice(run.day, offset, entry.header_bytes, kept_headers=False))
            offset += entry.record_bytes
    return found


def _overlap(run: StoredRun, address: Address) -> tuple[int, int]:
    return max(0, address.first - run.first), min(run.last, address.last) - run.first + 1
