"""Visits as staff read them: figures below a node's bar, and the lines of the node's own page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from edge.base.clock import SECOND_US, to_datetime
from edge.center.visitlog import PastVisit
from edge.center.words import Words, duration
from edge.wire.heartbeat import VisitNow
from edge.wire.visit import Scope

LONGEST_US = 45 * 60 * SECOND_US
"""No visit lasts longer: one whose end was not told by then is over, and its end is on the way."""
SHOWN = 20

SCOPE = {
    Scope.FIRST: Words("初回設置", "First installation"),
    Scope.RE_AIM: Words("向きの調整", "Aim again"),
    Scope.COLLECT: Words("記録の回収", "Collect records"),
    Scope.INSPECT: Words("点検", "Inspection"),
    Scope.DECOMMISSION: Words("撤去", "Decommissioning"),
}
_SIGNED_OFF = Words("署名して完了", "signed off")
_COLLECTED = Words("記録を回収", "records collected")
_ENDED = Words("終了", "ended")
_UNDER_WAY = Words("作業中", "under way")
_END_UNTOLD = Words("終了の記録はまだ届いていません", "its end has not been told yet")
_NEVER_OPENED = Words("開始せず", "not opened")


@dataclass(frozen=True, slots=True)
class VisitLine:
    """One visit in words; ``warn`` marks what needs a look."""

    began: str
    scope: Words
    installer: Words
    length: Words
    outcome: Words
    warn: bool


def visit_lines(visits: Iterable[PastVisit], now_us: int, zone: ZoneInfo) -> tuple[VisitLine, ...]:
    """Returns the lines of a node's page."""
    return tuple(_line(visit, now_us, zone) for visit in visits)


def outcome_words(visit: PastVisit, now_us: int) -> Words:
    """Returns what came of a visit."""
    parts = []
    if visit.signed_off:
        parts.append(_SIGNED_OFF)
    if visit.collected:
        parts.append(_COLLECTED)
    if not visit.opened:
        parts.append(_NEVER_OPENED)
    elif visit.ended_us is None:
        parts.append(_UNDER_WAY if now_us - visit.began_us <= LONGEST_US else _END_UNTOLD)
    elif not parts:
        parts.append(_ENDED)
    if visit.refused:
        times = "once" if visit.refused == 1 else f"{visit.refused} times"
        parts.append(Words(f"コード誤りで{visit.refused}回ロック", f"locked {times} after wrong codes"))
    return Words("、".join(part.ja for part in parts), ", ".join(part.en for part in parts))


def visit_now_words(visit: VisitNow, zone: ZoneInfo) -> Words:
    """Returns who works at the camera now, as the node says."""
    since, scope = to_datetime(visit.since).astimezone(zone).strftime("%H:%M"), SCOPE[visit.scope]
    return Words(
        f"作業中：{scope.ja}（{visit.installer}、{since}から）", f"visit: {scope.en}, {visit.installer}, since {since}"
    )


def last_visit_words(visits: tuple[PastVisit, ...], now_us: int, zone: ZoneInfo) -> Words:
    """Returns the newest visit in one line."""
    if not visits:
        return Words("なし", "none")
    visit = visits[0]
    scope, outcome = SCOPE[visit.scope], outcome_words(visit, now_us)
    return Words(f"{_day(visit.began_us, zone)} {scope.ja}（{outcome.ja}）", f"{scope.en}, {outcome.en}")


def inspected_words(inspected_us: int | None, zone: ZoneInfo) -> Words:
    """Returns the day of the last inspection (R-TOTTORI-11)."""
    return Words("なし", "none") if inspected_us is None else Words(_day(inspected_us, zone), "")


def _line(visit: PastVisit, now_us: int, zone: ZoneInfo) -> VisitLine:
    length = Words("–", "") if visit.ended_us is None else duration((visit.ended_us - visit.began_us) // SECOND_US)
    installer = Words("不明", "not known here") if visit.installer is None else Words(visit.installer, "")
    return VisitLine(
        began=to_datetime(visit.began_us).astimezone(zone).strftime("%Y-%m-%d %H:%M"),
        scope=SCOPE[visit.scope],
        installer=installer,
        length=length,
        outcome=outcome_words(visit, now_us),
        warn=visit.refused > 0,
    )


def _day(moment_us: int, zone: ZoneInfo) -> str:
    return to_datetime(moment_us).astimezone(zone).strftime("%Y-%m-%d")
