"""Which reports of a visit move the recorder: those alone whose ticket it can check itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from edge.base.clock import ClockQuality
from edge.node.credentials import load_authority
from edge.node.statefiles import KNOWN_TIME
from edge.node.visit.visiting import Visiting
from edge.wire.authority import Role
from edge.wire.visit import Scope
from edge.wire.visitreport import STALE_S
from tests.mask.samples import put
from tests.node.rig import ScriptedClock
from tests.node.town import ROLES, SECOND_US, START_US, Town, seed
from tests.node.visits import HOUR_US, make_ticket, report


def visiting(town: Town, quality: ClockQuality = ClockQuality.SYNCHRONISED) -> Visiting:
    return Visiting(town.config, load_authority(town.config), ScriptedClock(town, quality))


@pytest.mark.parametrize("scope", list(Scope))
def test_open_visit_wants_the_camera_where_its_scope_needs_it(town: Town, scope: Scope) -> None:
    report(town, make_ticket(scope))
    assert visiting(town).wants_camera() is scope.needs_camera


REFUSED: dict[str, Callable[[Town], None]] = {
    "no report": lambda town: None,
    "damaged": lambda town: put(town.config.visit_report, b"{"),
    "ended": lambda town: report(town, None),
    "another signer": lambda town: report(town, make_ticket(signer=seed(99))),
    "another role": lambda town: report(town, make_ticket(signer=ROLES[Role.MASK])),
    "another node": lambda town: report(town, make_ticket(node="demo-2")),
    "not begun": lambda town: report(town, make_ticket(begins=START_US + HOUR_US)),
    "over": lambda town: report(town, make_ticket(ends=START_US - 1)),
    "not renewed": lambda town: report(town, make_ticket(), updated=START_US - (STALE_S + 1) * SECOND_US),
    "of the future": lambda town: report(town, make_ticket(), updated=START_US + (STALE_S + 1) * SECOND_US),
    "another scope": lambda town: report(town, make_ticket(Scope.COLLECT), scope=Scope.RE_AIM, needs_camera=True),
}


@pytest.mark.parametrize("write", REFUSED.values(), ids=REFUSED)
def test_report_without_a_ticket_that_counts_moves_nobody(town: Town, write: Callable[[Town], Any]) -> None:
    town.run.mkdir()
    write(town)
    assert visiting(town).ticket() is None


def test_clock_that_is_not_believed_leaves_the_hours_to_the_known_time(town: Town) -> None:
    """Such a clock may stand before a ticket's hours; a time that has passed for certain still ends them."""
    report(town, make_ticket(begins=START_US + HOUR_US))
    assert visiting(town, ClockQuality.UNTRUSTED).wants_camera()
    (town.state / KNOWN_TIME).write_text(f"{START_US + 5 * HOUR_US}\n")
    assert not visiting(town, ClockQuality.UNTRUSTED).wants_camera()
