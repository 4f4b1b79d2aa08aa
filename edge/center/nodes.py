"""Nodes as the index knows them: keys, provisional or registered, revoked."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from edge.base.errors import Refused
from edge.center.schema import nodes
from edge.wire.registration import Enrolment, Registration
from edge.wire.signed import Signed


@dataclass(frozen=True, slots=True)
class KnownNode:
    """A node and its keys.

    Attributes:
        tls_key: SHA-256 of the TLS key's SubjectPublicKeyInfo, hex.
        provisional: nobody has compared and registered these keys yet.
    """

    node: str
    signing_key: bytes
    tls_key: str
    provisional: bool
    enrolment: bytes | None
    registration: bytes | None
    revoked_us: int | None


_FIND = select(nodes).where(nodes.c.node == bindparam("of"))


def find_node(connection: Connection, node: str) -> KnownNode | None:
    """Returns what is known of a node; None where nothing is."""
    row = connection.execute(_FIND, {"of": node}).first()
    if row is None:
        return None
    return KnownNode(
        row.node,
        bytes.fromhex(row.signing_key),
        row.tls_key,
        bool(row.provisional),
        row.enrolment,
        row.registration,
        row.revoked_us,
    )


def require_node(connection: Connection, node: str) -> KnownNode:
    """Returns a node that may take part.

    Raises:
        Refused: ``unknown-node`` or ``revoked``.
    """
    known = find_node(connection, node)
    if known is None:
        raise Refused("unknown-node", f"node {node!r} is not enrolled here")
    if known.revoked_us is not None:
        raise Refused("revoked", f"node {node!r} was taken out of service; enrol it anew with a new ticket")
    return known


def enrol(connection: Connection, document: Signed[Enrolment], tls_key: str) -> None:
    """Takes a node's word for its keys, provisionally; a new enrolment lifts an earlier revocation."""
    node = document.payload.node
    values = {"signing_key": document.payload.signing_key, "tls_key": tls_key, "provisional": True}
    connection.execute(delete(nodes).where(nodes.c.node == node))
    connection.execute(insert(nodes).values(node=node, enrolment=document.data, **values))


def register(connection: Connection, document: Signed[Registration]) -> None:
    """Takes the city's word for a node's keys."""
    word = document.payload
    values = {"signing_key": word.signing_key, "tls_key": word.tls_key, "provisional": False}
    found = connection.execute(
        update(nodes).where(nodes.c.node == word.node).values(registration=document.data, **values)
    )
    if not found.rowcount:
        connection.execute(insert(nodes).values(node=word.node, registration=document.data, **values))


def revoke(connection: Connection, node: str, now_us: int) -> None:
    """Takes a node out of service: nothing is taken from it and no certificate is given any more.

    One that was out of service keeps its time, which the register's own end counts from.
    """
    standing = (nodes.c.node == node) & nodes.c.revoked_us.is_(None)
    connection.execute(update(nodes).where(standing).values(revoked_us=now_us))
