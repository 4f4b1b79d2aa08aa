"""Alarms: what a person must decide, each once a node, kind and subject."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from edge.center.schema import alarms


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm that nobody has decided yet."""

    node: str
    kind: str
    subject: str
    since_us: int
    detail: str


def raise_alarm(connection: Connection, node: str, kind: str, subject: str, detail: str, now_us: int) -> None:
    """Raises an alarm; one that stands already keeps its beginning."""
    mine = (alarms.c.node == node, alarms.c.kind == kind, alarms.c.subject == subject)
    row = connection.execute(select(alarms.c.cleared_us).where(*mine)).first()
    values = {"since_us": now_us, "cleared_us": None, "detail": detail[:400]}
    if row is None:
        connection.execute(insert(alarms).values(node=node, kind=kind, subject=subject, **values))
    elif row.cleared_us is not None:
        connection.execute(update(alarms).where(*mine).values(**values))


def raise_for(connection: Connection, node: str, kind: str, subject: str, detail: str, now_us: int) -> None:
    """Raises an alarm for what ``detail`` names, once: settled, it does not come back for the same."""
    mine = (alarms.c.node == node, alarms.c.kind == kind, alarms.c.subject == subject)
    if connection.execute(select(alarms.c.id).where(*mine, alarms.c.detail == detail[:400])).first() is None:
        connection.execute(delete(alarms).where(*mine))
        raise_alarm(connection, node, kind, subject, detail, now_us)


def clear_alarm(connection: Connection, node: str, kind: str, subject: str, now_us: int) -> None:
    """Notes that a person has decided."""
    mine = (alarms.c.node == node, alarms.c.kind == kind, alarms.c.subject == subject)
    connection.execute(update(alarms).where(*mine, alarms.c.cleared_us.is_(None)).values(cleared_us=now_us))


def open_alarms(connection: Connection) -> list[Alarm]:
    """Returns what stands undecided, oldest first."""
    columns = (alarms.c.node, alarms.c.kind, alarms.c.subject, alarms.c.since_us, alarms.c.detail)
    query = select(*columns).where(alarms.c.cleared_us.is_(None)).order_by(alarms.c.since_us)
    return [Alarm(*row) for row in connection.execute(query)]
