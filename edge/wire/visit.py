"""Visit tickets: who may do what at which node, in which hours, signed by the city's visit role.

Rules:
  1. A ticket is for one node and one scope; what the scope does not name is not allowed.
  2. It counts within its hours. A node whose clock cannot be believed cannot tell the hour; it then takes a ticket only
     where no time that it knows for certain lies behind the ticket's end.
  3. A ticket to collect names the one window whose records may leave, of ``WINDOW_LIMIT_US`` at most; no other ticket
     names one.
  4. The one-time code of the work order belongs to the ticket: the ticket carries a salted, slow hash of it, so that
     neither the card nor the camera holds the code.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from edge.base.clock import SECOND_US
from edge.base.errors import Refused
from edge.base.model import Hex16, Hex32, NodeId, OpaqueId, Strict, Utc
from edge.wire import signed
from edge.wire.authority import Authority, Role
from edge.wire.signed import Signed

CODE_CHARACTERS = 8
TICKET_LIMIT_BYTES = 4096
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that is easily read for a digit or another; 8 characters are 40 bits."""
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**14, 8, 1
"""16 MiB of memory a guess (RFC 7914): a node with 512 MB can afford one, a thief with the card not 2**40."""


WINDOW_LIMIT_US = 86_400 * SECOND_US
"""A day: a node looks through the headers of a window in memory."""


class Scope(StrEnum):
    """What a visit is for."""

    FIRST = "first"
    """Aim, draw masks, sign off: a node that has never recorded."""
    RE_AIM = "re-aim"
    """The same for one that has."""
    COLLECT = "collect"
    """Take sealed records of a window."""
    INSPECT = "inspect"
    """Look at the painted picture and the state."""
    DECOMMISSION = "decommission"
    """Destroy keys and spool."""

    @property
    def aims(self) -> bool:
        """Whether the unpainted preview and other masks are allowed."""
        return self in (Scope.FIRST, Scope.RE_AIM)

    @property
    def needs_camera(self) -> bool:
        """Whether the recorder gives the camera away for it."""
        return self.aims or self is Scope.INSPECT


class Window(Strict):
    """The time whose records may be collected, UTC microseconds."""

    start: Utc
    end: Utc

    @model_validator(mode="after")
    def _runs_forward(self) -> Window:
        if not 0 < self.end - self.start <= WINDOW_LIMIT_US:
            raise ValueError(f"a window runs forward and lasts {WINDOW_LIMIT_US // 3_600_000_000} hours at most")
        return self


class VisitTicket(Strict):
    """Lets one installer visit one node.

    Attributes:
        ticket: its id, which VISIT and SIGNOFF records name.
        installer: opaque id, never a name.
        begins, ends: the hours.
        window: what may be collected; with scope ``collect`` alone.
        code_salt, code_hash: scrypt of the work order's one-time code.
    """

    v: Literal[1] = 1
    ticket: Hex16
    node: NodeId
    installer: OpaqueId
    scope: Annotated[Scope, Field(strict=False)]
    issued: Utc
    begins: Utc
    ends: Utc
    window: Window | None = None
    code_salt: Hex16
    code_hash: Hex32

    @model_validator(mode="after")
    def _hours_run_forward(self) -> VisitTicket:
        if self.ends <= self.begins:
            raise ValueError("the hours end before they begin")
        return self

    @model_validator(mode="after")
    def _collects_a_window(self) -> VisitTicket:
        if (self.window is not None) is not (self.scope is Scope.COLLECT):
            raise ValueError("a ticket to collect names its window, and no other does")
        return self

    def opens_with(self, code: str) -> bool:
        """Whether ``code``, as a person typed it, is the work order's."""
        return hmac.compare_digest(_slow_hash(normal_code(code), self.code_salt), self.code_hash)


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time code, for the work order alone, and what the ticket says of it."""

    text: str
    salt: str
    hash: str

    def __repr__(self) -> str:
        return "Code(…)"


def new_code() -> Code:
    """Makes a code, printed as ``XXXX-XXXX``."""
    letters = "".join(_ALPHABET[byte % 32] for byte in os.urandom(CODE_CHARACTERS))
    salt = os.urandom(16).hex()
    return Code(f"{letters[:4]}-{letters[4:]}", salt, _slow_hash(letters, salt))


def normal_code(text: str) -> str:
    """Returns a typed code in its one form: upper case, no separators, look-alikes as digits."""
    return text[:64].upper().translate(_MISREAD)


def parse_visit_ticket(data: bytes, authority: Authority, node: str, at: int, *, trusted: bool) -> Signed[VisitTicket]:
    """Parses a ticket and checks signer, node and hours.

    Args:
        at: UTC, microseconds; where not ``trusted`` the newest time that is known to have passed (rule 2).

    Raises:
        Refused: ``wrong-node``, ``expired``, ``bad-signature`` or the parser's failures.
    """
    if len(data) > TICKET_LIMIT_BYTES:
        raise Refused("too-long", f"visit ticket of {len(data)} bytes; one has at most {TICKET_LIMIT_BYTES}")
    document = signed.parse("visit-ticket", VisitTicket, data)
    ticket = document.payload
    authority.require(document, Role.VISIT, ticket.issued)
    if ticket.node != node:
        raise Refused(
            "wrong-node", f"visit ticket is for node {ticket.node!r}, this is {node!r}; fetch this node's own"
        )
    if at > ticket.ends or (trusted and at < ticket.begins):
        raise Refused("expired", "visit ticket is not valid at this hour; ask the manager for another")
    return document


def _slow_hash(code: str, salt: str) -> str:
    return hashlib.scrypt(
        code.encode(), salt=bytes.fromhex(salt), n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P, maxmem=2**26, dklen=32
    ).hex()
