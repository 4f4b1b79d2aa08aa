"""Records as they lie on a card: whole ones, where they stand, and whether a reader of this lap finds them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from edge.base.errors import Refused
from edge.seal.record import BLOCK_BYTES, MAGIC, Header, parse_header, require_content
from edge.seal.reel import ReelHeader, parse_reel_header

Key = tuple[str, int]
"""Chain and sequence."""


@dataclass(slots=True)
class Entry:
    """A whole record on the card.

    Attributes:
        synced: it is on the medium.
        stale: of an earlier lap; only a reader who does not care for laps still finds it.
    """

    header: Header
    name: str
    start: int
    synced: bool = False
    stale: bool = False
    key: Key = field(init=False)
    end: int = field(init=False)

    def __post_init__(self) -> None:
        self.key = self.header.manifest.chain, self.header.sequence
        self.end = self.start + self.header.record_bytes


class Watcher(Protocol):
    """Who keeps the books."""

    def synced(self, entry: Entry) -> None:
        """A record is on the medium."""

    def went(self, entry: Entry, how: str) -> None:
        """A record is no longer on the card: ``overwritten``, ``erased``, ``damaged``."""


class Headers:
    """Parsed headers by their bytes: a record is looked at many times, and its bytes say whether it is the same."""

    def __init__(self) -> None:
        self._known: dict[bytes, Header] = {}

    def learn(self, header: Header) -> None:
        self._known[header.data] = header

    def at(self, data: bytes | bytearray, offset: int) -> Header | None:
        """Returns the header that begins there; None for none."""
        if data[offset : offset + len(MAGIC)] != MAGIC:
            return None
        length = 104 + int.from_bytes(data[offset + 12 : offset + 16], "big")
        known = self._known.get(bytes(data[offset : offset + length]))
        if known is None:
            try:
                known = parse_header(bytes(data[offset : offset + 3 * BLOCK_BYTES]))
            except Refused:
                return None
            self.learn(known)
        return known


def in_words(header: Header) -> str:
    """Returns what a log says of a record: chain, sequence, hash, times, quality of the clock."""
    manifest = header.manifest
    times = f"{manifest.start_us}-{manifest.end_us} {manifest.clock}"
    return f"{manifest.chain[:8]} {header.sequence} {header.sha256[:16]} {times}"


def reel_header(data: bytes | bytearray) -> ReelHeader | None:
    try:
        return parse_reel_header(bytes(data[:BLOCK_BYTES]))
    except Refused:
        return None


def belongs(entry: Entry, reel: ReelHeader) -> bool:
    return entry.key[0] == reel.chain and entry.key[1] >= reel.first


def is_whole(header: Header, data: bytearray, offset: int) -> bool:
    try:
        require_content(header, data, offset)
    except Refused:
        return False
    return True
