"""One record: preamble, manifest, signature, body, zeros to 4 KiB. ``FORMAT.md`` beside this file is the specification.

Rules that parsing enforces:
  1. Magic, version, kind and lengths are in bounds and the preamble's CRC holds, before anything else is looked at.
  2. The manifest is canonical, of its kind's schema, and repeats the preamble's sequence and body length.
  3. The body has the length and SHA-256 that the manifest names; a record without body says zero.
  4. Every byte of padding is zero.
Signatures are checked apart (``Header.require_signature``), because the key comes from elsewhere.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from edge.base.errors import Refused
from edge.seal.manifest import (
    DETAILS,
    ENVELOPE_LIMIT_BYTES,
    MANIFEST_LIMIT_BYTES,
    Kind,
    Manifest,
    dump_manifest,
    parse_manifest,
)
from edge.wire.signed import Signer, is_valid, key_id

MAGIC = b"MIMAMORI"
VERSION = 1
BLOCK_BYTES = 4096
SIGNATURE_BYTES = 64
DOMAIN = b"mimamori-edge/record/v1\n"

_PREAMBLE = struct.Struct(">8sHHIQQII")
PREAMBLE_BYTES = _PREAMBLE.size
BODY_LIMIT_BYTES = ENVELOPE_LIMIT_BYTES + 65536

Buffer = bytes | bytearray | memoryview


@dataclass(frozen=True)
class Header:
    """A record without its body: still a link of the chain.

    Attributes:
        data: preamble, manifest and signature, as they stand.
    """

    kind: Kind
    manifest: Manifest
    body_bytes: int
    data: bytes

    @property
    def sequence(self) -> int:
        """The record's number in its chain."""
        return self.manifest.sequence

    @cached_property
    def sha256(self) -> str:
        """The record hash, hex."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def record_bytes(self) -> int:
        """Length of the whole record with its padding."""
        return padded(len(self.data) + self.body_bytes)

    def require_signature(self, public_key: bytes) -> None:
        """Checks the node's signature.

        Raises:
            Refused: ``foreign-key`` or ``bad-signature``.
        """
        if self.manifest.key_id != key_id(public_key):
            raise Refused(
                "foreign-key", f"record {self.sequence} names key {self.manifest.key_id}, not {key_id(public_key)}"
            )
        if not is_valid(public_key, self.data[-SIGNATURE_BYTES:], DOMAIN + self.data[:-SIGNATURE_BYTES]):
            raise Refused("bad-signature", f"record {self.sequence}: the node's signature does not hold")


@dataclass(frozen=True)
class Record:
    """A header with its body; the body is empty for every kind but SEGMENT."""

    header: Header
    body: bytes

    def dump(self) -> bytes:
        """Returns the whole record, padded to 4 KiB."""
        content = self.header.data + self.body
        return content + bytes(padded(len(content)) - len(content))


def padded(length: int) -> int:
    """Returns ``length`` rounded up to whole blocks."""
    return -(-length // BLOCK_BYTES) * BLOCK_BYTES


def make_record(kind: Kind, manifest: Manifest, body: bytes, signer: Signer) -> Record:
    """Assembles and signs a record; the manifest already names the body's length and hash.

    Nothing is signed that ``parse_record`` would not take: a sequence that was signed is used up.

    Raises:
        Refused: ``body-length`` or ``body-hash``.
        ValueError: the manifest is of another kind, or too long.
    """
    _check_body(manifest, body)
    encoded = dump_manifest(manifest)
    if type(manifest.detail) is not DETAILS[kind] or len(encoded) > MANIFEST_LIMIT_BYTES:
        raise ValueError(f"{kind.name}: detail is of another kind, or {len(encoded)} bytes are too long")
    unsigned = _preamble(kind, manifest.sequence, len(encoded), len(body)) + encoded
    return Record(Header(kind, manifest, len(body), unsigned + signer.sign(DOMAIN + unsigned)), body)


def parse_header(data: Buffer, offset: int = 0) -> Header:
    """Parses the header that begins at ``offset``; what follows it is not looked at.

    Raises:
        Refused: ``truncated``, ``bad-magic``, ``bad-crc``, ``unknown-version``, ``unknown-kind``, ``too-long``,
            ``reserved``, ``sequence-mismatch``, ``body-length`` or the manifest's failures.
    """
    view = memoryview(data)
    kind, manifest_bytes, body_bytes, sequence = _parse_preamble(view[offset : offset + PREAMBLE_BYTES])
    end = offset + PREAMBLE_BYTES + manifest_bytes + SIGNATURE_BYTES
    if end > len(view):
        raise Refused("truncated", f"record {sequence} ends in its header")
    encoded = bytes(view[offset + PREAMBLE_BYTES : end - SIGNATURE_BYTES])
    manifest = parse_manifest(kind, encoded)
    if manifest.sequence != sequence:
        raise Refused("sequence-mismatch", f"preamble says sequence {sequence}, manifest {manifest.sequence}")
    _check_body_length(manifest, body_bytes)
    return Header(kind, manifest, body_bytes, bytes(view[offset:end]))


def parse_record(data: Buffer, offset: int = 0) -> Record:
    """Parses and checks the whole record at ``offset``; the next one begins ``header.record_bytes`` further.

    Raises:
        Refused: like ``parse_header``, and ``body-hash`` or ``padding``.
    """
    header = parse_header(data, offset)
    require_content(header, data, offset)
    start = offset + len(header.data)
    return Record(header, bytes(memoryview(data)[start : start + header.body_bytes]))


def require_content(header: Header, data: Buffer, offset: int = 0) -> None:
    """Checks body and padding of the record at ``offset`` whose header was parsed; the body is not copied.

    Raises:
        Refused: ``truncated``, ``body-hash`` or ``padding``.
    """
    start = offset + len(header.data)
    record = memoryview(data)[start : offset + header.record_bytes]
    if len(header.data) + len(record) < header.record_bytes:
        raise Refused("truncated", f"record {header.sequence} ends in its body")
    _check_body(header.manifest, record[: header.body_bytes])
    if any(bytes(record[header.body_bytes :])):
        raise Refused("padding", f"record {header.sequence}: padding is not zero")


def parse_records(data: Buffer) -> Iterator[Record]:
    """Yields the records of a plain concatenation; every byte must belong to one.

    Raises:
        Refused: like ``parse_record``.
    """
    offset = 0
    while offset < len(data):
        record = parse_record(data, offset)
        yield record
        offset += record.header.record_bytes


def parse_headers(data: Buffer) -> Iterator[Header]:
    """Yields the headers of a plain concatenation of bare headers (no bodies, no padding).

    Raises:
        Refused: like ``parse_header``.
    """
    offset = 0
    while offset < len(data):
        header = parse_header(data, offset)
        yield header
        offset += len(header.data)


def claimed_sequence(data: Buffer) -> int | None:
    """Returns the sequence that an intact preamble names, even where the rest of the header is torn; unsigned."""
    try:
        return _parse_preamble(memoryview(data)[:PREAMBLE_BYTES])[3]
    except Refused:
        return None


def _preamble(kind: Kind, sequence: int, manifest_bytes: int, body_bytes: int) -> bytes:
    head = struct.pack(">8sHHIQQI", MAGIC, VERSION, kind, manifest_bytes, body_bytes, sequence, 0)
    return head + struct.pack(">I", zlib.crc32(head))


def _parse_preamble(data: memoryview) -> tuple[Kind, int, int, int]:
    if len(data) < PREAMBLE_BYTES:
        raise Refused("truncated", f"{len(data)} bytes are left where a preamble of {PREAMBLE_BYTES} should stand")
    magic, version, kind, manifest_bytes, body_bytes, sequence, reserved, crc = _PREAMBLE.unpack(data)
    if magic != MAGIC:
        raise Refused("bad-magic", "no record begins here")
    if crc != zlib.crc32(data[:-4]):
        raise Refused("bad-crc", "preamble is damaged: its CRC does not hold")
    if version != VERSION:
        raise Refused("unknown-version", f"record version {version}; this firmware reads {VERSION}")
    if kind not in Kind._value2member_map_:
        raise Refused("unknown-kind", f"record kind {kind} is not known")
    if reserved:
        raise Refused("reserved", "reserved bytes of the preamble are not zero")
    if manifest_bytes > MANIFEST_LIMIT_BYTES or body_bytes > BODY_LIMIT_BYTES:
        raise Refused(
            "too-long", f"record {sequence}: manifest {manifest_bytes} or body {body_bytes} bytes is over the limit"
        )
    return Kind(kind), manifest_bytes, body_bytes, sequence


def _check_body_length(manifest: Manifest, body_bytes: int) -> None:
    expected = manifest.segment.body_bytes if manifest.segment else 0
    if body_bytes != expected:
        raise Refused(
            "body-length", f"record {manifest.sequence}: body of {body_bytes} bytes where the manifest says {expected}"
        )


def _check_body(manifest: Manifest, body: Buffer) -> None:
    _check_body_length(manifest, len(body))
    if manifest.segment is not None and hashlib.sha256(body).hexdigest() != manifest.segment.body_sha256:
        raise Refused(
            "body-hash", f"record {manifest.sequence}: body does not have the SHA-256 that the manifest names"
        )
