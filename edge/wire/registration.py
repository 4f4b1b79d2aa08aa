"""How a node becomes known: one-time ticket, the node's enrolment, the city's registration.

Rules:
  1. The registration role signs a ticket for one node; the center takes each ticket once.
  2. The node signs its enrolment with its signing key and names ticket, keys and certificate request.
  3. The center then holds the node provisionally. Provenance of its records is proven only by a registration that
     the registration role signed after a person compared it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from edge.base.errors import Refused
from edge.base.model import Hex16, Hex32, NodeId, Strict, Utc
from edge.wire import signed
from edge.wire.authority import Authority, Role
from edge.wire.signed import Signed


class EnrolmentTicket(Strict):
    """Lets one node present itself once."""

    v: Literal[1] = 1
    ticket: Hex16
    node: NodeId
    issued: Utc
    expires: Utc


class Enrolment(Strict):
    """What the node says of itself, signed by its signing key.

    Attributes:
        csr: PEM certificate request, signed by the node's TLS key.
    """

    v: Literal[1] = 1
    ticket: Hex16
    node: NodeId
    signing_key: Hex32
    csr: Annotated[str, Field(max_length=4096)]


class Registration(Strict):
    """The city's word that a signing key and a TLS key are this node's.

    Attributes:
        tls_key: SHA-256 of the TLS key's SubjectPublicKeyInfo, hex.
    """

    v: Literal[1] = 1
    node: NodeId
    signing_key: Hex32
    tls_key: Hex32
    registered: Utc


def parse_ticket(data: bytes, authority: Authority, at: int) -> Signed[EnrolmentTicket]:
    """Parses a ticket and checks signature and life at UTC ``at``.

    Raises:
        Refused: ``expired``, ``bad-signature`` or the parser's failures.
    """
    document = signed.parse("enrolment-ticket", EnrolmentTicket, data)
    authority.require(document, Role.REGISTRATION, document.payload.issued)
    if not document.payload.issued <= at <= document.payload.expires:
        raise Refused(
            "expired", f"enrolment ticket for {document.payload.node} is not valid at this time; ask for a new one"
        )
    return document


def parse_enrolment(data: bytes) -> Signed[Enrolment]:
    """Parses an enrolment and checks that it is signed by the key it names.

    Raises:
        Refused: ``bad-signature`` or the parser's failures.
    """
    document = signed.parse("enrolment", Enrolment, data)
    document.require(bytes.fromhex(document.payload.signing_key), "node's signing")
    return document


def parse_registration(data: bytes, authority: Authority) -> Signed[Registration]:
    """Parses a registration and checks that the registration role signed it.

    Raises:
        Refused: ``bad-signature`` or the parser's failures.
    """
    document = signed.parse("registration", Registration, data)
    authority.require(document, Role.REGISTRATION, document.payload.registered)
    return document
