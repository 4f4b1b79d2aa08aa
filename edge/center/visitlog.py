"""Visits as stored VISIT records tell them: events in the index, and what they come to.

Rules:
  1. An event counts by its record, which the node signed and the batch's checks passed. A note that cannot be read adds
     nothing here; the record stays what it is.
  2. Events are put in order by their own time and number, for a backlog arrives after what is newer.
  3. A visit runs from ``opened`` to ``signed-off`` or ``ended``. Refused codes belong to the visit of their ticket that
     is open or opens next, and stand for themselves where none does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, and_, bindparam, case, func, insert, select

from edge.center.schema import visit_events, visitors
from edge.seal.manifest import Kind, Notice
from edge.seal.record import Header
from edge.wire.visit import Scope
from edge.wire.visitevents import What, read_note


@dataclass(frozen=True, slots=True)
class Told:
    """One event; times are UTC, microseconds."""

    ticket: str
    number: int
    what: What
    scope: Scope
    at_us: int


@dataclass(frozen=True, slots=True)
class PastVisit:
    """One visit, as far as it was told.

    Attributes:
        installer: opaque id; None where no ticket of that id came by here.
        opened: a right code opened it; else somebody only tried codes.
        ended_us: None while its end was not told.
        refused: how often the lock-out began after wrong codes.
        collected: how often records were taken along.
    """

    ticket: str
    scope: Scope
    began_us: int
    installer: str | None = None
    opened: bool = False
    ended_us: int | None = None
    signed_off: bool = False
    refused: int = 0
    collected: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """When somebody last looked a camera over; times are UTC, microseconds.

    Attributes:
        inspected_us: a visit to inspect was opened (R-TOTTORI-11).
        signed_off_us: an installer who aimed it signed off.
    """

    inspected_us: int | None = None
    signed_off_us: int | None = None


OF_EACH, OF_ONE = 8, 640
"""Events looked at, of each node for the whole fleet and of one for its own page: the page is asked for every 5 s."""
_ADD = insert(visit_events)
_KNOWN = select(visit_events.c.id).where(
    visit_events.c.node == bindparam("of"),
    visit_events.c.ticket == bindparam("by"),
    visit_events.c.number == bindparam("nth"),
    visit_events.c.at_us == bindparam("when"),
)


def note_visits(connection: Connection, node: str, headers: Iterable[Header]) -> None:
    """Adds the events of VISIT records; one that is known already, signed twice around a power cut, counts once."""
    for header in headers:
        told = _told(header)
        if told is None:
            continue
        key = {"of": node, "by": told.ticket, "nth": told.number, "when": told.at_us}
        if connection.execute(_KNOWN, key).first() is None:
            row = {"node": node, "ticket": told.ticket, "number": told.number, "state": told.what.value}
            connection.execute(_ADD, row | {"scope": told.scope.value, "at_us": told.at_us})


def all_visits(connection: Connection, only: str | None = None) -> dict[str, tuple[PastVisit, ...]]:
    """Returns every node's newest visits, or more of ``only``, newest first."""
    of, at = visit_events.c.node, visit_events.c.at_us
    newest = func.row_number().over(partition_by=of, order_by=(at.desc(), visit_events.c.number.desc())).label("nth")
    events, names = select(visit_events, newest), select(visitors)
    if only is not None:
        events, names = events.where(of == only), names.where(visitors.c.node == only)
    numbered = events.subquery()
    installers: dict[str, dict[str, str]] = {}
    for row in connection.execute(names):
        installers.setdefault(row.node, {})[row.ticket] = row.installer
    found: dict[str, list[Told]] = {}
    for row in connection.execute(select(numbered).where(numbered.c.nth <= (OF_EACH if only is None else OF_ONE))):
        told = Told(row.ticket, row.number, What(row.state), Scope(row.scope), row.at_us)
        found.setdefault(row.node, []).append(told)
    return {node: in_visits(told, installers.get(node, {})) for node, told in found.items()}


def all_seen(connection: Connection) -> dict[str, Seen]:
    """Returns when somebody last looked each camera over, by node."""
    at, state, scope = visit_events.c.at_us, visit_events.c.state, visit_events.c.scope
    inspected = case((and_(state == What.OPENED.value, scope == Scope.INSPECT.value), at))
    signed_off = case((state == What.SIGNED_OFF.value, at))
    query = select(visit_events.c.node, func.max(inspected), func.max(signed_off)).group_by(visit_events.c.node)
    return {node: Seen(*moments) for node, *moments in connection.execute(query)}


def in_visits(events: Sequence[Told], installers: Mapping[str, str]) -> tuple[PastVisit, ...]:
    """Returns what events come to, newest first.

    Args:
        installers: by ticket.
    """
    under_way: dict[str, PastVisit] = {}
    over: list[PastVisit] = []
    for event in sorted(events, key=lambda told: (told.at_us, told.number)):
        visit = under_way.pop(event.ticket, None)
        if event.what is What.OPENED and visit is not None and visit.opened:
            over.append(visit)
            visit = None
        visit = _after(visit or _begun(event, installers), event)
        if visit.ended_us is None:
            under_way[event.ticket] = visit
        else:
            over.append(visit)
    return tuple(sorted((*over, *under_way.values()), key=lambda visit: visit.began_us, reverse=True))


def _told(header: Header) -> Told | None:
    notice = header.manifest.detail
    if header.kind is not Kind.VISIT or not isinstance(notice, Notice) or notice.reference is None:
        return None
    noted = read_note(notice.note)
    if noted is None or notice.state not in tuple(What) or len(notice.reference) != 32:
        return None
    return Told(notice.reference, noted.number, What(notice.state), noted.scope, noted.at_us)


def _begun(event: Told, installers: Mapping[str, str]) -> PastVisit:
    return PastVisit(event.ticket, event.scope, event.at_us, installers.get(event.ticket))


def _after(visit: PastVisit, event: Told) -> PastVisit:
    match event.what:
        case What.OPENED:
            return replace(visit, opened=True, began_us=event.at_us)
        case What.REFUSED:
            return replace(visit, refused=visit.refused + 1)
        case What.COLLECTED:
            return replace(visit, opened=True, collected=visit.collected + 1)
        case What.SIGNED_OFF:
            return replace(visit, opened=True, signed_off=True, ended_us=event.at_us)
        case What.ENDED:
            return replace(visit, opened=True, ended_us=event.at_us)
