"""The authority: which key holds which role in a city, signed by the city's root.

Rules:
  1. Trust begins at 32 bytes: the root's public key, which node and desk hold from the start.
  2. A role's word counts only between its key's ``not_before`` and ``not_after``, at the time when it was given.
  3. Versions only rise; a newer authority names the hash of the one before.
  4. A new root is signed by the old root and the new one.
  5. A demonstration's authority says so; whoever is not a demonstration refuses it.
  6. No key is both manager's and operator's: one person's signature would count for two.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from edge.base.errors import Refused
from edge.base.model import Hex32, OpaqueId, Strict, Utc
from edge.wire import signed
from edge.wire.signed import Payload, Signed


class Role(StrEnum):
    """What a key may say."""

    REGISTRATION = "registration"
    RECEIPT = "receipt"
    COMMAND = "command"
    MASK = "mask"
    VISIT = "visit"
    RELEASE = "release"
    MANAGER = "manager"
    """The manager's half of the key lists."""
    OPERATOR = "operator"
    """The operator's half of the key lists."""


class RoleKey(Strict):
    """One role's key and when it counts."""

    role: Annotated[Role, Field(strict=False)]
    public_key: Hex32
    not_before: Utc
    not_after: Utc


class Authority(Strict):
    """The payload that the root signs."""

    v: Literal[1] = 1
    city: OpaqueId
    demo: bool
    version: Annotated[int, Field(ge=1, lt=2**31)]
    previous: Hex32 | None
    root: Hex32
    issued: Utc
    keys: Annotated[tuple[RoleKey, ...], Field(strict=False, max_length=256)]

    @model_validator(mode="after")
    def _custodians_are_two(self) -> Authority:
        managers = {key.public_key for key in self.keys if key.role is Role.MANAGER}
        if any(key.role is Role.OPERATOR and key.public_key in managers for key in self.keys):
            raise ValueError("one key is manager's and operator's; each custodian needs a key of its own")
        return self

    def holders(self, role: Role, at: int) -> Iterator[bytes]:
        """Yields the public keys that hold ``role`` at a UTC time in microseconds."""
        for key in self.keys:
            if key.role is role and key.not_before <= at <= key.not_after:
                yield bytes.fromhex(key.public_key)

    def require(self, document: Signed[Payload], role: Role, at: int) -> None:
        """Checks that a holder of ``role`` at time ``at`` signed ``document``.

        Raises:
            Refused: ``bad-signature``.
        """
        if not any(document.signed_by(key) for key in self.holders(role, at)):
            raise Refused("bad-signature", f"{document.kind}: no valid signature by the city's {role} key of that time")


def parse_authority(data: bytes, root: bytes, *, demo: bool) -> Signed[Authority]:
    """Parses and checks an authority against the trusted root.

    Args:
        root: 32 bytes, the root's public key that the reader holds already.
        demo: whether the reader is a demonstration itself.

    Raises:
        Refused: ``foreign-root``, ``bad-signature``, ``demonstration`` or the parser's failures.
    """
    document = signed.parse("authority", Authority, data)
    if bytes.fromhex(document.payload.root) != root:
        raise Refused(
            "foreign-root", f"authority of another root ({document.payload.root[:16]}…); expected {root.hex()[:16]}…"
        )
    document.require(root, "root")
    if document.payload.demo and not demo:
        raise Refused("demonstration", "authority is marked as a demonstration's; it counts nowhere else")
    return document


def accept_successor(current: Signed[Authority], data: bytes) -> Signed[Authority]:
    """Checks that ``data`` may replace ``current``: newer, linked, and signed by the old root and the new one.

    Raises:
        Refused: ``old-version``, ``bad-link``, ``bad-signature`` or the parser's failures.
    """
    document = signed.parse("authority", Authority, data)
    if document.payload.version <= current.payload.version:
        raise Refused(
            "old-version", f"authority version {document.payload.version} is not above {current.payload.version}"
        )
    if document.payload.version == current.payload.version + 1 and document.payload.previous != current.sha256:
        raise Refused("bad-link", "authority does not name the one before it")
    document.require(bytes.fromhex(current.payload.root), "old root")
    document.require(bytes.fromhex(document.payload.root), "new root")
    if document.payload.demo != current.payload.demo:
        raise Refused("demonstration", "an authority cannot turn into or out of a demonstration's")
    return document
