"""The index's tables; the same on SQLite and PostgreSQL."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table

_Big = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData()

nodes = Table(
    "nodes",
    metadata,
    Column("node", String(32), primary_key=True),
    Column("signing_key", String(64), nullable=False),
    Column("tls_key", String(64), nullable=False),
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
    Column("node", String(32), nullable=False),
    Column("enrolment_sha256", String(64), nullable=False),
    Column("used_us", _Big, nullable=False),
)

certificates = Table(
    "certificates",
    metadata,
    Column("serial", String(40), primary_key=True),
    Column("node", String(32), nullable=False, index=True),
    Column("tls_key", String(64), nullable=False),
    Column("issued_us", _Big, nullable=False),
    Column("expires_us", _Big, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", _Big, primary_key=True, autoincrement=True),
    Column("node", String(32), nullable=False),
    Column("chain", String(32), nullable=False),
    Column("first", _Big, nullable=False),
    Column("last", _Big, nullable=False),
    Column("previous", String(64)),
    Column("day", String(10), nullable=False),
    Column("offset", _Big, nullable=False),
    Column("length", _Big, nullable=False),
    Column("expired", Boolean, nullable=False),
    Column("start_us", _Big, nullable=False),
    Column("end_us", _Big, nullable=False),
    Column("received_us", _Big, nullable=False),
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

spans = Table(
    "spans",
    metadata,
    Column("id", _Big, primary_key=True, autoincrement=True),
    Column("node", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("start_us", _Big, nullable=False),
    Column("end_us", _Big, nullable=False),
    Index("spans_by_end", "node", "end_us"),
)
"""Stretches of time that stored records account for: ``recorded``, ``blanked``, or the cause of a gap."""

receipts = Table(
    "receipts",
    metadata,
    Column("id", _Big, primary_key=True, autoincrement=True),
    Column("node", String(32), nullable=False),
    Column("chain", String(32), nullable=False),
    Column("first", _Big, nullable=False),
    Column("last", _Big, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Index("receipts_by_chain", "node", "chain", "first"),
)

key_lists = Table(
    "key_lists",
    metadata,
    Column("node", String(32), primary_key=True),
    Column("version", _Big, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("expires_us", _Big, nullable=False),
    Column("document", LargeBinary, nullable=False),
)

visit_tickets = Table(
    "visit_tickets",
    metadata,
    Column("node", String(32), primary_key=True),
    Column("issued_us", _Big, nullable=False),
    Column("document", LargeBinary, nullable=False),
)
"""Each node's newest ticket for a visit, which it fetches itself."""

visit_events = Table(
    "visit_events",
    metadata,
    Column("id", _Big, primary_key=True, autoincrement=True),
    Column("node", String(32), nullable=False),
    Column("ticket", String(32), nullable=False),
    Column("number", _Big, nullable=False),
    Column("state", String(64), nullable=False),
    Column("scope", String(16), nullable=False),
    Column("at_us", _Big, nullable=False),
    Index("visit_events_once", "node", "ticket", "number", "at_us", unique=True),
    Index("visit_events_by_time", "node", "at_us", "number"),
)
"""What stored VISIT records tell; kept when their day expires: the date of a last inspection outlives footage."""

visitors = Table(
    "visitors",
    metadata,
    Column("node", String(32), primary_key=True),
    Column("ticket", String(32), primary_key=True),
    Column("installer", String(64), nullable=False),
    Column("seen_us", _Big, nullable=False),
)
"""Whose a ticket is, by an opaque id: records name the ticket alone."""

register_entries = Table(
    "register_entries",
    metadata,
    Column("node", String(32), primary_key=True),
    Column("received_us", _Big, nullable=False),
    Column("document", LargeBinary, nullable=False),
)
"""Personal data: where each camera hangs and who answers there. One row a node, the newest; see ``register.py``."""

mask_orders = Table(
    "mask_orders",
    metadata,
    Column("node", String(32), primary_key=True),
    Column("counter", _Big, nullable=False),
    Column("document", LargeBinary, nullable=False),
)
"""Each node's newest order of larger masks, which it fetches itself."""

commands = Table(
    "commands",
    metadata,
    Column("node", String(32), primary_key=True),
    Column("counter", _Big, primary_key=True),
    Column("expires_us", _Big, nullable=False),
    Column("published_us", _Big),
    Column("document", LargeBinary, nullable=False),
)

alarms = Table(
    "alarms",
    metadata,
    Column("id", _Big, primary_key=True, autoincrement=True),
    Column("node", String(32), nullable=False, index=True),
    Column("kind", String(32), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("since_us", _Big, nullable=False),
    Column("cleared_us", _Big),
    Column("detail", String(400), nullable=False),
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
