"""Whether everything that was ever published as recorded is whole at the center, and nothing is missing between."""

from __future__ import annotations

import mmap
from itertools import pairwise
from pathlib import Path

from edge.seal.completeness import adjoins
from edge.seal.manifest import Kind
from edge.seal.record import Header, parse_records
from edge.seal.reel import Position


class Published:
    """What the recorder published as recorded, noted while it ran."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, int], str] = {}

    def note(self, position: Position | None) -> None:
        """Takes a position."""
        if position is not None:
            self._seen[position.chain, position.sequence] = position.sha256

    @property
    def sequences(self) -> frozenset[int]:
        """Of all chains."""
        return frozenset(sequence for _, sequence in self._seen)

    def lost(self, stored: list[Header]) -> list[str]:
        """Returns what of it is not stored, and what else is missing or was given up."""
        known = {(header.manifest.chain, header.sequence): header.sha256 for header in stored}
        faults = [
            f"record {sequence} of chain {chain[:8]} was published as recorded and is not stored"
            for (chain, sequence), sha256 in sorted(self._seen.items())
            if known.get((chain, sequence)) != sha256
        ]
        return faults + _holes(stored)


def stored_records(store: Path) -> list[Header]:
    """Reads every record of the center's store, bodies and all, and returns their headers in order.

    Raises:
        Refused: one is damaged.
    """
    headers = []
    for path in sorted(store.rglob("*.records")):
        if path.stat().st_size:
            with path.open("rb") as file:
                data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            headers += [record.header for record in parse_records(data)]
    return sorted(headers, key=lambda header: (header.manifest.chain, header.sequence))


def _holes(stored: list[Header]) -> list[str]:
    """Finds sequences that nobody declared unsynced, and records that the ring gave up before they were sent."""
    faults = [
        f"records {before.sequence + 1} to {after.sequence - 1} of chain {after.manifest.chain[:8]} are missing"
        for before, after in pairwise(stored)
        if before.manifest.chain == after.manifest.chain and not adjoins(before, after)
    ]
    given_up = [header for header in stored if header.kind is Kind.EVICTED]
    return faults + [f"record {header.sequence} says that records were given up" for header in given_up]
