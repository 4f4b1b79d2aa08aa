"""Which records a window of time needs: one rule for the desk and for the node that is collected from.

Rules:
  1. A record is in the window when it overlaps it, or lies in it as a moment, by its corrected times
     (``edge.seal.correction``).
  2. Of each chain everything between its first and its last record in the window belongs to it, gaps and notices too.
  3. The nearest header before and the nearest after are kept as well: they show that nothing was cut off. So are those
     that the times of records are mapped by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge.seal.correction import Corrected, Times, correct_times


@dataclass(frozen=True, slots=True)
class Needed:
    """Places in one chain's records.

    Attributes:
        first, last: of the records in the window.
        kept: of the headers that a bundle keeps beside them, and theirs, in order.
    """

    first: int
    last: int
    kept: tuple[int, ...]


def needed(records: Sequence[Times], window_us: tuple[int, int]) -> Needed | None:
    """Returns what a window needs of one chain's records, given by rising sequence; None where nothing is in it."""
    found = correct_times(records)
    inside = [place for place, record in enumerate(found) if _overlaps(record, window_us)]
    if not inside:
        return None
    first, last = inside[0], inside[-1]
    around = range(max(0, first - 1), min(len(records), last + 2))
    mapping = {record.by for record in found[first : last + 1] if record.by is not None}
    return Needed(first, last, tuple(sorted(mapping.union(around))))


def _overlaps(record: Corrected, window_us: tuple[int, int]) -> bool:
    return record.start_us < window_us[1] and (record.end_us > window_us[0] or record.start_us >= window_us[0])
