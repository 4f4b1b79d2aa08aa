"""The envelope: what is sealed. Salt, chain, sequence, length, MP4, zeros up to a whole number of pads.

The salt keeps the envelope's hash from confirming a guess at its content; the zeros keep sizes from telling it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from edge.base.errors import Refused

SALT_BYTES = 32
_HEAD = struct.Struct(">32s16sQQ")
ENVELOPE_HEAD_BYTES = _HEAD.size


@dataclass(frozen=True)
class Envelope:
    """An opened envelope."""

    chain: str
    sequence: int
    mp4: bytes


def dump_envelope(envelope: Envelope, *, salt: bytes, pad_bytes: int) -> bytes:
    """Returns the envelope's bytes; ``salt`` is 32 fresh random bytes."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"salt of {len(salt)} bytes; {SALT_BYTES} are needed")
    head = _HEAD.pack(salt, bytes.fromhex(envelope.chain), envelope.sequence, len(envelope.mp4))
    length = len(head) + len(envelope.mp4)
    return b"".join((head, envelope.mp4, bytes(-length % pad_bytes)))


def parse_envelope(data: bytes, chain: str, sequence: int) -> Envelope:
    """Parses an envelope and checks that it belongs to this record.

    Raises:
        Refused: ``truncated``, ``wrong-envelope`` or ``padding``.
    """
    if len(data) < _HEAD.size:
        raise Refused("truncated", f"envelope of {len(data)} bytes is shorter than its head of {_HEAD.size}")
    _, found_chain, found_sequence, length = _HEAD.unpack_from(data)
    if found_chain.hex() != chain or found_sequence != sequence:
        raise Refused("wrong-envelope", f"envelope is of record {found_sequence}, not of {sequence} of this chain")
    end = _HEAD.size + length
    if end > len(data):
        raise Refused("truncated", f"envelope {sequence} ends within its {length} bytes of MP4")
    if any(memoryview(data)[end:]):
        raise Refused("padding", f"envelope {sequence}: padding is not zero")
    return Envelope(chain, sequence, data[_HEAD.size : end])
