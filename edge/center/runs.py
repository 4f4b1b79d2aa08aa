"""The index of stored runs: what is there, where it lies, which receipts cover it.

Statements are made once, below: making them anew took more of an upload's time than SQLite did. Runs and receipts have
at most ``BATCH_LIMIT`` records, which bounds the search for those that touch a range.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, Table, bindparam, insert, select, update

from edge.center.batch import Address, Batch
from edge.center.entries import MERGE_US, Entry, Span, dump_entries, parse_entries, spans_of
from edge.center.receive import Run, Stored
from edge.center.schema import alarms, receipts, runs, spans
from edge.center.visitlog import note_visits
from edge.wire.receipt import BATCH_LIMIT


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A row: records ``first`` to ``last`` at ``offset`` of the day's file."""

    chain: str
    first: int
    last: int
    day: str
    offset: int
    expired: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A run as the desk sees it."""

    chain: str
    first: int
    last: int
    start_us: int
    end_us: int
    bytes: int


def _touching(table: Table, *columns: Any) -> Select[Any]:
    return select(*columns).where(
        table.c.node == bindparam("of"),
        table.c.chain == bindparam("chain"),
        table.c.first.between(bindparam("from"), bindparam("to")),
        table.c.last >= bindparam("low"),
    )


_AROUND = _touching(runs, runs.c.first, runs.c.previous, runs.c.entries).order_by(runs.c.first)
_FOUND = _touching(
    runs, runs.c.chain, runs.c.first, runs.c.last, runs.c.day, runs.c.offset, runs.c.expired, runs.c.entries
).order_by(runs.c.first)
_RECEIPTS = _touching(receipts, receipts.c.document).order_by(receipts.c.first, receipts.c.id)
_EXACT_RECEIPT = (
    select(receipts.c.document)
    .where(
        receipts.c.node == bindparam("of"),
        receipts.c.chain == bindparam("chain"),
        receipts.c.first == bindparam("low"),
        receipts.c.last == bindparam("to"),
    )
    .order_by(receipts.c.id)
    .limit(1)
)
_FROZEN = select(alarms.c.id).where(
    alarms.c.node == bindparam("of"),
    alarms.c.kind == "fork",
    alarms.c.subject == bindparam("chain"),
    alarms.c.cleared_us.is_(None),
)
_END_OF_DAY = (  # appended under the node's lock, so the last row's bytes stand last
    select(runs.c.offset + runs.c.length)
    .where(runs.c.node == bindparam("of"), runs.c.day == bindparam("on"), runs.c.expired.is_(False))
    .order_by(runs.c.id.desc())
    .limit(1)
)
_LISTED = (
    select(runs.c.chain, runs.c.first, runs.c.last, runs.c.start_us, runs.c.end_us, runs.c.length)
    .where(runs.c.node == bindparam("of"), runs.c.start_us <= bindparam("until"), runs.c.end_us >= bindparam("since"))
    .order_by(runs.c.start_us, runs.c.chain, runs.c.first)
)
_CONTINUED = (
    select(spans.c.id)
    .where(
        spans.c.node == bindparam("of"),
        spans.c.kind == bindparam("what"),
        spans.c.end_us.between(bindparam("start") - MERGE_US, bindparam("until")),
        spans.c.start_us <= bindparam("start"),
    )
    .limit(1)
)
_ADD_RUN, _ADD_RECEIPT, _ADD_SPAN = insert(runs), insert(receipts), insert(spans)
_LENGTHEN = update(spans).where(spans.c.id == bindparam("span")).values(end_us=bindparam("until"))


def stored_around(connection: Connection, address: Address) -> Stored:
    """Returns what is stored from one before the range to one after it."""
    around = Address(address.node, address.chain, max(0, address.first - 1), min(2**53 - 1, address.last + 1))
    hashes: dict[int, str] = {}
    links: dict[int, str | None] = {}
    for row in connection.execute(_AROUND, _place(around)):
        links[row.first] = row.previous
        hashes.update({row.first + index: entry.sha256 for index, entry in enumerate(parse_entries(row.entries))})
    near = {sequence: sha256 for sequence, sha256 in hashes.items() if around.first <= sequence <= around.last}
    return Stored(near, links, is_frozen(connection, address.node, address.chain))


def is_frozen(connection: Connection, node: str, chain: str) -> bool:
    """Tells whether an undecided fork holds the chain."""
    return connection.execute(_FROZEN, {"of": node, "chain": chain}).first() is not None


def end_of_day_file(connection: Connection, node: str, day: str) -> int:
    """Returns where the index says that the day's file of records ends, in bytes."""
    return int(connection.execute(_END_OF_DAY, {"of": node, "on": day}).scalar() or 0)


