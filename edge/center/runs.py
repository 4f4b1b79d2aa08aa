"""The index of stored runs: what is there, where it lies, which receipts cover it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, insert, select, update

from edge.center.batch import Address, Batch
from edge.center.entries import MERGE_US, Entry, Span, dump_entries, parse_entries, spans_of
from edge.center.receive import Run, Stored
from edge.center.schema import alarms, receipts, runs, spans


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


def stored_around(connection: Connection, address: Address) -> Stored:
    """Returns what is stored from one before the range to one after it."""
    around = Address(address.node, address.chain, max(0, address.first - 1), min(2**53 - 1, address.last + 1))
    hashes: dict[int, str] = {}
    links: dict[int, str | None] = {}
    for row in connection.execute(_touching(around, runs.c.first, runs.c.previous, runs.c.entries)):
        links[row.first] = row.previous
        hashes.update({row.first + index: entry.sha256 for index, entry in enumerate(parse_entries(row.entries))})
    near = {sequence: sha256 for sequence, sha256 in hashes.items() if around.first <= sequence <= around.last}
    return Stored(near, links, is_frozen(connection, address.node, address.chain))


def is_frozen(connection: Connection, node: str, chain: str) -> bool:
    """Tells whether an undecided fork holds the chain."""
    held = select(alarms.c.id).where(
        alarms.c.node == node, alarms.c.kind == "fork", alarms.c.subject == chain, alarms.c.cleared_us.is_(None)
    )
    return connection.execute(held).first() is not None


def end_of_day_file(connection: Connection, node: str, day: str) -> int:
    """Returns where the index says that the day's file of records ends, in bytes."""
    end = select(func.max(runs.c.offset + runs.c.length)).where(
        runs.c.node == node, runs.c.day == day, runs.c.expired.is_(False)
    )
    return int(connection.execute(end).scalar() or 0)


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
        connection.execute(insert(runs).values(row))
        offset += len(run.data)
        for span in spans_of(headers):
            _account(connection, batch.address.node, span)


def add_receipt(connection: Connection, address: Address, document: bytes) -> None:
    """Keeps a receipt."""
    row = {"node": address.node, "chain": address.chain, "first": address.first, "last": address.last}
    connection.execute(insert(receipts).values(row | {"document": document}))


def find_receipts(connection: Connection, address: Address) -> Iterator[bytes]:
    """Yields the receipts that touch the range, in order."""
    query = (
        select(receipts.c.document)
        .where(
            receipts.c.node == address.node,
            receipts.c.chain == address.chain,
            receipts.c.first <= address.last,
            receipts.c.last >= address.first,
        )
        .order_by(receipts.c.first, receipts.c.id)
    )
    for row in connection.execute(query):
        yield bytes(row.document)


def find_exact_receipt(connection: Connection, address: Address) -> bytes | None:
    """Returns the first receipt given for exactly this range, if any."""
    query = (
        select(receipts.c.document)
        .where(
            receipts.c.node == address.node,
            receipts.c.chain == address.chain,
            receipts.c.first == address.first,
            receipts.c.last == address.last,
        )
        .order_by(receipts.c.id)
        .limit(1)
    )
    document = connection.execute(query).scalar()
    return None if document is None else bytes(document)


def find_runs(connection: Connection, address: Address) -> list[StoredRun]:
    """Returns the runs that touch the range, in order."""
    columns = (runs.c.chain, runs.c.first, runs.c.last, runs.c.day, runs.c.offset, runs.c.expired, runs.c.entries)
    return [
        StoredRun(
            row.chain, row.first, row.last, row.day, row.offset, bool(row.expired), parse_entries(bytes(row.entries))
        )
        for row in connection.execute(_touching(address, *columns))
    ]


def list_runs(connection: Connection, node: str, start_us: int, end_us: int) -> list[Listed]:
    """Returns the runs whose time overlaps a window, by time."""
    columns = (runs.c.chain, runs.c.first, runs.c.last, runs.c.start_us, runs.c.end_us, runs.c.length)
    query = (
        select(*columns)
        .where(and_(runs.c.node == node, runs.c.start_us <= end_us, runs.c.end_us >= start_us))
        .order_by(runs.c.start_us, runs.c.chain, runs.c.first)
    )
    return [Listed(*row) for row in connection.execute(query)]


def _touching(address: Address, *columns: object):  # type: ignore[no-untyped-def]
    return (
        select(*columns)  # type: ignore[call-overload]
        .where(
            runs.c.node == address.node,
            runs.c.chain == address.chain,
            runs.c.first <= address.last,
            runs.c.last >= address.first,
        )
        .order_by(runs.c.first)
    )


def _account(connection: Connection, node: str, span: Span) -> None:
    """Lengthens the span that this one continues, or adds it."""
    continued = (
        select(spans.c.id)
        .where(
            spans.c.node == node,
            spans.c.kind == span.kind,
            spans.c.end_us >= span.start_us - MERGE_US,
            spans.c.end_us <= span.end_us,
            spans.c.start_us <= span.start_us,
        )
        .limit(1)
    )
    found = connection.execute(continued).scalar()
    if found is None:
        connection.execute(insert(spans).values(node=node, kind=span.kind, start_us=span.start_us, end_us=span.end_us))
    else:
        connection.execute(update(spans).where(spans.c.id == found).values(end_us=span.end_us))
