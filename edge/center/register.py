"""The register of cameras: what installers wrote down on site, in the index and nowhere else (R-ASAHIKAWA-10).

Rules:
  1. It is personal data. Nothing of it is logged, put into a metric or an error; staff see it on the fleet page, the
     desk on asking.
  2. A node writes its own entry alone, the desk any; what came last replaces the one before: there is no history.
  3. The entry of a node that was taken out of service goes after ``register_kept_days``, any entry at once when a
     person says so.
  4. A consent's revocation is known from the entry and from the newest mask order, in which the city writes it.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, delete, insert, select

from edge.base import strictjson
from edge.base.clock import SECOND_US
from edge.base.errors import Refused
from edge.base.model import Day, OpaqueId
from edge.center.center import Center
from edge.center.config import CenterConfig
from edge.center.nodes import require_node
from edge.center.schema import mask_orders, nodes, register_entries
from edge.wire import signed
from edge.wire.maskorder import MASKS_LIMIT_CHARACTERS, MaskOrder
from edge.wire.register import Camera, Register
from edge.wire.registerentry import RegisterEntry, parse_register_entry

_DAY_US = 86_400 * SECOND_US
_CONSENT, _DAY = TypeAdapter(OpaqueId), TypeAdapter(Day)


@dataclass(frozen=True, slots=True)
class Kept:
    """One row."""

    entry: RegisterEntry
    received_us: int


def put_register_entry(center: Center, node: str, body: bytes) -> None:
    """Keeps a node's entry in place of the one before.

    Raises:
        Refused: ``wrong-node``, ``bad-document``, ``unknown-node`` or ``revoked``; nothing in it tells the entry.
    """
    entry = parse_register_entry(body)
    if entry.node != node:
        raise Refused("wrong-node", f"register entry is not of node {node!r}")
    with center.database.write() as connection:
        require_node(connection, node)
        connection.execute(delete(register_entries).where(register_entries.c.node == node))
        row = {"node": node, "received_us": center.clock.now_us(), "document": body}
        connection.execute(insert(register_entries).values(row))


def all_entries(connection: Connection, only: str | None = None) -> dict[str, Kept]:
    """Returns what is kept, by node."""
    query = select(register_entries)
    rows = connection.execute(query if only is None else query.where(register_entries.c.node == only))
    return {row.node: Kept(parse_register_entry(bytes(row.document)), int(row.received_us)) for row in rows}


def forget_entry(connection: Connection, node: str) -> bool:
    """Deletes a node's entry; False where there is none."""
    found = connection.execute(delete(register_entries).where(register_entries.c.node == node))
    return bool(found.rowcount)


def forget_retired(connection: Connection, kept_days: int, now_us: int) -> int:
    """Deletes the entries of nodes that were taken out of service so long ago; returns how many."""
    retired = select(nodes.c.node).where(nodes.c.revoked_us <= now_us - kept_days * _DAY_US)
    return connection.execute(delete(register_entries).where(register_entries.c.node.in_(retired))).rowcount


def read_register(connection: Connection, config: CenterConfig, now_us: int) -> Register:
    """Returns the whole register: every node that was enrolled, by id, with its entry where there is one."""
    entries, revoked = all_entries(connection), _revoked_by_order(connection)
    cameras = []
    for row in connection.execute(select(nodes.c.node, nodes.c.revoked_us).order_by(nodes.c.node)):
        kept = entries.get(row.node)
        contact = config.nodes.get(row.node)
        entry = None if kept is None else _with_revocations(kept.entry, revoked.get(row.node, {}))
        cameras.append(
            Camera(
                node=row.node,
                label="" if contact is None else contact.label,
                retired=row.revoked_us,
                entry=entry,
            )
        )
    return Register(city=config.city, at=now_us, cameras=tuple(cameras))


def _with_revocations(entry: RegisterEntry, ordered: dict[str, str]) -> RegisterEntry:
    revoked = {number: day for number, day in (ordered | entry.revoked).items() if number in entry.consents}
    return entry.model_copy(update={"revoked": revoked})


def _revoked_by_order(connection: Connection) -> dict[str, dict[str, str]]:
    """Returns which consents the newest mask orders call revoked, and when, by node."""
    found = {}
    for row in connection.execute(select(mask_orders.c.node, mask_orders.c.document)):
        order = signed.parse("mask-order", MaskOrder, bytes(row.document)).payload
        found[row.node] = revocations(order.masks)
    return found


def revocations(masks: str) -> dict[str, str]:
    """Returns the revocation dates in the text of a ``masks.json``, by consent; what cannot be read has none."""
    try:
        tree = strictjson.parse_loose(masks.encode(), limit_bytes=4 * MASKS_LIMIT_CHARACTERS)
    except Refused:
        return {}
    listed = tree.get("masks") if isinstance(tree, dict) else None
    found = {}
    for mask in listed if isinstance(listed, list) else []:
        if isinstance(mask, dict) and mask.get("revoked") is not None:
            try:
                number = _CONSENT.validate_python(mask.get("consent"))
                found[number] = _DAY.validate_python(mask["revoked"])
            except ValidationError:
                continue
    return found
