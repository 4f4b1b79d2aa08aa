"""Records in a file, read one after another, one in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edge.base.errors import BadInput, Refused
from edge.seal import bundle
from edge.seal.manifest import MANIFEST_LIMIT_BYTES, Segment
from edge.seal.record import PREAMBLE_BYTES, SIGNATURE_BYTES, Record, parse_header, parse_record

_HEADER_BYTES = PREAMBLE_BYTES + MANIFEST_LIMIT_BYTES + SIGNATURE_BYTES


def records_in(path: Path, start: int = 0) -> Iterator[Record]:
    """Yields the whole records of a plain concatenation from byte ``start`` on.

    Raises:
        BadInput: the file cannot be read.
        Refused: like ``parse_record``, at the first record that does not hold.
    """
    try:
        with path.open("rb") as file:
            offset = start
            while file.seek(offset) == offset and (head := file.read(_HEADER_BYTES)):
                length = parse_header(head).record_bytes
                file.seek(offset)
                yield parse_record(file.read(length))
                offset += length
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror})") from error


def segments_of(folder: Path) -> Iterator[tuple[Record, Segment]]:
    """Yields the SEGMENT records of a bundle.

    Raises:
        BadInput: no bundle there.
        Refused: a record does not hold; ``desk verify`` says more.
    """
    path = folder / bundle.RECORDS
    try:
        for record in records_in(path):
            if record.header.manifest.segment is not None:
                yield record, record.header.manifest.segment
    except Refused as error:
        raise Refused(error.failure, f"{path}: {error}; 'mimamori desk verify {folder}' says more") from error
