"""Reads from the index what the fleet page and the metrics show of each node."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from edge.base.errors import Refused, StorageFault
from edge.center.alarm import Alarm, open_alarms
from edge.center.center import Center
from edge.center.certify import certificate_expiry, enrolments
from edge.center.config import CenterConfig, Contact
from edge.center.coverage import BLANKED, RECORDED, Known, coverage
from edge.center.documents import key_list_expiry
from edge.center.entries import Span
from edge.center.nodes import KnownNode, find_node
from edge.center.pulse import Pulse, all_pulses
from edge.center.register import Kept, all_entries
from edge.center.schema import nodes, runs, spans
from edge.center.state import Facts, Verdict, decide
from edge.center.visitlog import PastVisit, Seen, all_seen, all_visits
from edge.center.visitmatters import inspection_due_us
from edge.wire.heartbeat import Heartbeat, parse_heartbeat
from edge.wire.registerentry import RegisterEntry

WINDOW_US = 24 * 3600 * 1_000_000


@dataclass(frozen=True, slots=True)
class NodeReport:
    """Everything that is shown of one node; times are UTC, microseconds.

    Attributes:
        bar: pieces that fill the window up to now.
        proven_us: end of the newest signed segment, from a heartbeat or stored.
        entry: what an installer wrote down of the place; personal data.
        visits: the newest, newest first.
        inspected_us: when somebody last came to inspect it.
        inspection_due_us: None for a node that nobody ever saw.
    """

    node: str
    verdict: Verdict
    provisional: bool
    bar: tuple[Span, ...]
    stored_us: int | None
    proven_us: int | None
    heard_us: int | None
    pulse: Pulse | None
    heartbeat: Heartbeat | None
    certificate_us: int | None
    key_list_us: int | None
    alarms: tuple[Alarm, ...]
    contact: Contact
    entry: RegisterEntry | None
    visits: tuple[PastVisit, ...]
    inspected_us: int | None
    inspection_due_us: int | None


def report_fleet(center: Center, now_us: int, only: str | None = None, window_us: int = WINDOW_US) -> list[NodeReport]:
    """Returns a report of every node, or of ``only``, by id, with bars of ``window_us``."""
    shift_us = now_us - center.tls_clock.now_us() if center.config.clock != "system" else 0
    with center.database.read() as connection:
        query = select(nodes.c.node).order_by(nodes.c.node)
        names = connection.execute(query if only is None else query.where(nodes.c.node == only)).scalars()
        known = _read_once(connection, only, shift_us)
        return [
            _report(
                _read(connection, name, known, now_us - window_us),
                known,
                center.config,
                (now_us - window_us, now_us),
            )
            for name in list(names)
        ]


def first_record_us(center: Center) -> int | None:
    """Returns the start of the oldest stretch of time that is kept; None before the first record."""
    with center.database.read() as connection:
        return connection.execute(select(func.min(spans.c.start_us))).scalar()


@dataclass(frozen=True, slots=True)
class _Once:
    """What the index says of all nodes, by node, read in one go; ``certificates`` are in the center's time."""

    pulses: dict[str, Pulse]
    certificates: dict[str, int]
    key_lists: dict[str, int]
    standing: list[Alarm]
    enrolled: dict[str, int]
    entries: dict[str, Kept]
    visits: dict[str, tuple[PastVisit, ...]]
    seen: dict[str, Seen]


def _read_once(connection: Connection, only: str | None, shift_us: int) -> _Once:
    return _Once(
        pulses=all_pulses(connection),
        certificates={node: at_us + shift_us for node, at_us in certificate_expiry(connection).items()},
        key_lists=key_list_expiry(connection),
        standing=open_alarms(connection),
        enrolled=enrolments(connection),
        entries=all_entries(connection, only),
        visits=all_visits(connection, only),
        seen=all_seen(connection),
    )


@dataclass(frozen=True, slots=True)
class _Read:
    """What the index says of one node."""

    known: KnownNode
    pulse: Pulse | None
    heartbeat: Heartbeat | None
    standing: tuple[Alarm, ...]
    time: Known
    heard_us: int | None


