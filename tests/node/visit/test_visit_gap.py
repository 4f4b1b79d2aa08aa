"""A recorder that gives its camera to a visit, as a process: how it ends, and what its next run says of the time."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from edge.base.clock import STEP_US
from edge.node.matters import LEFT_TO_A_VISIT
from edge.seal.manifest import Cause, Gap, Kind
from edge.wire.visit import Scope
from tests.node.processes import Command
from tests.node.town import PACED, Town
from tests.node.visits import make_ticket, report

WAITS = "recorder waits for the camera"
Run = Callable[..., Command]
Make = Callable[..., Town]


def record(run: Run, town: Town, *words: object) -> Command:
    return run("node", "record", "--config", town.config_path, *words)


def test_visit_ends_the_recorder_in_order_and_its_time_is_a_gap_of_that_cause(make_town: Make, run: Run) -> None:
    town = make_town(source=PACED)
    first = record(run, town)
    first.await_(lambda: "SEGMENT" in town.kinds_so_far())
    report(town, make_ticket())
    assert first.wait() == 0, first.err
    assert town.kinds()[-1] == "SHUTDOWN"
    assert town.details(Kind.SHUTDOWN)[-1].reason == LEFT_TO_A_VISIT
    ended_us = town.records()[-1].header.manifest.end_us

    waiting = record(run, town, "--seconds", "3")
    waiting.await_(lambda: WAITS in waiting.err)
    before = town.kinds()
    report(town, None)
    assert waiting.wait() == 0, waiting.err
    gap = town.records()[len(before) + 1].header.manifest
    assert town.kinds()[: len(before) + 2] == [*before, "BOOT", "GAP"]
    assert isinstance(gap.detail, Gap) and gap.detail.cause is Cause.VISIT
    assert abs(gap.start_us - ended_us) <= STEP_US, "within the noise of reading two clocks"
    town.require_chained()


def test_recorder_that_starts_in_a_visit_leaves_the_camera_alone(make_town: Make, run: Run) -> None:
    town = make_town(source=PACED)
    report(town, make_ticket())
    command = record(run, town)
    command.await_(lambda: WAITS in command.err)
    os.kill(command.pid, signal.SIGTERM)
    assert command.wait() == 0, command.err
    assert town.records() == [] and not town.config.status.exists()


@pytest.mark.parametrize("scope", [Scope.COLLECT, Scope.DECOMMISSION])
def test_visit_that_needs_no_camera_leaves_the_recorder_alone(make_town: Make, run: Run, scope: Scope) -> None:
    town = make_town()
    report(town, make_ticket(scope))
    command = record(run, town)
    assert command.wait() == 0, command.err
    assert town.details(Kind.SHUTDOWN)[0].reason == "the source has ended"
