"""Visit tickets on their way from the desk to the node: the newest one of each node, and whose each was."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, select

from edge.base.errors import Refused
from edge.center.center import Center
from edge.center.failures import document_refused
from edge.center.schema import visit_tickets, visitors
from edge.wire.visit import parse_visit_ticket

CLAIMS_AT_MOST = 256
"""Of visitors that a node names by itself, so that no node fills the index; what the city published has no limit."""


def publish_visit_ticket(center: Center, node: str, body: bytes) -> None:
    """Keeps a node's newer ticket; one whose hours are still to come is as good.

    Raises:
        Refused: ``old-version`` or the document's failures.
    """
    try:
        offered = parse_visit_ticket(body, center.authority.payload, node, center.clock.now_us(), trusted=False)
    except Refused as error:
        raise document_refused(error) from error
    issued = offered.payload.issued
    with center.database.write() as connection:
        kept = connection.execute(select(visit_tickets).where(visit_tickets.c.node == node)).first()
        if kept is not None and bytes(kept.document) == offered.data:
            return
        if kept is not None and issued <= kept.issued_us:
            raise Refused("old-version", f"visit ticket of {node} is not newer than the one kept; make another")
        connection.execute(delete(visit_tickets).where(visit_tickets.c.node == node))
        row = {"node": node, "issued_us": issued, "document": offered.data}
        connection.execute(insert(visit_tickets).values(row))
        name_visitor(connection, node, offered.payload.ticket, offered.payload.installer, center.clock.now_us())


def find_visit_ticket(connection: Connection, node: str) -> bytes | None:
    """Returns the newest ticket's bytes, if any."""
    document = connection.execute(select(visit_tickets.c.document).where(visit_tickets.c.node == node)).scalar()
    return None if document is None else bytes(document)


def name_visitor(connection: Connection, node: str, ticket: str, installer: str, now_us: int) -> None:
    """Notes whose ticket it is."""
    mine = (visitors.c.node == node, visitors.c.ticket == ticket)
    connection.execute(delete(visitors).where(*mine))
    row = {"node": node, "ticket": ticket, "installer": installer, "seen_us": now_us}
    connection.execute(insert(visitors).values(row))


def claim_visitor(connection: Connection, node: str, ticket: str, installer: str, now_us: int) -> None:
    """Notes whose ticket it is by the node's word, which never takes the place of what is known."""
    mine = select(visitors.c.ticket).where(visitors.c.node == node)
    known = connection.execute(mine.where(visitors.c.ticket == ticket)).first() is not None
    claimed = connection.execute(select(func.count()).select_from(mine.subquery())).scalar() or 0
    if not known and claimed < CLAIMS_AT_MOST:
        name_visitor(connection, node, ticket, installer, now_us)
