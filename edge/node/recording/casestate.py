"""What the recorder knows of the case, and what it signs when the panel reports something new: pure, but for the clock.

Rules:
  1. An opening is signed at once; that the case is shut, once it has stayed so for ``SETTLED_S``. Openings in between
     are counted, so that a loose contact or a false report costs two records a minute at most.
  2. Openings that came and went while nobody looked are signed, too: the panel counts them.
  3. What was opened before the very first look belongs to the installation, unless the case is still open.
  4. An opening in a visit names its ticket. A visit that took the camera away is remembered over the recorder's end:
     what was opened until the next run's first look was opened in it.
  5. The city is told while the case is open outside a visit, and for ``TOLD_S`` after it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from edge.base.clock import SECOND_US
from edge.base.model import Hex16, Strict, Utc
from edge.seal.manifest import Notice
from edge.wire.panel import PanelReport

CASE_OPEN, CASE_CLOSED = "case-open", "case-closed"
"""What a TAMPER record says."""
SETTLED_S = 60
TOLD_S = 86_400


class Case(Strict):
    """What is kept over restarts.

    Attributes:
        open: an opening is signed, and no closing since.
        times: openings since the case counted as shut, signed or not.
        run, opened: of the panel, as of the last look.
        opened_in: ticket of the visit that the last opening belongs to.
        visit: ticket of the visit that was open at the last look.
        shut_us: when a case was shut again that had been open outside a visit.
    """

    open: bool = False
    times: Annotated[int, Field(ge=0, lt=2**32)] = 0
    run: Hex16
    opened: Annotated[int, Field(ge=0, lt=2**31)]
    opened_in: Hex16 | None = None
    visit: Hex16 | None = None
    shut_us: Utc | None = None


@dataclass(frozen=True, slots=True)
class Next:
    """What follows from a look: what is known from now on, and what is signed first."""

    case: Case
    notice: Notice | None = None


def follow(case: Case | None, report: PanelReport, visit: str | None, shut_for_s: float, now_us: int) -> Next:
    """Returns what follows from a report.

    Args:
        case: None before the very first look.
        visit: the open visit's ticket id.
        shut_for_s: for how long the case has stayed shut, as far as was seen.
        now_us: UTC.
    """
    new = _openings(case, report)
    known = case or Case(run=report.run, opened=0)
    known = known.model_copy(update={"run": report.run, "opened": report.case_opened, "times": known.times + new})
    within = visit or known.visit
    known = known.model_copy(update={"visit": visit})
    if not known.open and (new or report.case_open):
        return _opened(known, within)
    if known.open and not report.case_open and not new and shut_for_s >= SETTLED_S:
        return _shut(known, now_us)
    return Next(known)


def tampered(case: Case | None, now_us: int, *, seen_open: bool) -> str:
    """Returns what the city is told; empty where there is nothing to tell.

    Args:
        seen_open: the last report said so; a case that was opened in a visit may settle after it.
    """
    if case is None:
        return ""
    if case.open and (case.opened_in is None or (seen_open and case.opened_in != case.visit)):
        return "the case is open, or its switch's wire is cut; send somebody to look"
    if case.shut_us is not None and abs(now_us - case.shut_us) < TOLD_S * SECOND_US:
        return "the case was opened outside a visit within the last 24 h, and is shut again; send somebody to look"
    return ""


def _openings(case: Case | None, report: PanelReport) -> int:
    """Returns how often the case was opened since the last look."""
    if case is None:
        return int(report.case_open)
    if report.run == case.run:
        return max(0, report.case_opened - case.opened)
    goes_on = case.open and report.case_open  # a panel that starts counts a case that it finds open
    return max(0, report.case_opened - goes_on)


def _opened(known: Case, within: str | None) -> Next:
    times = max(1, known.times)
    note = f"opened {times} times since the last look" if times > 1 else ""
    opened = known.model_copy(update={"open": True, "times": times, "opened_in": within})
    return Next(opened, Notice(state=CASE_OPEN, reference=within, note=note))


def _shut(known: Case, now_us: int) -> Next:
    note = f"opened {known.times} times in all" if known.times > 1 else ""
    notice = Notice(state=CASE_CLOSED, reference=known.opened_in, note=note)
    changes = {"open": False, "times": 0, "shut_us": known.shut_us if known.opened_in else now_us}
    return Next(known.model_copy(update=changes), notice)
