"""Mask orders on their way from the desk to the node: the newest one of each node."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from edge.base.errors import Refused
from edge.center.center import Center
from edge.center.failures import document_refused
from edge.center.schema import mask_orders
from edge.wire.maskorder import parse_mask_order


def publish_mask_order(center: Center, node: str, body: bytes) -> None:
    """Keeps a node's newer order; whether its masks are allowed only the node can tell.

    Raises:
        Refused: ``replayed`` or the document's failures.
    """
    with center.database.write() as connection:
        kept = connection.execute(select(mask_orders).where(mask_orders.c.node == node)).first()
        if kept is not None and bytes(kept.document) == body:
            return
        try:
            offered = parse_mask_order(body, center.authority.payload, node, 0 if kept is None else kept.counter)
        except Refused as error:
            raise document_refused(error) from error
        connection.execute(delete(mask_orders).where(mask_orders.c.node == node))
        row = {"node": node, "counter": offered.payload.counter, "document": offered.data}
        connection.execute(insert(mask_orders).values(row))


def find_mask_order(connection: Connection, node: str) -> bytes | None:
    """Returns the newest order's bytes, if any."""
    document = connection.execute(select(mask_orders.c.document).where(mask_orders.c.node == node)).scalar()
    return None if document is None else bytes(document)
