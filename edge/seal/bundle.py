"""Evidence as it travels: one folder with records, bare headers and the documents that prove them.

| file | content |
|---|---|
| ``records`` | whole records of the window, a plain concatenation in order |
| ``headers`` | bare headers, contiguous from one before the window to one after, then those that map its times |
| ``receipts.jsonl`` | receipts, a document a line |
| ``key-lists.jsonl`` | key lists that the records name, a document a line |
| ``registration.json``, ``authority.json`` | documents |

Everything in it is hostile. Reading keeps going after a fault and returns what it could read, with the faults.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from edge.base.errors import BadInput, Refused
from edge.base.files import read_bounded
from edge.seal.record import Header, parse_headers, parse_record
from edge.seal.sealing import require_own_stanzas

RECORDS, HEADERS, RECEIPTS, KEY_LISTS = "records", "headers", "receipts.jsonl", "key-lists.jsonl"
REGISTRATION, AUTHORITY = "registration.json", "authority.json"
_DOCUMENT_LIMIT = 1024 * 1024
_LINES_LIMIT = 256 * 1024 * 1024

Read = TypeVar("Read")


@dataclass(slots=True)
class Evidence:
    """What a bundle holds, parsed but not believed.

    Attributes:
        whole: headers of the records that are there with their bodies, in file order.
        bare: headers alone.
        altered: faults that no honest copy has.
        incomplete: what is cut off or missing.
    """

    whole: list[Header] = field(default_factory=list)
    bare: list[Header] = field(default_factory=list)
    receipts: list[bytes] = field(default_factory=list)
    key_lists: list[bytes] = field(default_factory=list)
    registration: bytes | None = None
    authority: bytes | None = None
    altered: list[str] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)


def read_bundle(path: Path) -> Evidence:
    """Reads a bundle folder, or a file of records whose folder holds the rest.

    Raises:
        BadInput: nothing readable there.
    """
    folder, records = (path, path / RECORDS) if path.is_dir() else (path.parent, path)
    evidence = Evidence()
    for header in _records(records, evidence):
        evidence.whole.append(header)
    _read_headers(folder / HEADERS, evidence)
    evidence.receipts = _lines(folder / RECEIPTS)
    evidence.key_lists = _lines(folder / KEY_LISTS)
    evidence.registration = _document(folder / REGISTRATION)
    evidence.authority = _document(folder / AUTHORITY)
    return evidence


def _records(path: Path, evidence: Evidence) -> Iterator[Header]:
    """Yields headers whose whole record holds; the bodies are looked at through a map, never all in memory."""
    try:
        with path.open("rb") as file:
            if path.stat().st_size == 0:
                evidence.incomplete.append(f"{path.name}: empty")
                return
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                yield from _walk(memoryview(data), path.name, evidence)
    except OSError as error:
        raise BadInput(
            f"{path}: cannot be read ({error.strerror}); give a bundle folder or a file of records"
        ) from error


def _walk(data: memoryview, name: str, evidence: Evidence) -> Iterator[Header]:
    offset = 0
    try:
        while offset < len(data):
            record = parse_record(data, offset)
            if record.header.manifest.segment is not None:
                require_own_stanzas(record.body)
            offset += record.header.record_bytes
            yield record.header
    except Refused as error:
        where = evidence.incomplete if error.failure == "truncated" else evidence.altered
        where.append(f"{name}, byte {offset}: {error}")
    finally:
        data.release()


def _read_headers(path: Path, evidence: Evidence) -> None:
    data = _optional(path, _LINES_LIMIT)
    try:
        evidence.bare.extend(parse_headers(data or b""))
    except Refused as error:
        evidence.altered.append(f"{path.name}: {error}")


def _lines(path: Path) -> list[bytes]:
    return [line for line in (_optional(path, _LINES_LIMIT) or b"").split(b"\n") if line]


def _document(path: Path) -> bytes | None:
    data = _optional(path, _DOCUMENT_LIMIT)
    return None if data is None else data.removesuffix(b"\n")


def _optional(path: Path, limit_bytes: int) -> bytes | None:
    return read_bounded(path, limit_bytes=limit_bytes) if path.exists() else None


def try_parse(parse: Callable[[], Read], faults: list[str], what: str) -> Read | None:
    """Returns what ``parse`` returns; a refusal goes to ``faults`` and gives None."""
    try:
        return parse()
    except Refused as error:
        faults.append(f"{what}: {error}")
        return None
