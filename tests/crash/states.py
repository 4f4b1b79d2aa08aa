"""What a disk may hold after a power cut, by what it was told: everything up to the last flush, and some of the rest.

Rules:
  1. A write that a completed flush follows is there, whole.
  2. Each later write is there, not there, or torn: any of its 512-byte sectors may be missing.
  3. Writes that are there lie over each other in the order in which they came.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tests.crash.logging_disk import ENTRY, WRITE

SECTOR_BYTES = 512


@dataclass(frozen=True, slots=True)
class Entry:
    """One call that reached the disk; a flush has no data.

    Attributes:
        end: log position behind it.
    """

    end: int
    offset: int
    data: bytes | None


@dataclass(frozen=True, slots=True)
class Cut:
    """A state of the disk.

    Attributes:
        position: log position at which the power went; whatever returned up to there, has returned.
    """

    position: int
    image: bytearray


def parse_log(log: bytes) -> list[Entry]:
    """Returns the calls in the order in which the disk took them."""
    entries, at = [], 0
    while at < len(log):
        kind, offset, length = ENTRY.unpack_from(log, at)
        at += ENTRY.size + length
        entries.append(Entry(at, offset, log[at - length : at] if kind == WRITE else None))
    return entries


def cuts(image: bytes, entries: list[Entry], count: int, random: Random) -> Iterator[Cut]:
    """Yields ``count`` states at random cuts, in the order of the log."""
    chosen = sorted(random.randrange(len(entries) + 1) for _ in range(count))
    durable, pending, done = bytearray(image), list[Entry](), 0
    for cut in chosen:
        for entry in entries[done:cut]:
            if entry.data is not None:
                pending.append(entry)
                continue
            for written in pending:
                _put(durable, written.offset, written.data)
            pending.clear()
        done = cut
        yield Cut(entries[cut - 1].end if cut else 0, _torn(durable, pending, random))


def _torn(durable: bytearray, pending: list[Entry], random: Random) -> bytearray:
    image = bytearray(durable)
    kept = random.choice((0.0, 0.5, 0.9, 1.0))
    for entry in pending:
        if random.random() < kept:
            _put(image, entry.offset, entry.data)
        elif random.random() < 0.5:
            _tear(image, entry, random)
    return image


def _tear(image: bytearray, entry: Entry, random: Random) -> None:
    assert entry.data is not None
    share, length = random.random(), len(entry.data)
    if random.random() < 0.5:
        share, length = 1.0, random.randrange(0, length, SECTOR_BYTES)  # as far as it got
    for start in range(0, length, SECTOR_BYTES):
        if random.random() < share:
            _put(image, entry.offset + start, entry.data[start : start + SECTOR_BYTES])


def _put(image: bytearray, offset: int, data: bytes | None) -> None:
    assert data is not None
    image[offset : offset + len(data)] = data
