"""Reels as others read them: header, position, and a scanner that only ever reads. ``spool/LAYOUT.md`` specifies them.

The spool (edge.spool) writes reels; the uplink and the desk read them through this module.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from edge.base.errors import Refused, StorageFault
from edge.base.model import Hex16, Hex32, Strict, from_json, to_json
from edge.seal.manifest import MANIFEST_LIMIT_BYTES, Range, Sequence
from edge.seal.record import BLOCK_BYTES, PREAMBLE_BYTES, SIGNATURE_BYTES, Header, parse_header

REEL_MAGIC = b"MIMAREEL"
REEL_VERSION = 1
REEL_HEADER_BYTES = BLOCK_BYTES
POSITION_BYTES = 1024
ERASED = 2**53
"""First sequence in the header of a reel whose records were erased: above every sequence, so it holds none."""
_HEADER = struct.Struct(">8sHHIQ16sQI")
_REPLACED = struct.Struct(">16sQQII")
_HEADER_END = _HEADER.size + _REPLACED.size
_READ_AHEAD = PREAMBLE_BYTES + MANIFEST_LIMIT_BYTES + SIGNATURE_BYTES

Read = Callable[[int, int], bytes]
"""Reads up to so many bytes at an offset, as ``os.pread`` does; raises OSError where the disk cannot."""


@dataclass(frozen=True, slots=True)
class ReelHeader:
    """The first block of a reel.

    Attributes:
        index: the reel's place in the ring.
        lap: how often the ring has come to this reel; counts from 1.
        chain: chain id of the records.
        first: sequence of its first record; every record of this lap has at least this one. ``ERASED``: none.
        replaced: records that this entry overwrote although no notice had been signed for them: a disk fault left no
            time. The notice is owed until it stands behind the first record.
    """

    index: int
    lap: int
    chain: str
    first: int
    replaced: Range | None = None

    def dump(self) -> bytes:
        """Returns the 4 KiB block."""
        head = struct.pack(
            ">8sHHIQ16sQ", REEL_MAGIC, REEL_VERSION, 0, self.index, self.lap, bytes.fromhex(self.chain), self.first
        )
        data = head + struct.pack(">I", zlib.crc32(head)) + _dump_replaced(self.replaced)
        return data.ljust(REEL_HEADER_BYTES, b"\0")


def parse_reel_header(data: bytes) -> ReelHeader | None:
    """Parses a reel's first block; None where the reel was never used.

    Raises:
        Refused: ``truncated``, ``bad-magic``, ``bad-crc``, ``unknown-version``, ``padding`` or ``bad-document``.
    """
    if len(data) < REEL_HEADER_BYTES:
        raise Refused("truncated", f"reel of {len(data)} bytes has no whole header")
    if not any(data[:REEL_HEADER_BYTES]):
        return None
    magic, version, reserved, index, lap, chain, first, crc = _HEADER.unpack_from(data)
    if magic != REEL_MAGIC:
        raise Refused("bad-magic", "not a reel")
    if crc != zlib.crc32(data[: _HEADER.size - 4]):
        raise Refused("bad-crc", "reel header is damaged")
    if version != REEL_VERSION:
        raise Refused("unknown-version", f"reel version {version}; this firmware reads {REEL_VERSION}")
    if reserved or any(data[_HEADER_END:REEL_HEADER_BYTES]):
        raise Refused("padding", "reel header: padding is not zero")
    return ReelHeader(index, lap, chain.hex(), first, _parse_replaced(data[_HEADER.size : _HEADER_END]))


def _dump_replaced(replaced: Range | None) -> bytes:
    if replaced is None:
        return b""
    chain = bytes.fromhex(replaced.chain)
    head = struct.pack(">16sQQI", chain, replaced.first, replaced.last, replaced.records)
    return head + struct.pack(">I", zlib.crc32(head))


def _parse_replaced(data: bytes) -> Range | None:
    if not any(data):
        return None
    chain, first, last, records, crc = _REPLACED.unpack(data)
    if crc != zlib.crc32(data[:-4]):
        raise Refused("bad-crc", "reel header: the note of what it replaced is damaged")
    try:
        return Range(chain=chain.hex(), first=first, last=last, records=records)
    except ValidationError as error:
        raise Refused("bad-document", "reel header: the note of what it replaced is no range") from error


@dataclass(frozen=True, slots=True)
class Located:
    """A record's header and where the record begins in its reel."""

    header: Header
    offset: int


