"""Expiry on a custodian's machine: destroying the private keys of days that lie the retention back (promise 4).

It needs no passphrase, so a timer can run it every day. Rules:
  1. What an earlier run that was cut off left undone is finished.
  2. At most ``DAYS_AT_ONCE`` days go in one run: more than a long weekend's are rather a wrong clock's. A person who
     has looked at the date names their number, and only exactly those go.
  3. Where rule 2 refuses, nothing at all is destroyed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from edge.base.errors import NotPermitted
from edge.desk.holdings import destroy, destroyed, held, nodes, unfinished
from edge.desk.keystore import exclusive
from edge.desk.periods import has_expired, is_week, last_day, require_retention

DAYS_AT_ONCE = 4
"""A run every day destroys one day's keys; after a long weekend it is four."""


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


@dataclass(frozen=True, slots=True)
class Rule:
    """What has expired, and who looked.

    Attributes:
        today: the local day to count from.
        confirmed_days: how many days go at once, as a person said; None where nobody was asked.
    """

    retention_days: int
    today: date
    confirmed_days: int | None = None


def expire(folder: Path, rule: Rule, now_us: int) -> list[Destroyed]:
    """Destroys every private key whose day, or week's last day, lies ``retention_days`` or more back.

    Raises:
        UsageFault: retention out of its bounds.
        NotPermitted: more days at once than is usual, or than were confirmed; nothing was destroyed.
        BadInput: no store there.
        StorageFault: the disk refused; run it again.
    """
    require_retention(rule.retention_days)
    gone: list[Destroyed] = []
    with exclusive(folder):
        due = {node: _due(folder, node, rule) for node in nodes(folder)}
        _require_usual(folder, sorted({last_day(period) for periods in due.values() for period in periods}), rule)
        for node, expired in due.items():
            periods = expired + unfinished(folder, node)
            if periods:
                destroy(folder, node, periods, now_us)
            gone += [Destroyed(node, period) for period in periods]
    return gone


def _due(folder: Path, node: str, rule: Rule) -> list[str]:
    return [period for period in held(folder, node) if has_expired(period, rule.today, rule.retention_days)]


def _require_usual(folder: Path, days: list[date], rule: Rule) -> None:
    """Enforces rule 2; ``days`` are those that would go, each once, in order."""
    count, confirmed = len(days), rule.confirmed_days
    if count == confirmed or (confirmed is None and count <= DAYS_AT_ONCE):
        return
    span = f" ({days[0]} to {days[-1]})" if days else ""
    what = f"{folder}: counted from {rule.today}, the keys of {count} days{span} would go at once"
    if confirmed is None:
        what += f"; more than {DAYS_AT_ONCE} may be a wrong clock's: look at the date, and where it is right"
    else:
        what += f", not of {confirmed}; look at the date, and where it is right"
    raise NotPermitted(f"{what} give --confirm-days {count}. Nothing was destroyed")


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
