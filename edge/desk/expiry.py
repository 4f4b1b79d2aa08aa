"""Expiry on a custodian's machine: destroying the private keys of days that lie the retention back (promise 4).

It needs no passphrase, so a timer can run it every day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from edge.desk.holdings import destroy, destroyed, held, nodes, unfinished
from edge.desk.keystore import exclusive
from edge.desk.periods import has_expired, is_week, require_retention


@dataclass(frozen=True, slots=True)
class Destroyed:
    """One private key that is gone now."""

    node: str
    period: str


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """What a store holds of one node.

    Attributes:
        first, last: earliest and latest day held; none where no day is held.
        missing: days between them without a key.
        days_left: days after today that still have a key in one piece.
    """

    node: str
    days: int
    spares: int
    first: str | None
    last: str | None
    missing: tuple[str, ...]
    days_left: int
    destroyed: int


def expire(folder: Path, retention_days: int, today: date, now_us: int) -> list[Destroyed]:
    """Destroys every private key whose day, or week's last day, lies ``retention_days`` or more back.

    What an earlier run that was cut off left undone is finished first.

    Raises:
        UsageFault: retention out of its bounds.
        BadInput: no store there.
        StorageFault: the disk refused; run it again.
    """
    require_retention(retention_days)
    gone: list[Destroyed] = []
    with exclusive(folder):
        for node in nodes(folder):
            due = [period for period in held(folder, node) if has_expired(period, today, retention_days)]
            due += unfinished(folder, node)
            if due:
                destroy(folder, node, due, now_us)
            gone += [Destroyed(node, period) for period in due]
    return gone


def status(folder: Path, today: date) -> list[NodeStatus]:
    """Returns what the store holds, a line a node."""
    return [_status(folder, node, today) for node in nodes(folder)]


def _status(folder: Path, node: str, today: date) -> NodeStatus:
    periods = held(folder, node)
    days = [date.fromisoformat(period) for period in periods if not is_week(period)]
    have = {day.toordinal() for day in days}
    span = range(min(have), max(have)) if have else range(0)
    left = today.toordinal() + 1
    while left in have:
        left += 1
    return NodeStatus(
        node=node,
        days=len(days),
        spares=len(periods) - len(days),
        first=days[0].isoformat() if days else None,
        last=days[-1].isoformat() if days else None,
        missing=tuple(date.fromordinal(number).isoformat() for number in span if number not in have),
        days_left=left - today.toordinal() - 1,
        destroyed=len(destroyed(folder, node)),
    )
