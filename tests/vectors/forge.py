"""Records that no honest writer makes: each wrong in one place, with everything around it as it should be."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import zlib
from typing import Any

from edge.base import strictjson
from edge.seal.envelope import Envelope, dump_envelope
from edge.seal.manifest import Kind
from edge.seal.record import DOMAIN, MAGIC, Record
from edge.wire.keys import SigningKey
from tests.seal.samples import CHAIN, FORCE, NODE_KEY, TIP, example, new_chain, segment, stamp
from tests.vectors.vector import FOLDER

MP4 = b"\0\0\0\x1cftypiso5" + bytes(range(200))
SALT = bytes(range(32))


def bodies() -> dict[str, bytes]:
    """Returns the age files, made once and kept: age draws fresh keys for each."""
    stored = json.loads((FOLDER / "bodies.json").read_text())
    return {name: base64.b64decode(text) for name, text in stored.items()}


def envelope(mp4: bytes = MP4, pad_bytes: int = 64) -> bytes:
    return dump_envelope(Envelope(CHAIN, 7, mp4), salt=SALT, pad_bytes=pad_bytes)


def sealed_record() -> Record:
    """Returns the SEGMENT record 7 whose body opens with the vectors' day keys."""
    body = bodies()["sealed"]
    detail = segment(body, envelope_sha256=hashlib.sha256(envelope()).hexdigest())
    return new_chain(tip=TIP).make(Kind.SEGMENT, detail, stamp(7), FORCE, body)


def manifest_of(kind: Kind, detail: dict[str, Any] | None = None, **changes: object) -> bytes:
    """Returns the example's manifest with some fields of it or of its detail replaced."""
    tree = example(kind, b"x" if kind is Kind.SEGMENT else b"").header.manifest.model_dump(mode="json")
    tree.update(changes)
    tree["detail"].update(detail or {})
    return strictjson.dump(tree)


def without(data: bytes, *keys: str) -> bytes:
    """Returns strict JSON without some top-level keys."""
    tree = json.loads(data)
    return strictjson.dump({key: value for key, value in tree.items() if key not in keys})


def forged(
    kind: int,
    manifest: bytes,
    body: bytes = b"",
    *,
    magic: bytes = MAGIC,
    version: int = 1,
    sequence: int = 7,
    manifest_bytes: int | None = None,
    body_bytes: int | None = None,
    reserved: int = 0,
    signer: SigningKey = NODE_KEY,
    domain: bytes = DOMAIN,
) -> bytes:
    """Returns a header with CRC and signature as they should be, and the body; no padding."""
    first = len(manifest) if manifest_bytes is None else manifest_bytes
    second = len(body) if body_bytes is None else body_bytes
    head = struct.pack(">8sHHIQQI", magic, version, kind, first, second, sequence, reserved)
    unsigned = head + struct.pack(">I", zlib.crc32(head)) + manifest
    return unsigned + signer.sign(domain + unsigned) + body


def padded(data: bytes) -> bytes:
    """Returns ``data`` with zeros up to whole blocks of 4 KiB."""
    return data + bytes(-len(data) % 4096)


def flip(data: bytes, place: int, bit: int = 1) -> bytes:
    """Returns ``data`` with one bit changed."""
    changed = bytearray(data)
    changed[place] ^= bit
    return bytes(changed)