def _read(connection: Connection, name: str, once: _Once, from_us: int) -> _Read:
    known, pulse = find_node(connection, name), once.pulses.get(name)
    if known is None:
        raise StorageFault(f"index: node {name} went away while it was read")
    proof_us = pulse.proof.end_us if pulse and pulse.proof else None
    return _Read(
        known=known,
        pulse=pulse,
        heartbeat=_heartbeat(pulse, name),
        standing=tuple(alarm for alarm in once.standing if alarm.node == name),
        time=_times(connection, name, proof_us, from_us),
        heard_us=_latest(pulse.received_us if pulse else None, _received(connection, name)),
    )


def _report(read: _Read, once: _Once, config: CenterConfig, bounds: tuple[int, int]) -> NodeReport:
    node = read.known.node
    kept, seen = once.entries.get(node), once.seen.get(node, Seen())
    return NodeReport(
        node=node,
        verdict=decide(_facts(read, bounds[1]), bounds[1]),
        provisional=read.known.provisional,
        bar=coverage(read.time, *bounds),
        stored_us=read.time.stored_us,
        proven_us=read.time.proven_us,
        heard_us=read.heard_us,
        pulse=read.pulse,
        heartbeat=read.heartbeat,
        certificate_us=once.certificates.get(node),
        key_list_us=once.key_lists.get(node),
        alarms=read.standing,
        contact=config.nodes.get(node, Contact()),
        entry=None if kept is None else kept.entry,
        visits=once.visits.get(node, ()),
        inspected_us=seen.inspected_us,
        inspection_due_us=inspection_due_us(seen, once.enrolled.get(node), config.inspection_days),
    )


def _facts(read: _Read, now_us: int) -> Facts:
    proof = read.pulse.proof if read.pulse else None
    recorder = read.heartbeat.recorder if read.heartbeat else None
    visit = read.heartbeat.visit if read.heartbeat else None
    stored_us = read.time.stored_us
    # A stored segment proves recording at its own end only: a backlog that arrives now says nothing of now.
    moved_us = _latest(proof.moved_us if proof else None, min(stored_us, now_us) if stored_us else None)
    return Facts(
        heard_us=read.heard_us,
        moved_us=moved_us,
        proven_us=read.time.proven_us,
        stored_us=stored_us,
        proven_blanked=proof.blanked if proof else False,
        claimed=recorder.state if recorder else None,
        uploads_all=read.heartbeat is None or read.heartbeat.upload == "all",
        provisional=read.known.provisional,
        fork_us=min((alarm.since_us for alarm in read.standing if alarm.kind == "fork"), default=None),
        revoked_us=read.known.revoked_us,
        visit_us=visit.since if visit is not None and visit.scope.needs_camera else None,
    )


def _latest(*moments: int | None) -> int | None:
    return max((moment for moment in moments if moment is not None), default=None)


def _times(connection: Connection, node: str, proof_us: int | None, from_us: int) -> Known:
    """Returns the spans of the window, and the ends of what is stored."""
    window = select(spans.c.kind, spans.c.start_us, spans.c.end_us).where(
        spans.c.node == node, spans.c.end_us > from_us
    )
    newest = select(func.max(spans.c.end_us)).where(spans.c.node == node, spans.c.kind.in_((RECORDED, BLANKED)))
    begin = select(func.min(spans.c.start_us)).where(spans.c.node == node)
    found = tuple(Span(*row) for row in connection.execute(window))
    stored_us: int | None = connection.execute(newest).scalar()
    return Known(found, connection.execute(begin).scalar(), _latest(proof_us, stored_us), stored_us)


def _received(connection: Connection, node: str) -> int | None:
    newest = select(runs.c.received_us).where(runs.c.node == node).order_by(runs.c.received_us.desc()).limit(1)
    return connection.execute(newest).scalar()


def _heartbeat(pulse: Pulse | None, node: str) -> Heartbeat | None:
    if pulse is None or pulse.document is None:
        return None
    try:
        return parse_heartbeat(pulse.document, node)
    except Refused:
        return None  # kept by an earlier version of this program; the next one is readable