def scan(
    read: Read, reel: ReelHeader, *, end: int, start: int = REEL_HEADER_BYTES, lowest: int | None = None
) -> Iterator[Located]:
    """Yields the records of this lap, in order, from byte ``start`` up to byte ``end``.

    Every 4 KiB boundary is looked at, so a damaged block costs only its own record. Records of an earlier lap (lower
    sequences) or of another chain are passed over. Bodies and signatures are not checked here.

    Args:
        lowest: records with a lower sequence are of an earlier lap; the reel's first unless given.
    """
    offset, lowest = start, reel.first if lowest is None else lowest
    while offset + PREAMBLE_BYTES <= end:
        try:
            header = header_at(read, offset)
        except (Refused, OSError):
            offset += BLOCK_BYTES
            continue
        foreign = header.manifest.chain != reel.chain or header.sequence < lowest
        if foreign or offset + header.record_bytes > end:
            offset += BLOCK_BYTES
            continue
        yield Located(header, offset)
        offset += header.record_bytes
        lowest = header.sequence + 1


def records_in(folder: Path) -> Iterator[Located]:
    """Yields the records of every reel in a folder, reel after reel; what cannot be read counts for nothing."""
    for path in sorted(folder.glob("reel-*")):
        with suppress(OSError, Refused), path.open("rb") as file:
            descriptor = file.fileno()

            def read(length: int, offset: int, descriptor: int = descriptor) -> bytes:
                return os.pread(descriptor, length, offset)

            header = parse_reel_header(read(REEL_HEADER_BYTES, 0))
            if header is not None and header.first != ERASED:
                yield from scan(read, header, end=os.fstat(descriptor).st_size)


def header_at(read: Read, offset: int) -> Header:
    """Parses the header at ``offset``; reads one block unless the header is longer, for the next one may be bad.

    Raises:
        Refused: no header begins there.
        OSError: the disk cannot read it.
    """
    block = read(BLOCK_BYTES, offset)
    try:
        return parse_header(block)
    except Refused as error:
        if error.failure != "truncated" or len(block) < BLOCK_BYTES:
            raise
    return parse_header(read(_READ_AHEAD, offset))


class Held(Strict):
    """How far a chain is synced that the recorder left because its medium failed.

    Attributes:
        end: the first sequence that is not synced; 0 for a chain without a synced record.
        sha256: of the record below ``end``; none where there is none.
    """

    chain: Hex16
    end: Sequence
    sha256: Hex32 | None


class Position(Strict):
    """How far the spool is synced; nobody reads a reel beyond it.

    Attributes:
        chain: chain being written.
        reel: index of the reel being written.
        end: first byte of that reel that is not synced.
        sequence, sha256: newest synced record.
        oldest: lowest sequence of this chain still on the card.
        held: the chain that was left last; nobody reads it from its end on: what lies there was signed and may be
            readable until the next power cut, and no longer.
    """

    chain: Hex16
    reel: Sequence
    lap: Sequence
    end: Sequence
    sequence: Sequence
    sha256: Hex32
    oldest: Sequence
    held: Held | None = None

    def limit_of(self, chain: str) -> int | None:
        """Returns the highest synced sequence of ``chain``, -1 for none; None where nothing is said of it."""
        if chain == self.chain:
            return self.sequence
        return self.held.end - 1 if self.held is not None and chain == self.held.chain else None


def dump_position(position: Position) -> bytes:
    """Returns a block of ``POSITION_BYTES``: CRC-32, then JSON, then zeros; written in place by one call."""
    data = to_json(position)
    return (struct.pack(">I", zlib.crc32(data)) + data).ljust(POSITION_BYTES, b"\0")


def read_position(path: Path) -> Position | None:
    """Returns the published position; None where there is none yet or a write is under way (read it again).

    Raises:
        Refused: ``bad-document`` or strict JSON's failures.
        StorageFault: it is there but cannot be read.
    """
    try:
        block = path.read_bytes()[:POSITION_BYTES]
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageFault(f"{path}: cannot be read ({error.strerror})") from error
    data = block[4:].rstrip(b"\0")
    if len(block) != POSITION_BYTES or block[:4] != struct.pack(">I", zlib.crc32(data)):
        return None
    return from_json(Position, data, str(path), limit_bytes=POSITION_BYTES)


def reel_name(index: int) -> str:
    """Returns the file name of a reel."""
    return f"reel-{index:05d}"
