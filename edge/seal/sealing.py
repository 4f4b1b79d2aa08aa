"""Two layers of age: inside to the operator's day key, outside to the manager's.

Rules:
  1. A layer has one X25519 stanza and at most one grease stanza (age lets a writer add one that means nothing).
  2. Any other stanza is foreign: it could open the layer to somebody whom nobody named.
Source: C2SP age specification, header and X25519 recipient type.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

import pyrage

from edge.base.errors import NotPermitted, Refused
from edge.seal.envelope import ENVELOPE_HEAD_BYTES, Envelope, dump_envelope
from edge.wire.keylist import Pair

PAD_BYTES = 32 * 1024
_HEADER_LIMIT_BYTES = 4096
_CHUNK_BYTES = 64 * 1024
_FIRST_LINE = b"age-encryption.org/v1\n"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed envelope: the body of a SEGMENT record, and the hash that ties the opened picture to it."""

    body: bytes
    body_sha256: str
    envelope_sha256: str


def seal(envelope: Envelope, pair: Pair, *, pad_bytes: int = PAD_BYTES) -> Sealed:
    """Seals an envelope to the operator, then to the manager of ``pair``."""
    plain = dump_envelope(envelope, salt=os.urandom(32), pad_bytes=pad_bytes)
    inner = encrypt_layer(plain, pair.operator)
    body = encrypt_layer(inner, pair.manager)
    return Sealed(body, hashlib.sha256(body).hexdigest(), hashlib.sha256(plain).hexdigest())


def sealed_bytes_at_most(mp4_bytes: int, *, pad_bytes: int = PAD_BYTES) -> int:
    """Returns the most room that so much MP4 takes sealed: pad, two headers, age's 16 bytes a chunk."""
    envelope = mp4_bytes + ENVELOPE_HEAD_BYTES + pad_bytes
    return envelope + 2 * (_HEADER_LIMIT_BYTES + 16 * (envelope // _CHUNK_BYTES + 2))


def encrypt_layer(plain: bytes, recipient: str) -> bytes:
    """Encrypts to one age X25519 recipient.

    Raises:
        Refused: ``bad-recipient``; a key list carries what only looks like a recipient.
    """
    try:
        return bytes(pyrage.encrypt(plain, [pyrage.x25519.Recipient.from_str(recipient)]))
    except (pyrage.RecipientError, pyrage.EncryptError) as error:
        raise Refused("bad-recipient", f"{recipient[:16]}… is no age X25519 recipient: {error}") from error


def open_layer(sealed: bytes, identity: str) -> bytes:
    """Opens one layer with an age X25519 identity (``AGE-SECRET-KEY-1…``).

    Raises:
        Refused: ``foreign-stanza`` or ``truncated``.
        NotPermitted: the identity does not open it, or the layer was altered.
    """
    require_own_stanzas(sealed)
    try:
        return bytes(pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(identity)]))
    except (pyrage.DecryptError, pyrage.IdentityError) as error:
        raise NotPermitted("this layer does not open with that day key, or its bytes were altered") from error


def require_own_stanzas(sealed: bytes) -> None:
    """Checks the header of one layer against the rules above.

    Raises:
        Refused: ``foreign-stanza`` or ``truncated``.
    """
    if not sealed.startswith(_FIRST_LINE):
        raise Refused("foreign-stanza", "body is not an age file of version 1")
    end = sealed.find(b"\n--- ", 0, _HEADER_LIMIT_BYTES)
    if end < 0:
        raise Refused("truncated", "age header does not end")
    kinds = [line.split(b" ")[1] for line in sealed[: end + 1].split(b"\n") if line.startswith(b"-> ")]
    own = [kind for kind in kinds if kind == b"X25519"]
    grease = [kind for kind in kinds if kind.endswith(b"-grease")]
    if len(own) != 1 or len(grease) > 1 or len(own) + len(grease) != len(kinds):
        raise Refused(
            "foreign-stanza", f"age header has stanzas {kinds!r}; one X25519 and at most one grease are allowed"
        )