def add_runs(connection: Connection, batch: Batch, new: tuple[Run, ...], offset: int, now_us: int) -> None:
    """Adds rows for runs that lie one after another from ``offset`` of the batch's day file."""
    for run in new:
        headers = run.headers
        row = {
            "node": batch.address.node,
            "chain": batch.address.chain,
            "first": headers[0].sequence,
            "last": headers[-1].sequence,
            "previous": run.previous,
            "day": batch.day,
            "offset": offset,
            "length": len(run.data),
            "expired": False,
            "start_us": min(header.manifest.start_us for header in headers),
            "end_us": max(header.manifest.end_us for header in headers),
            "received_us": now_us,
            "entries": dump_entries(headers),
        }
        connection.execute(_ADD_RUN, row)
        offset += len(run.data)
        for span in spans_of(headers):
            _account(connection, batch.address.node, span)
        note_visits(connection, batch.address.node, headers)


def add_receipt(connection: Connection, address: Address, document: bytes) -> None:
    """Keeps a receipt."""
    row = {"node": address.node, "chain": address.chain, "first": address.first, "last": address.last}
    connection.execute(_ADD_RECEIPT, row | {"document": document})


def find_receipts(connection: Connection, address: Address) -> Iterator[bytes]:
    """Yields the receipts that touch the range, in order."""
    for row in connection.execute(_RECEIPTS, _place(address)):
        yield bytes(row.document)


def find_exact_receipt(connection: Connection, address: Address) -> bytes | None:
    """Returns the first receipt given for exactly this range, if any."""
    document = connection.execute(_EXACT_RECEIPT, _place(address)).scalar()
    return None if document is None else bytes(document)


def find_runs(connection: Connection, address: Address) -> list[StoredRun]:
    """Returns the runs that touch the range, in order."""
    return [
        StoredRun(
            row.chain, row.first, row.last, row.day, row.offset, bool(row.expired), parse_entries(bytes(row.entries))
        )
        for row in connection.execute(_FOUND, _place(address))
    ]


def list_runs(connection: Connection, node: str, start_us: int, end_us: int) -> list[Listed]:
    """Returns the runs whose time overlaps a window, by time."""
    return [Listed(*row) for row in connection.execute(_LISTED, {"of": node, "since": start_us, "until": end_us})]


def _place(address: Address) -> dict[str, Any]:
    return {
        "of": address.node,
        "chain": address.chain,
        "from": address.first - BATCH_LIMIT + 1,
        "low": address.first,
        "to": address.last,
    }


def _account(connection: Connection, node: str, span: Span) -> None:
    """Lengthens the span that this one continues, or adds it."""
    where = {"of": node, "what": span.kind, "start": span.start_us, "until": span.end_us}
    found = connection.execute(_CONTINUED, where).scalar()
    if found is None:
        row = {"node": node, "kind": span.kind, "start_us": span.start_us, "end_us": span.end_us}
        connection.execute(_ADD_SPAN, row)
    else:
        connection.execute(_LENGTHEN, {"span": found, "until": span.end_us})
