"""What folders with reels hold, as a reader without the recorder finds it: every chain, every whole record."""

from __future__ import annotations

import functools
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from edge.base.errors import Refused
from edge.seal.completeness import adjoins
from edge.seal.manifest import Kind
from edge.seal.record import Record, parse_record
from edge.seal.reel import ERASED, ReelHeader, parse_reel_header, scan
from tests.node.town import SIGNER


@dataclass(frozen=True)
class Stored:
    """Whole records by chain and sequence, in order; the same record may stand twice, byte for byte."""

    records: tuple[Record, ...]

    @property
    def chains(self) -> set[str]:
        return {record.header.manifest.chain for record in self.records}

    def of(self, kind: Kind) -> list[Record]:
        return [record for record in self.records if record.header.kind is kind]

    def require_linked(self) -> None:
        """Checks signatures, and that within each chain every record adjoins the one before."""
        for before, after in zip(self.records, self.records[1:], strict=False):
            if before.header.manifest.chain == after.header.manifest.chain:
                assert adjoins(before.header, after.header), (before.header.sequence, after.header.sequence)


def stored(*folders: Path) -> Stored:
    """Reads all reels.

    Raises:
        AssertionError: one sequence of a chain stands for two contents.
    """
    found: dict[tuple[str, int], Record] = {}
    for path in sorted(path for folder in folders for path in folder.glob("reel-*")):
        for record in _records(path):
            key = (record.header.manifest.chain, record.header.sequence)
            assert found.setdefault(key, record) == record, f"{key} stands for two contents"
    return Stored(tuple(found[key] for key in sorted(found)))


def _records(path: Path) -> list[Record]:
    data = path.read_bytes()
    with suppress(Refused):
        header = parse_reel_header(data[:4096])
        if header is not None and header.first != ERASED:
            return _whole(data, header)
    return []


def _whole(data: bytes, header: ReelHeader) -> list[Record]:
    records = []
    for located in scan(functools.partial(_read, data), header, end=len(data)):
        with suppress(Refused):
            record = parse_record(data[located.offset : located.offset + located.header.record_bytes])
            record.header.require_signature(SIGNER.public_key)
            records.append(record)
    return records


def _read(data: bytes, size: int, offset: int) -> bytes:
    return data[offset : offset + size]
