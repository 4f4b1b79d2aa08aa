"""Records in a file, read one after another, one in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edge.base.errors import BadInput, Refused
from edge.base.files import read_bounded
from edge.seal import bundle
from edge.seal.manifest import MANIFEST_LIMIT_BYTES, Segment
from edge.seal.record import PREAMBLE_BYTES, SIGNATURE_BYTES, Record, parse_header, parse_record
from edge.wire import signed
from edge.wire.registration import Registration
from edge.wire.signed import DOCUMENT_LIMIT_BYTES

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
    """Yields the SEGMENT records of a bundle, each signed by the key that the bundle's registration names.

    Whether that registration is the city's is for ``desk verify``, which knows the root.

    Raises:
        BadInput: no bundle there.
        Refused: a record or the registration does not hold.
    """
    path = folder / bundle.RECORDS
    try:
        key = _signing_key(folder / bundle.REGISTRATION)
        for record in records_in(path):
            if key is not None:
                record.header.require_signature(key)
            if record.header.manifest.segment is not None:
                yield record, record.header.manifest.segment
    except Refused as error:
        raise Refused(error.failure, f"{path}: {error}; 'mimamori desk verify {folder}' says more") from error


def _signing_key(path: Path) -> bytes | None:
    """Returns the key that a bundle's registration names; None where the node is not registered yet."""
    if not path.exists():
        return None
    data = read_bounded(path, limit_bytes=DOCUMENT_LIMIT_BYTES)
    return bytes.fromhex(signed.parse("registration", Registration, data).payload.signing_key)
