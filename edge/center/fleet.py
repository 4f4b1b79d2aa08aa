"""The fleet page: what staff see of every node, formatted for the templates. No footage, no thumbnail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from edge.base.clock import SECOND_US, to_datetime
from edge.center.advice import Advice, advise
from edge.center.center import Center
from edge.center.coverage import AWAITED, BEFORE, KINDS, RECORDED, gaps, seconds_by_kind
from edge.center.entries import Span
from edge.center.facts import Fact, node_facts
from edge.center.gather import NodeReport, first_record_us, report_fleet
from edge.center.state import VISIT_US, State
from edge.center.visitpage import SHOWN, VisitLine, visit_lines, visit_now_words
from edge.center.words import STATE, SYMBOL, Words, duration, fault_words, kind_words
from edge.wire.status import RecorderStatus

BAR_UNITS = 1440
_MINUTE_US = 60 * SECOND_US
WINDOWS = (
    (10 * _MINUTE_US, 2 * _MINUTE_US, Words("直近10分", "last 10 minutes")),
    (60 * _MINUTE_US, 10 * _MINUTE_US, Words("直近1時間", "last hour")),
    (360 * _MINUTE_US, 60 * _MINUTE_US, Words("直近6時間", "last 6 hours")),
    (1440 * _MINUTE_US, 180 * _MINUTE_US, Words("直近24時間", "last 24 hours")),
)
"""Length of the bars and of the steps below them: the first that holds the fleet's oldest record, else the last."""
GAPS_SHOWN = 40
_URGENCY = {state: place for place, state in enumerate(State)}


@dataclass(frozen=True, slots=True)
class Window:
    """The time that the bars show, and the city's zone."""

    start_us: int
    end_us: int
    zone: ZoneInfo

    def place(self, moment_us: int) -> float:
        """Returns where a moment lies, in bar units."""
        return (moment_us - self.start_us) * BAR_UNITS / (self.end_us - self.start_us)

    def local(self, moment_us: int, form: str) -> str:
        """Returns a moment in local time."""
        return to_datetime(moment_us).astimezone(self.zone).strftime(form)


@dataclass(frozen=True, slots=True)
class BarPiece:
    """A rectangle of the coverage bar, in units of which it has 1440; ``look`` names its colour and pattern."""

    left: float
    width: float
    look: str
    title: Words


@dataclass(frozen=True, slots=True)
class GapLine:
    """A gap in words."""

    look: str
    what: Words
    start: str
    length: Words


@dataclass(frozen=True, slots=True)
class FaultLine:
    """A fault that the recorder names, in its own words; a text that belongs to no name has none."""

    name: Words | None
    text: str


@dataclass(frozen=True, slots=True)
class NodeView:
    """One node, ready for a template; address and contact are the register entry's where there is one."""

    node: str
    label: str
    address: str
    contact: str
    state: str
    symbol: str
    words: Words
    since: Words | None
    provisional: bool
    bar: tuple[BarPiece, ...]
    share: str
    gaps: tuple[GapLine, ...]
    more_gaps: int
    facts: tuple[Fact, ...]
    faults: tuple[FaultLine, ...]
    visit_now: Words | None
    visits: tuple[VisitLine, ...]
    more_visits: int


@dataclass(frozen=True, slots=True)
class FleetView:
    """The whole page."""

    city: str
    demo: bool
    now: str
    period: Words
    marks: tuple[tuple[float, str], ...]
    counts: tuple[tuple[str, str, Words, int], ...]
    advice: tuple[tuple[Advice, NodeView], ...]
    nodes: tuple[NodeView, ...]


def view_fleet(center: Center, only: str | None = None) -> FleetView:
    """Reads the index and returns the page's content, of all nodes or one."""
    now = center.clock.now_us()
    length, step, period = _window(first_record_us(center), now)
    reports = report_fleet(center, now, only, length)
    window = Window(now - length, now, center.zone)
    views = {report.node: _view(report, window) for report in reports}
    order = sorted(reports, key=lambda report: (_URGENCY[report.verdict.state], report.node))
    advice = sorted(
        (item for report in order for item in advise(report, now, center.zone)), key=lambda item: not item.urgent
    )
    return FleetView(
        city=center.config.city,
        demo=center.config.demo,
        now=window.local(now, "%Y-%m-%d %H:%M:%S %Z"),
        period=period,
        marks=_marks(window, step),
        counts=_counts(reports),
        advice=tuple((item, views[item.node]) for item in advice),
        nodes=tuple(views[report.node] for report in order),
    )


def _window(first_us: int | None, now_us: int) -> tuple[int, int, Words]:
    age = now_us - (now_us if first_us is None else first_us)
    return next((window for window in WINDOWS if age <= window[0]), WINDOWS[-1])


