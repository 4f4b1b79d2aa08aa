"""What is left to send of one reel, in columns: 44 bytes a record, because a full card holds several 100,000."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from edge.seal.record import Header
from edge.seal.reel import REEL_HEADER_BYTES, ReelHeader


@dataclass(frozen=True, slots=True)
class Entry:
    """Where one record lies and what planning needs of it.

    Attributes:
        offset: first byte in the reel.
        size: bytes with padding.
        day: local day of a SEGMENT; none for a record without a body.
        mark: the first 16 hex digits of the record hash.
    """

    chain: str
    reel: int
    sequence: int
    offset: int
    size: int
    start_us: int
    end_us: int
    day: str | None
    mark: int


def mark_of(sha256: str) -> int:
    """Returns the part of a record hash that the index keeps; the signature is checked besides."""
    return int(sha256[:16], 16)


class ReelIndex:
    """The records of one reel's lap that are not receipted, in order.

    Attributes:
        scanned_to: first byte that was not looked at.
        lowest: the next record found has at least this sequence.
        done: the reel was scanned to its end and is no longer written to.
        records, size, bodiless: what is left: records, their bytes, and how many have no body.
        start_us, end_us: bounds of all records ever added; bounds only, they do not shrink.
    """

    def __init__(self, header: ReelHeader) -> None:
        self.header = header
        self.scanned_to = REEL_HEADER_BYTES
        self.lowest = header.first
        self.done = False
        self.size = 0
        self.bodiless = 0
        self.start_us = 2**63
        self.end_us = -1
        self._sequences, self._starts, self._ends = array("q"), array("q"), array("q")
        self._offsets, self._sizes, self._marks = array("I"), array("I"), array("Q")
        self._days = array("i")

    @property
    def records(self) -> int:
        """How many are left."""
        return len(self._sequences)

    def add(self, header: Header, offset: int) -> None:
        """Adds the record at ``offset``; its sequence is above all before it."""
        manifest = header.manifest
        segment = manifest.segment
        self._sequences.append(header.sequence)
        self._starts.append(manifest.start_us)
        self._ends.append(manifest.end_us)
        self._offsets.append(offset)
        self._sizes.append(header.record_bytes)
        self._marks.append(mark_of(header.sha256))
        self._days.append(date.fromisoformat(segment.day).toordinal() if segment else 0)
        self.size += header.record_bytes
        self.bodiless += segment is None
        self.start_us, self.end_us = min(self.start_us, manifest.start_us), max(self.end_us, manifest.end_us)

    def remove(self, first: int, last: int) -> None:
        """Takes ``first`` to ``last`` out."""
        cut = slice(bisect_left(self._sequences, first), bisect_right(self._sequences, last))
        self.size -= sum(self._sizes[cut])
        self.bodiless -= self._days[cut].count(0)
        columns: tuple[array[int], ...] = (self._sequences, self._starts, self._ends, self._offsets, self._sizes)
        for column in (*columns, self._marks, self._days):
            del column[cut]

    def entries(self, place: int = 0) -> Iterator[Entry]:
        """Yields what is left, from the ``place``-th on."""
        for at in range(place, len(self._sequences)):
            yield Entry(
                chain=self.header.chain,
                reel=self.header.index,
                sequence=self._sequences[at],
                offset=self._offsets[at],
                size=self._sizes[at],
                start_us=self._starts[at],
                end_us=self._ends[at],
                day=date.fromordinal(self._days[at]).isoformat() if self._days[at] else None,
                mark=self._marks[at],
            )
