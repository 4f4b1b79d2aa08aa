"""What follows from the panel's reports: what is signed, what is told, and what a loose contact costs at most."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.node.recording import casestate
from edge.node.recording.casestate import SETTLED_S, TOLD_S, Case, Next, follow, tampered
from edge.wire.panel import PanelReport

RUN, OTHER = "0a" * 16, "0b" * 16
TICKET = "0c" * 16
NOW_US = 1_767_574_800_000_000
SHUT = Case(run=RUN, opened=3)
OPEN = Case(run=RUN, opened=4, open=True, times=1)


def report(*, case_open: bool = False, opened: int = 3, run: str = RUN) -> PanelReport:
    return PanelReport(
        node="demo", updated=NOW_US, run=run, case_open=case_open, case_opened=opened, stuck=False,
        button_visit=0, button_decommission=0, link_test=0,
    )  # fmt: skip


def after(case: Case | None, visit: str | None = None, shut_for_s: float = 0, **changes: Any) -> Next:
    return follow(case, report(**changes), visit, shut_for_s, NOW_US)


@pytest.mark.parametrize(
    ("case", "changes", "signed"),
    [
        (SHUT, {}, None),
        (SHUT, {"case_open": True, "opened": 4}, ("case-open", "")),
        (SHUT, {"opened": 4}, ("case-open", "")),
        (SHUT, {"opened": 7}, ("case-open", "opened 4 times since the last look")),
        (SHUT, {"opened": 2}, None),
        (SHUT, {"opened": 0, "run": OTHER}, None),
        (SHUT, {"opened": 1, "run": OTHER, "case_open": True}, ("case-open", "")),
        (SHUT, {"opened": 1, "run": OTHER}, ("case-open", "")),
        (OPEN, {"opened": 4, "case_open": True}, None),
        (OPEN, {"opened": 9, "case_open": True}, None),
        (OPEN, {"opened": 1, "run": OTHER, "case_open": True}, None),
        (OPEN, {"opened": 4}, None),
        (OPEN, {"opened": 4, "shut_for_s": SETTLED_S - 1}, None),
        (OPEN, {"opened": 4, "shut_for_s": SETTLED_S}, ("case-closed", "")),
        (OPEN, {"opened": 5, "shut_for_s": SETTLED_S}, None),
        (
            OPEN.model_copy(update={"times": 5}),
            {"opened": 4, "shut_for_s": 99},
            ("case-closed", "opened 5 times in all"),
        ),
        (None, {"opened": 5}, None),
        (None, {"opened": 5, "case_open": True}, ("case-open", "")),
    ],
)
def test_what_is_signed(case: Case | None, changes: dict[str, Any], signed: tuple[str, str] | None) -> None:
    notice = after(case, **changes).notice
    assert (notice and (notice.state, notice.note)) == signed


def test_closing_is_signed_once() -> None:
    shut = after(OPEN, opened=4, shut_for_s=SETTLED_S)
    assert after(shut.case, opened=4, shut_for_s=SETTLED_S).notice is None


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.booleans()), max_size=200))
def test_no_report_costs_more_than_two_records_a_settling_time(looks: list[tuple[bool, int, bool]]) -> None:
    """Looks 2 s apart, with whatever report; the case counts as shut for as long as every report said so."""
    case, opened, shut_s, records = SHUT, 3, 0, []
    for number, (case_open, more, restarted) in enumerate(looks):
        opened = more if restarted else opened + more
        shut_s = 0 if case_open or more or restarted else shut_s + 2
        to = after(case, opened=opened, case_open=case_open, shut_for_s=shut_s, run=OTHER if restarted else case.run)
        case = to.case
        records += [2 * number] if to.notice else []
    assert all(later - first >= SETTLED_S for first, later in zip(records, records[2:], strict=False))


def test_records_would_flood_the_card_if_closings_did_not_settle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control of the test above."""
    monkeypatch.setattr(casestate, "SETTLED_S", 0)
    case, signed = SHUT, 0
    for opened in range(4, 34):
        for case_open in (True, False):
            to = after(case, opened=opened, case_open=case_open)
            case, signed = to.case, signed + (to.notice is not None)
    assert signed == 60


def test_opening_in_a_visit_names_its_ticket_and_so_does_its_closing() -> None:
    opened = after(SHUT, visit=TICKET, case_open=True, opened=4)
    assert opened.notice is not None and opened.notice.reference == TICKET
    assert tampered(opened.case, NOW_US, seen_open=True) == ""
    shut = after(opened.case, shut_for_s=SETTLED_S, opened=4)
    assert shut.notice is not None and shut.notice.reference == TICKET
    assert tampered(shut.case, NOW_US, seen_open=False) == ""


def test_case_that_is_left_open_after_a_visit_is_told() -> None:
    opened = after(SHUT, visit=TICKET, case_open=True, opened=4)
    later = after(opened.case, case_open=True, opened=4).case
    assert tampered(later, NOW_US, seen_open=True)
    assert tampered(later, NOW_US, seen_open=False) == ""  # shut after all, and settling


def test_what_was_opened_while_a_visit_had_the_camera_was_opened_in_it() -> None:
    leaving = after(SHUT, visit=TICKET).case
    back = after(leaving, opened=6)
    assert back.notice is not None and back.notice.reference == TICKET
    assert back.notice.note == "opened 3 times since the last look"
    later = after(after(back.case, opened=6, shut_for_s=SETTLED_S).case, opened=7)
    assert later.notice is not None and later.notice.reference is None


def test_it_is_told_while_open_and_for_a_day_after() -> None:
    opened = after(SHUT, case_open=True, opened=4).case
    assert "is open" in tampered(opened, NOW_US, seen_open=True)
    shut = after(opened, opened=4, shut_for_s=SETTLED_S).case
    for passed_s, told in ((0, True), (TOLD_S - 1, True), (TOLD_S, False)):
        assert bool(tampered(shut, NOW_US + passed_s * 10**6, seen_open=False)) is told
    assert tampered(shut, NOW_US - 3600 * 10**6, seen_open=False)
    assert tampered(SHUT, NOW_US, seen_open=False) == tampered(None, NOW_US, seen_open=True) == ""
