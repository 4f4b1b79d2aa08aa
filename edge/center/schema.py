"""The index's tables; the same on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table

_Big = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData()


def _text(name: str, characters: int) -> Column[str]:
    return Column(name, String(characters), nullable=False)


def _number(name: str) -> Column[int]:
    """A count, or microseconds since 1970 where the name says ``_us``."""
    return Column(name, _Big, nullable=False)


def _numbered(name: str, *rest: Column[Any] | Index) -> Table:
    """A table whose rows have numbers, each of one node."""
    return Table(name, metadata, Column("id", _Big, primary_key=True, autoincrement=True), *rest)


def _newest(name: str, *rest: Column[Any]) -> Table:
    """A table of one document a node, the newest, and what is asked of it without reading it."""
    node = Column("node", String(32), primary_key=True)
    return Table(name, metadata, node, *rest, Column("document", LargeBinary, nullable=False))


nodes = Table(
    "nodes",
    metadata,
    Column("node", String(32), primary_key=True),
    _text("signing_key", 64),
    _text("tls_key", 64),
    Column("provisional", Boolean, nullable=False),
    Column("enrolment", LargeBinary),
    Column("registration", LargeBinary),
    Column("revoked_us", _Big),
)
"""Who may upload: the keys of the newest enrolment, or those that the city registered after it."""

tickets = Table(
    "tickets",
    metadata,
    Column("ticket", String(32), primary_key=True),
    _text("node", 32),
    _text("enrolment_sha256", 64),
    _number("used_us"),
)

certificates = Table(
    "certificates",
    metadata,
    Column("serial", String(40), primary_key=True),
    Column("node", String(32), nullable=False, index=True),
    _text("tls_key", 64),
    _number("issued_us"),
    _number("expires_us"),
)

runs = _numbered(
    "runs",
    _text("node", 32),
    _text("chain", 32),
    _number("first"),
    _number("last"),
    Column("previous", String(64)),
    _text("day", 10),
    _number("offset"),
    _number("length"),
    Column("expired", Boolean, nullable=False),
    _number("start_us"),
    _number("end_us"),
    _number("received_us"),
    Column("entries", LargeBinary, nullable=False),
    Index("runs_by_chain", "node", "chain", "first", unique=True),
    Index("runs_by_day", "node", "day"),
    Index("runs_by_time", "node", "start_us"),
    Index("runs_by_receipt", "node", "received_us"),
)
"""One row per stored run of records.

``previous`` is the link of its first record (null for BOOT, which may pass over lost ones); ``offset`` and ``length``
are of the day's records file or, once ``expired``, of its headers file.
"""

spans = _numbered(
    "spans",
    _text("node", 32),
    _text("kind", 16),
    _number("start_us"),
    _number("end_us"),
    Index("spans_by_end", "node", "end_us"),
)
"""Stretches of time that stored records account for: ``recorded``, ``blanked``, or the cause of a gap."""

receipts = _numbered(
    "receipts",
    _text("node", 32),
    _text("chain", 32),
    _number("first"),
    _number("last"),
    Column("document", LargeBinary, nullable=False),
    Index("receipts_by_chain", "node", "chain", "first"),
)

key_lists = _newest("key_lists", _number("version"), _text("sha256", 64), _number("expires_us"))

visit_tickets = _newest("visit_tickets", _number("issued_us"))
"""Each node's newest ticket for a visit, which it fetches itself."""

visit_events = _numbered(
    "visit_events",
    _text("node", 32),
    _text("ticket", 32),
    _number("number"),
    _text("state", 64),
    _text("scope", 16),
    _number("at_us"),
    Index("visit_events_once", "node", "ticket", "number", "at_us", unique=True),
    Index("visit_events_by_time", "node", "at_us", "number"),
)
"""What stored VISIT records tell; kept when their day expires: the date of a last inspection outlives footage."""

visitors = Table(
    "visitors",
    metadata,
    Column("node", String(32), primary_key=True),
    Column("ticket", String(32), primary_key=True),
    _text("installer", 64),
    _number("seen_us"),
)
"""Whose a ticket is, by an opaque id: records name the ticket alone."""

register_entries = _newest("register_entries", _number("received_us"))
"""Personal data: where each camera hangs and who answers there. One row a node, the newest; see ``register.py``."""

mask_orders = _newest("mask_orders", _number("counter"))
"""Each node's newest order of larger masks, which it fetches itself."""

commands = Table(
    "commands",
    metadata,
    Column("node", String(32), primary_key=True),
    Column("counter", _Big, primary_key=True),
    _number("expires_us"),
    Column("published_us", _Big),
    Column("document", LargeBinary, nullable=False),
)

alarms = _numbered(
    "alarms",
    Column("node", String(32), nullable=False, index=True),
    _text("kind", 32),
    _text("subject", 64),
    _number("since_us"),
    Column("cleared_us", _Big),
    _text("detail", 400),
    Index("alarms_once", "node", "kind", "subject", unique=True),
)
"""What a person must decide. An uncleared ``fork`` freezes the chain that its subject names."""

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("node", String(32), primary_key=True),
    Column("received_us", _Big),
    Column("document", LargeBinary),
    Column("link", String(16)),
    Column("link_us", _Big),
    Column("proof_chain", String(32)),
    Column("proof_sequence", _Big),
    Column("proof_end_us", _Big),
    Column("proof_blanked", Boolean),
    Column("moved_us", _Big),
)
"""The newest word of each node, and the newest signed header that moved on: its proof of recording."""
