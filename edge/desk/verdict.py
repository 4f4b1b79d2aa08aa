"""What verification says, in words for the person who has to decide on it; Japanese beside English."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from edge.base.clock import to_datetime
from edge.seal.answers import Answer, MissingTime, Outcome, Report

QUESTIONS = ("authenticity", "provenance", "completeness", "time")
_ASKED = {"authenticity": "改変の有無", "provenance": "出所", "completeness": "欠けの有無", "time": "記録時刻"}
_SAID = {
    Outcome.OK: "確認できました",
    Outcome.ALTERED: "改変または偽造",
    Outcome.INCOMPLETE: "欠けています",
    Outcome.CANNOT_TELL: "判断できません",
}
_VERDICTS = {
    0: "proven 証明されました",
    1: "ALTERED 改変または偽造があります",
    2: "not proven 証明されていません",
}
_NEXT = {
    1: "do not use it as evidence; keep it as it is, fetch the window anew and tell the administrator",
    2: "the reasons name what is lacking; bring it, or fetch the window anew",
}
_REASONS_SHOWN = 5


def describe(path: Path, report: Report, zone: ZoneInfo) -> str:
    """Returns the report as lines; times are local in ``zone``, with its offset."""
    kind = " (A DEMONSTRATION'S: proves nothing outside it)" if report.demo else ""
    node = "of no node" if report.node is None else f"node {report.node}"
    lines = [f"{path}: {_VERDICTS[report.status]}: {node}{kind}, {report.records} records, {report.segments} segments"]
    if report.start_us is not None and report.end_us is not None:
        lines.append(f"  holds {_moment(report.start_us, zone)} to {_moment(report.end_us, zone)}; nothing outside it")
    for question in QUESTIONS:
        lines += _answer(question, getattr(report, question))
    lines.append(
        f"  sealed after {_moment(report.not_before_us, zone)} and before {_moment(report.not_after_us, zone)}"
    )
    lines += [_gap(gap, count, zone) for gap, count in _joined(report.gaps)]
    return "\n".join(lines + ([f"  next: {_NEXT[report.status]}"] if report.status in _NEXT else []))


def _answer(question: str, answer: Answer) -> list[str]:
    lines = [f"  {question}: {answer.outcome.value} ({_ASKED[question]}: {_SAID[answer.outcome]})"]
    lines += [f"    {reason}" for reason in answer.reasons[:_REASONS_SHOWN]]
    more = len(answer.reasons) - _REASONS_SHOWN
    return [*lines, f"    and {more} more (--json lists all)"] if more > 0 else lines


def _gap(gap: MissingTime, count: int, zone: ZoneInfo) -> str:
    seconds = (gap.end_us - gap.start_us) / 1e6
    times = f"{_moment(gap.start_us, zone)} to {_moment(gap.end_us, zone)}"
    return f"  signed gap 欠落 ({gap.cause}): {times}, {seconds:.1f} s" + (f", {count} records" if count > 1 else "")


def _joined(gaps: tuple[MissingTime, ...]) -> list[tuple[MissingTime, int]]:
    """Joins gaps of one cause that follow upon each other; each with the number of its records."""
    joined: list[tuple[MissingTime, int]] = []
    for gap in gaps:
        before, count = joined[-1] if joined else (gap, 0)
        if count and (before.cause, before.end_us) == (gap.cause, gap.start_us):
            joined[-1] = (MissingTime(gap.cause, before.start_us, gap.end_us), count + 1)
        else:
            joined.append((gap, 1))
    return joined


def _moment(moment_us: int | None, zone: ZoneInfo) -> str:
    if moment_us is None:
        return "(not proven)"
    return to_datetime(moment_us).astimezone(zone).isoformat(timespec="seconds")
