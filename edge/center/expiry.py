"""Expiry at the center: bodies of days past their retention go, headers and receipts stay, so chains can be proven.

Order, for a node's day: headers durable > rows point at them > bodies removed. A crash anywhere leaves the day either
whole or to be removed at the next look; a day that comes late is kept until the next look and added to the headers.

Register entries of nodes that are out of service go with them.
"""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Connection, delete, func, select, update

from edge.center.batch import Address, local_day
from edge.center.center import Center
from edge.center.entries import parse_entries
from edge.center.reading import header_slices
from edge.center.register import forget_retired
from edge.center.runs import StoredRun
from edge.center.schema import runs, spans

SPANS_KEPT = timedelta(days=32)


def expire(center: Center, now_us: int) -> int:
    """Removes the bodies that are due at ``now_us``; returns how many days of nodes were removed.

    A day is due once ``retention_days`` whole days have passed after it.
    """
    today = date.fromisoformat(local_day(now_us, center.zone))
    oldest_kept = (today - timedelta(days=center.config.retention_days)).isoformat()
    removed = 0
    for node, day in center.store.days():
        if day < oldest_kept:
            with center.store.hold(node):
                _expire_day(center, node, day)
            removed += 1
    with center.database.write() as connection:
        connection.execute(delete(spans).where(spans.c.end_us < now_us - SPANS_KEPT // timedelta(microseconds=1)))
        forget_retired(connection, center.config.register_kept_days, now_us)
    return removed


def _expire_day(center: Center, node: str, day: str) -> None:
    with center.database.read() as connection:
        due = _rows(connection, node, day)
        end = _end_of_headers(connection, node, day)
    kept = center.store.read(node, day, 0, end, headers=True) if end else b""
    pieces = [_headers_of(center, node, run) for _, run in due]
    if pieces:
        center.store.keep_headers(node, day, kept + b"".join(pieces))
    with center.database.write() as connection:
        for (row, _), piece in zip(due, pieces, strict=True):
            connection.execute(update(runs).where(runs.c.id == row).values(expired=True, offset=end, length=len(piece)))
            end += len(piece)
    center.store.remove_bodies(node, day)


def _headers_of(center: Center, node: str, run: StoredRun) -> bytes:
    whole = header_slices([run], Address(node, run.chain, run.first, run.last))
    return b"".join(center.store.read(node, run.day, piece.offset, piece.length) for piece in whole)


def _rows(connection: Connection, node: str, day: str) -> list[tuple[int, StoredRun]]:
    query = (
        select(runs).where(runs.c.node == node, runs.c.day == day, runs.c.expired.is_(False)).order_by(runs.c.offset)
    )
    return [
        (
            row.id,
            StoredRun(row.chain, row.first, row.last, row.day, row.offset, False, parse_entries(bytes(row.entries))),
        )
        for row in connection.execute(query)
    ]


def _end_of_headers(connection: Connection, node: str, day: str) -> int:
    end = select(func.max(runs.c.offset + runs.c.length)).where(
        runs.c.node == node, runs.c.day == day, runs.c.expired.is_(True)
    )
    return int(connection.execute(end).scalar() or 0)
