"""Certificates for nodes: at enrolment by a one-time ticket, later by a request that the registered key signed.

Rules:
  1. A ticket counts once. The same enrolment again gets a certificate again, since the answer may have been lost;
     another enrolment with a used ticket is refused.
  2. A renewal needs the registered TLS key, no client certificate, and comes at most 14 days after expiry.
  3. A certificate counts only while its key is the node's: a newer enrolment or registration supersedes it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection, bindparam, func, insert, select

from edge.base import strictjson
from edge.base.clock import SECOND_US
from edge.base.errors import Refused
from edge.center.center import Center
from edge.center.failures import document_refused
from edge.center.nodes import enrol, require_node
from edge.center.schema import certificates, tickets
from edge.wire.certificates import dump_certificates, expires_us, key_hash, parse_request
from edge.wire.registration import Enrolment, EnrolmentTicket, parse_enrolment, parse_ticket
from edge.wire.signed import DOCUMENT_LIMIT_BYTES, Signed

GRACE_US = int(timedelta(days=14).total_seconds()) * SECOND_US


def enrol_node(center: Center, body: bytes) -> bytes:
    """Takes ``{"ticket", "enrolment"}`` and returns the node's certificate with the issuing CA's, PEM.

    Raises:
        Refused: ``ticket-used``, ``wrong-node``, ``revoked`` or a document's failures.
    """
    try:
        ticket_bytes, enrolment_bytes = _two_documents(body)
        enrolment = parse_enrolment(enrolment_bytes)
        request = parse_request(enrolment.payload.csr.encode(), enrolment.payload.node)
    except Refused as error:
        raise document_refused(error) from error
    with center.database.write() as connection:
        used_us = _used(connection, enrolment)
        at = center.clock.now_us() if used_us is None else used_us
        ticket = _fitting_ticket(center, ticket_bytes, enrolment, at)
        if used_us is None:
            row = {"ticket": ticket.ticket, "node": ticket.node, "used_us": at}
            connection.execute(insert(tickets).values(row | {"enrolment_sha256": enrolment.sha256}))
            enrol(connection, enrolment, key_hash(request))
        _require_key(connection, ticket.node, request)
        return _issue(center, connection, ticket.node, request)


def renew(center: Center, node: str, pem: bytes) -> bytes:
    """Returns a new certificate for a node's registered TLS key.

    Raises:
        Refused: ``unknown-node``, ``revoked``, ``foreign-key``, ``renewal-too-late`` or the request's failures.
    """
    with center.database.write() as connection:
        require_node(connection, node)
        try:
            request = parse_request(pem, node)
        except Refused as error:
            raise document_refused(error) from error
        _require_key(connection, node, request)
        newest = connection.execute(select(func.max(certificates.c.expires_us)).where(certificates.c.node == node))
        expires = newest.scalar()
        if expires is not None and center.tls_clock.now_us() > expires + GRACE_US:
            raise Refused("renewal-too-late", f"certificate of {node} expired more than 14 days ago; enrol it anew")
        return _issue(center, connection, node, request)


_TLS_KEY = select(certificates.c.tls_key).where(
    certificates.c.serial == bindparam("number"), certificates.c.node == bindparam("of")
)


def require_current(connection: Connection, node: str, serial: str) -> None:
    """Checks that the certificate a node came with is one that still counts (rule 3).

    Raises:
        Refused: ``unknown-node``, ``revoked`` or ``superseded``.
    """
    known = require_node(connection, node)
    if connection.execute(_TLS_KEY, {"number": serial, "of": node}).scalar() != known.tls_key:
        raise Refused("superseded", f"this certificate of {node} is not for its registered key; enrol the node anew")


def certificate_expiry(connection: Connection) -> dict[str, int]:
    """Returns when each node's newest certificate expires, UTC microseconds."""
    query = select(certificates.c.node, func.max(certificates.c.expires_us)).group_by(certificates.c.node)
    return {node: int(expires) for node, expires in connection.execute(query)}


def enrolments(connection: Connection) -> dict[str, int]:
    """Returns when each node's newest ticket was used, UTC microseconds."""
    query = select(tickets.c.node, func.max(tickets.c.used_us)).group_by(tickets.c.node)
    return {node: int(used) for node, used in connection.execute(query)}


def _two_documents(body: bytes) -> tuple[bytes, bytes]:
    tree: Any = strictjson.parse_loose(body, limit_bytes=DOCUMENT_LIMIT_BYTES)
    if not isinstance(tree, dict) or set(tree) != {"ticket", "enrolment"}:
        raise Refused("bad-document", 'send {"ticket": document, "enrolment": document}')
    return strictjson.dump(tree["ticket"]), strictjson.dump(tree["enrolment"])


def _used(connection: Connection, enrolment: Signed[Enrolment]) -> int | None:
    """Returns when this enrolment used the ticket; None for a fresh ticket."""
    query = select(tickets.c.enrolment_sha256, tickets.c.used_us).where(tickets.c.ticket == enrolment.payload.ticket)
    row = connection.execute(query).first()
    if row is None:
        return None
    if row.enrolment_sha256 != enrolment.sha256:
        raise Refused("ticket-used", "this enrolment ticket was used by another enrolment; ask for a new one")
    return int(row.used_us)


def _fitting_ticket(center: Center, data: bytes, enrolment: Signed[Enrolment], at: int) -> EnrolmentTicket:
    try:
        ticket = parse_ticket(data, center.authority.payload, at).payload
        if (ticket.ticket, ticket.node) != (enrolment.payload.ticket, enrolment.payload.node):
            raise Refused("wrong-ticket", f"enrolment of {enrolment.payload.node} does not name this ticket")
    except Refused as error:
        raise document_refused(error) from error
    return ticket


def _require_key(connection: Connection, node: str, request: x509.CertificateSigningRequest) -> None:
    known = require_node(connection, node)
    if known.tls_key != key_hash(request):
        raise document_refused(Refused("foreign-key", f"request is not by the registered TLS key of {node}"))


def _issue(center: Center, connection: Connection, node: str, request: x509.CertificateSigningRequest) -> bytes:
    public = request.public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise Refused("bad-request", "certificate request is not by a P-256 key")
    now = center.tls_clock.now_us()
    certificate = center.issuer.client(public, node, now)
    row = {
        "serial": f"{certificate.serial_number:x}",
        "node": node,
        "tls_key": key_hash(certificate),
        "issued_us": now,
        "expires_us": expires_us(certificate),
    }
    connection.execute(insert(certificates).values(row))
    return dump_certificates(certificate, center.issuer.certificate)