def _view(report: NodeReport, window: Window) -> NodeView:
    state = report.verdict.state
    found = [span for span in gaps(report.bar) if span.end_us - span.start_us >= SECOND_US]
    recorder = report.heartbeat.recorder if report.heartbeat else None
    entry = report.entry
    return NodeView(
        node=report.node,
        label=report.contact.label,
        address="" if entry is None else entry.address,
        contact=report.contact.host_contact if entry is None else f"{entry.host_name} {entry.host_phone}",
        state=state.value,
        symbol=SYMBOL[state],
        words=STATE[state],
        since=_since(report, window),
        provisional=report.provisional and state is not State.PROVISIONAL,
        bar=tuple(_piece(span, window) for span in report.bar),
        share=_share(report),
        gaps=tuple(_gap(span, window) for span in found[:GAPS_SHOWN]),
        more_gaps=max(0, len(found) - GAPS_SHOWN),
        facts=node_facts(report, window.end_us, window.zone),
        faults=() if recorder is None else _faults(recorder),
        visit_now=_visit_now(report, window),
        visits=visit_lines(report.visits[:SHOWN], window.end_us, window.zone),
        more_visits=max(0, len(report.visits) - SHOWN),
    )


def _visit_now(report: NodeReport, window: Window) -> Words | None:
    visit = report.heartbeat.visit if report.heartbeat else None
    if visit is None or report.verdict.state in (State.SILENT, State.RETIRED):
        return None
    return visit_now_words(visit, window.zone) if abs(window.end_us - visit.since) <= VISIT_US else None


def _piece(span: Span, window: Window) -> BarPiece:
    left = window.place(span.start_us)
    words, length = kind_words(span.kind), duration((span.end_us - span.start_us) // SECOND_US)
    times = f"{window.local(span.start_us, '%H:%M:%S')}–{window.local(span.end_us, '%H:%M:%S')}"
    title = Words(f"{words.ja} {times}（{length.ja}）", f"{words.en}, {length.en}")
    # A gap of seconds must be seen in a day's bar: it is drawn at least two units wide, over its neighbours.
    width = max(window.place(span.end_us) - left, 0.0 if span.kind == RECORDED else 2.0)
    return BarPiece(round(left, 2), round(width, 2), _look(span.kind), title)


def _gap(span: Span, window: Window) -> GapLine:
    start = window.local(span.start_us, "%m-%d %H:%M:%S")
    return GapLine(_look(span.kind), kind_words(span.kind), start, duration((span.end_us - span.start_us) // SECOND_US))


def _faults(recorder: RecorderStatus) -> tuple[FaultLine, ...]:
    """Returns every fault in force; the message is the oldest one's in full, and comes first."""
    oldest = next((name for name, text in recorder.faults.items() if text and recorder.message.startswith(text)), None)
    first = [FaultLine(fault_words(oldest) if oldest else None, recorder.message)] if recorder.message else []
    rest = [FaultLine(fault_words(name), text) for name, text in recorder.faults.items() if name != oldest]
    return (*first, *rest)


def _look(kind: str) -> str:
    return kind if kind in KINDS else "gap"


def _share(report: NodeReport) -> str:
    seconds = seconds_by_kind(report.bar)
    whole = sum(seconds.values()) - seconds.get(BEFORE, 0) - seconds.get(AWAITED, 0)
    return "–" if whole <= 0 else f"{100 * seconds.get(RECORDED, 0) / whole:.1f} %"


def _since(report: NodeReport, window: Window) -> Words | None:
    since = report.verdict.since_us
    if report.verdict.state is State.RECORDING:
        since = next((span.start_us for span in reversed(report.bar) if span.kind == RECORDED), None)
    if since is None:
        return None
    text = window.local(since, "%m-%d %H:%M")
    return Words(f"{text} から", f"since {text}")


def _marks(window: Window, step_us: int) -> tuple[tuple[float, str], ...]:
    """Returns where, in bar units, local time is a whole number of steps, and that time."""
    offset_us = (
        int((to_datetime(window.end_us).astimezone(window.zone).utcoffset() or timedelta()).total_seconds()) * SECOND_US
    )
    first = -(-(window.start_us + offset_us) // step_us)
    moments = range(first * step_us - offset_us, window.end_us, step_us)
    return tuple((round(window.place(moment), 1), window.local(moment, "%H:%M")) for moment in moments)


def _counts(reports: list[NodeReport]) -> tuple[tuple[str, str, Words, int], ...]:
    return tuple(
        (state.value, SYMBOL[state], STATE[state], count)
        for state in State
        if (count := sum(report.verdict.state is state for report in reports))
    )
