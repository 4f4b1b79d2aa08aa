"""Signed documents: a canonical JSON payload of a named kind, and Ed25519 signatures over both.

Rules:
  1. The bytes are strict JSON (``edge.base.strictjson``): ``{"kind", "payload", "signatures"}``.
  2. A signature covers ``mimamori-edge/<kind>/v1`` + LF + the payload's canonical bytes, so that no document can
     pass for one of another kind.
  3. A key is named by its key id: the first 16 bytes of SHA-256 of its 32 public bytes, in hex.
  4. The document's hash is SHA-256 of what the signatures cover, not of the signatures: whoever passes a document on
     could add a meaningless one, and the next version's ``previous`` would no longer fit.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import Field, ValidationError

from edge.base import strictjson
from edge.base.errors import Refused
from edge.base.model import Hex16, Hex64, Strict, faults, to_json

DOCUMENT_LIMIT_BYTES = 512 * 1024

Kind = Literal[
    "authority",
    "key-list",
    "key-halves",
    "receipt",
    "registration",
    "enrolment-ticket",
    "enrolment",
    "command",
    "visit-ticket",
    "mask-order",
    "time-note",
    "release",
    "decommissioned",
]
Payload = TypeVar("Payload", bound=Strict)


class Signer(Protocol):
    """What can sign: a private key that stays where it is."""

    @property
    def public_key(self) -> bytes:
        """32 bytes."""

    def sign(self, message: bytes) -> bytes:
        """Returns the 64-byte Ed25519 signature."""


class Signature(Strict):
    """One signature under a document."""

    key_id: Hex16
    signature: Hex64


class _Shape(Strict):
    kind: str
    payload: dict[str, object]
    signatures: tuple[Signature, ...] = Field(strict=False, min_length=0, max_length=4)


@dataclass(frozen=True, slots=True)
class Signed(Generic[Payload]):
    """A parsed document; its signatures are not checked until ``require`` is called.

    Attributes:
        data: the whole document's canonical bytes.
    """

    kind: Kind
    payload: Payload
    signatures: tuple[Signature, ...]
    data: bytes

    @property
    def sha256(self) -> str:
        """The document's hash, hex."""
        return hashlib.sha256(_message(self.kind, self.payload)).hexdigest()

    def signed_by(self, public_key: bytes) -> bool:
        """Tells whether a valid signature by ``public_key`` stands under the document."""
        wanted = key_id(public_key)
        message = _message(self.kind, self.payload)
        return any(
            signature.key_id == wanted and is_valid(public_key, bytes.fromhex(signature.signature), message)
            for signature in self.signatures
        )

    def require(self, public_key: bytes, signer: str) -> None:
        """Checks the signature by ``public_key``.

        Raises:
            Refused: ``bad-signature``; ``signer`` names whose is missing or wrong.
        """
        if not self.signed_by(public_key):
            raise Refused("bad-signature", f"{self.kind}: not signed by the {signer} key {key_id(public_key)}")


def key_id(public_key: bytes) -> str:
    """Returns the key id of 32 public bytes."""
    return hashlib.sha256(public_key).hexdigest()[:32]


def is_valid(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Tells whether an Ed25519 signature holds (RFC 8032)."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def sign(kind: Kind, payload: Payload, *signers: Signer) -> Signed[Payload]:
    """Returns ``payload`` as a document signed by each of ``signers``."""
    message = _message(kind, payload)
    signatures = tuple(
        Signature(key_id=key_id(signer.public_key), signature=signer.sign(message).hex()) for signer in signers
    )
    return _assemble(kind, payload, signatures)


def add_signature(document: Signed[Payload], signer: Signer) -> Signed[Payload]:
    """Returns the document with one more signature; one by the same key is replaced."""
    mine = key_id(signer.public_key)
    others = tuple(signature for signature in document.signatures if signature.key_id != mine)
    new = Signature(key_id=mine, signature=signer.sign(_message(document.kind, document.payload)).hex())
    return _assemble(document.kind, document.payload, (*others, new))


def parse(kind: Kind, model: type[Payload], data: bytes) -> Signed[Payload]:
    """Parses hostile bytes as a document of ``kind``.

    Raises:
        Refused: strict JSON's failures, ``wrong-kind`` or ``bad-document``.
    """
    tree = strictjson.parse_loose(data, limit_bytes=DOCUMENT_LIMIT_BYTES)
    try:
        shape = _Shape.model_validate(tree)
        if shape.kind != kind:
            raise Refused("wrong-kind", f"document of kind {shape.kind[:40]!r} where {kind!r} is expected")
        payload = model.model_validate(shape.payload)
    except ValidationError as error:
        raise Refused("bad-document", f"{kind}: " + "; ".join(faults(error)[:5])) from error
    document = _assemble(kind, payload, shape.signatures)
    if document.data != data:
        raise Refused("not-canonical", f"{kind}: not in its one encoding (sorted keys, no white space, every field)")
    return document


def _assemble(kind: Kind, payload: Payload, signatures: tuple[Signature, ...]) -> Signed[Payload]:
    tree = {
        "kind": kind,
        "payload": payload.model_dump(mode="json"),
        "signatures": [signature.model_dump() for signature in signatures],
    }
    return Signed(kind, payload, signatures, strictjson.dump(tree))


def _message(kind: Kind, payload: Strict) -> bytes:
    return f"mimamori-edge/{kind}/v1\n".encode() + to_json(payload)
