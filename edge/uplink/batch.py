"""A batch: records copied once out of their reels into one buffer, each checked there; that very buffer is sent."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Protocol

from edge.base.errors import Refused
from edge.seal.record import Header, parse_record
from edge.uplink.reel_index import Entry, mark_of


class Source(Protocol):
    """Where records are copied from."""

    def read(self, entry: Entry, into: memoryview) -> bool:
        """Fills ``into`` with the record's bytes; False where they are not to be had."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose records these are: node id, and the 32 bytes of its public signing key."""

    node: str
    signing_key: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """What one PUT carries.

    Attributes:
        data: whole records, one after another.
        hashes: record hashes, hex, in order.
    """

    node: str
    chain: str
    first: int
    hashes: tuple[str, ...]
    data: bytes | bytearray

    @property
    def last(self) -> int:
        """The last sequence."""
        return self.first + len(self.hashes) - 1

    @property
    def path(self) -> str:
        """The URL's path."""
        return f"/v1/nodes/{self.node}/chains/{self.chain}/records/{self.first}-{self.last}"

    @property
    def digest(self) -> str:
        """The Content-Digest field (RFC 9530)."""
        return f"sha-256=:{base64.b64encode(hashlib.sha256(self.data).digest()).decode()}:"


def copy_batch(source: Source, entries: tuple[Entry, ...], identity: Identity) -> tuple[Batch | None, Entry | None]:
    """Returns the batch up to the first record that is not what the index says, and that record's entry.

    The batch is none where the very first record is bad; the entry is none where all are good.
    """
    buffer = bytearray(sum(entry.size for entry in entries))
    hashes: list[str] = []
    filled, bad = 0, None
    for entry in entries:
        with memoryview(buffer)[filled : filled + entry.size] as part:
            sha256 = _copy(source, entry, part, identity)
        if sha256 is None:
            bad = entry
            break
        hashes.append(sha256)
        filled += entry.size
    if not hashes:
        return None, bad
    del buffer[filled:]
    return Batch(identity.node, entries[0].chain, entries[0].sequence, tuple(hashes), buffer), bad


def checked(data: bytearray | memoryview, identity: Identity) -> Header | None:
    """Returns the header of a whole record that this node signed; None where it is none."""
    try:
        header = parse_record(data).header
        header.require_signature(identity.signing_key)
    except Refused:
        return None
    return header if header.manifest.node == identity.node else None


def _copy(source: Source, entry: Entry, into: memoryview, identity: Identity) -> str | None:
    header = checked(into, identity) if source.read(entry, into) else None
    if header is None:
        return None
    found = header.manifest.chain, header.sequence, header.record_bytes, mark_of(header.sha256)
    return header.sha256 if found == (entry.chain, entry.sequence, entry.size, entry.mark) else None
