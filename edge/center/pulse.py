"""Heartbeats and link states, checked and kept: the newest word and the newest proof of each node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from edge.base.errors import Refused
from edge.center.alarm import raise_alarm, raise_for
from edge.center.center import Center
from edge.center.nodes import KnownNode, require_node
from edge.center.proof import Proof, moved_on, read_proof
from edge.center.schema import heartbeats
from edge.center.visitmatters import DECOMMISSION_ASKED
from edge.center.visits import claim_visitor
from edge.seal.record import Header
from edge.wire.heartbeat import Heartbeat, parse_heartbeat


@dataclass(frozen=True, slots=True)
class Pulse:
    """What is kept of a node's words.

    Attributes:
        received_us: the center's UTC of the newest heartbeat.
        link: ``online`` or ``offline``, as the broker last said.
    """

    received_us: int | None
    document: bytes | None
    link: str | None
    link_us: int | None
    proof: Proof | None


def take_heartbeat(center: Center, node: str, payload: bytes, *, retained: bool) -> None:
    """Keeps a heartbeat.

    Args:
        retained: the broker kept it, so it is as old as it says itself.

    Raises:
        Refused: ``unknown-node``, ``revoked`` or the heartbeat's failures; a false proof raises an alarm too.
    """
    heartbeat = parse_heartbeat(payload, node)
    now = center.clock.now_us()
    at = min(now, heartbeat.sent) if retained else now
    with center.database.write() as connection:
        header = _proven(connection, require_node(connection, node), heartbeat, now)
        if isinstance(header, Refused):
            return
        before = find_pulse(connection, node)
        if retained and before is not None and (before.received_us or 0) >= at:
            return
        values: dict[str, Any] = {"received_us": at, "document": payload}
        proof = moved_on(before.proof if before else None, header, at)
        _keep(connection, node, values | (_columns(proof) if proof else {}), known=before is not None)
        _hear_of_hands(connection, heartbeat, now)


def take_link(center: Center, node: str, payload: bytes) -> None:
    """Keeps what the broker says of a node's connection.

    Raises:
        Refused: ``unknown-node``, ``revoked`` or ``bad-document``.
    """
    if payload not in (b"online", b"offline"):
        raise Refused("bad-document", f"link of {node} is neither online nor offline")
    with center.database.write() as connection:
        require_node(connection, node)
        before = find_pulse(connection, node)
        if before is None or before.link != payload.decode():
            values = {"link": payload.decode(), "link_us": center.clock.now_us()}
            _keep(connection, node, values, known=before is not None)


def find_pulse(connection: Connection, node: str) -> Pulse | None:
    """Returns what is kept of a node; None before its first word."""
    row = connection.execute(select(heartbeats).where(heartbeats.c.node == node)).first()
    return None if row is None else _pulse(row)


def all_pulses(connection: Connection) -> dict[str, Pulse]:
    """Returns what is kept, by node."""
    return {row.node: _pulse(row) for row in connection.execute(select(heartbeats))}


def _proven(connection: Connection, node: KnownNode, heartbeat: Heartbeat, now_us: int) -> Header | Refused | None:
    try:
        return read_proof(heartbeat, node.signing_key)
    except Refused as error:
        # Kept in the same transaction, so the alarm stands although the heartbeat does not count.
        raise_alarm(connection, node.node, "false-proof", error.failure, str(error), now_us)
        return error


def _hear_of_hands(connection: Connection, heartbeat: Heartbeat, now_us: int) -> None:
    """Notes who visits, and raises a request for decommissioning, once each."""
    visit, asked_us = heartbeat.visit, heartbeat.decommission_asked
    if visit is not None:
        claim_visitor(connection, heartbeat.node, visit.ticket, visit.installer, now_us)
    if asked_us is not None:
        detail = f"the button was held for 15 s at the open case, at {asked_us} by the node's clock"
        raise_for(connection, heartbeat.node, DECOMMISSION_ASKED, "case", detail, now_us)


def _pulse(row: Any) -> Pulse:
    proof = None
    if row.proof_chain is not None:
        proof = Proof(row.proof_chain, row.proof_sequence, row.proof_end_us, bool(row.proof_blanked), row.moved_us)
    return Pulse(row.received_us, row.document, row.link, row.link_us, proof)


def _columns(proof: Proof) -> dict[str, Any]:
    return {
        "proof_chain": proof.chain,
        "proof_sequence": proof.sequence,
        "proof_end_us": proof.end_us,
        "proof_blanked": proof.blanked,
        "moved_us": proof.moved_us,
    }


def _keep(connection: Connection, node: str, values: dict[str, Any], *, known: bool) -> None:
    if known:
        connection.execute(update(heartbeats).where(heartbeats.c.node == node).values(**values))
    else:
        connection.execute(insert(heartbeats).values(node=node, **values))
