"""Signed documents that the desk gives to the center: registrations, key lists, commands."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from edge.base.errors import Refused
from edge.center.center import Center
from edge.center.failures import document_refused
from edge.center.nodes import find_node, register
from edge.center.schema import commands, key_lists
from edge.wire import signed
from edge.wire.command import Command, parse_command
from edge.wire.keylist import KeyList, newer, parse_key_list
from edge.wire.registration import parse_registration
from edge.wire.signed import Signed


@dataclass(frozen=True, slots=True)
class Pending:
    """A command that has not been published since it came."""

    node: str
    counter: int
    document: bytes


def publish_key_list(center: Center, node: str, body: bytes) -> None:
    """Keeps a node's newer key list.

    Raises:
        Refused: ``old-version``, ``bad-link`` or the document's failures.
    """
    try:
        offered = parse_key_list(body, center.authority.payload, node)
    except Refused as error:
        raise document_refused(error) from error
    with center.database.write() as connection:
        kept = find_key_list(connection, node)
        current = None if kept is None else signed.parse("key-list", KeyList, kept)
        newer(current, offered)
        connection.execute(delete(key_lists).where(key_lists.c.node == node))
        row = {"version": offered.payload.version, "sha256": offered.sha256, "expires_us": offered.payload.expires}
        connection.execute(insert(key_lists).values(row | {"node": node, "document": offered.data}))


def find_key_list(connection: Connection, node: str) -> bytes | None:
    """Returns the newest key list's bytes, if any."""
    document = connection.execute(select(key_lists.c.document).where(key_lists.c.node == node)).scalar()
    return None if document is None else bytes(document)


def key_list_expiry(connection: Connection) -> dict[str, int]:
    """Returns when each node's key list expires, UTC microseconds."""
    return {row.node: int(row.expires_us) for row in connection.execute(select(key_lists))}


def put_registration(center: Center, node: str, body: bytes) -> None:
    """Keeps the city's word for a node's keys; from now on they are no longer provisional.

    Raises:
        Refused: ``wrong-node``, ``old-version`` or the document's failures.
    """
    try:
        document = parse_registration(body, center.authority.payload)
        if document.payload.node != node:
            raise Refused("wrong-document", f"registration is of node {document.payload.node!r}, not {node!r}")
    except Refused as error:
        raise document_refused(error) from error
    with center.database.write() as connection:
        _require_newer_registration(center, connection, document.payload.registered, node)
        register(connection, document)


def post_command(center: Center, node: str, body: bytes) -> Signed[Command]:
    """Checks and keeps a command; the listener publishes it.

    Raises:
        Refused: ``replayed`` or the document's failures.
    """
    with center.database.write() as connection:
        highest = connection.execute(select(func.max(commands.c.counter)).where(commands.c.node == node)).scalar()
        try:
            document = parse_command(body, center.authority.payload, node, center.clock.now_us(), highest or 0)
        except Refused as error:
            raise document_refused(error) from error
        word = document.payload
        row = {"node": node, "counter": word.counter, "expires_us": word.expires, "document": document.data}
        connection.execute(insert(commands).values(row))
    return document


def pending_commands(connection: Connection, now_us: int) -> list[Pending]:
    """Returns unexpired commands that were not published yet, in order."""
    query = (
        select(commands.c.node, commands.c.counter, commands.c.document)
        .where(commands.c.published_us.is_(None), commands.c.expires_us >= now_us)
        .order_by(commands.c.node, commands.c.counter)
    )
    return [Pending(row.node, row.counter, bytes(row.document)) for row in connection.execute(query)]


def mark_published(connection: Connection, pending: Pending, now_us: int | None) -> None:
    """Notes when a command was published; None has it published again."""
    mine = (commands.c.node == pending.node, commands.c.counter == pending.counter)
    connection.execute(update(commands).where(*mine).values(published_us=now_us))


def _require_newer_registration(center: Center, connection: Connection, registered: int, node: str) -> None:
    known = find_node(connection, node)
    if known is None or known.registration is None:
        return
    before = parse_registration(known.registration, center.authority.payload).payload.registered
    if registered < before:
        raise Refused("old-version", f"registration of {node} is older than the one kept")
