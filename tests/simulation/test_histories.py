"""60 seconds of histories, and that the same seed is the same history."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from edge.node.records.journal import Journal
from tests.simulation.campaign import play_for, report
from tests.simulation.decisions import DAY_S, Decision, draw
from tests.simulation.history import Stage

SECONDS = 60
PLAYS = 40
"""Enough to take out what does not matter, and soon over on a slow machine."""
SEEDS = (2, 9, 41)
_DIGESTS = """
from tests.simulation.decisions import DAY_S, Decision, draw
from tests.simulation.history import open_stage
with open_stage(remembers=False) as stage:
    for seed in {seeds}:
        print(stage.play(*draw(seed)).digest)
"""


@pytest.mark.timeout(900)
def test_no_history_breaks_a_promise(stage: Stage, record_property: Callable[[str, object], None]) -> None:
    tally = play_for(stage, SECONDS, itertools.count(1), until_fault=True, plays=PLAYS)
    record_property("says", f"simulation: {tally}, {tally.pace}")
    assert tally.reports == [], tally.reports[0]


@pytest.mark.timeout(1200)
def test_seed_is_the_same_history_in_any_process(stage: Stage) -> None:
    """Sets and dictionaries of another order, another folder and time, nothing remembered of bytes: the same log."""
    here = [stage.play(*draw(seed)).digest for seed in SEEDS]
    again = [stage.play(*draw(seed)).digest for seed in SEEDS]
    command = [sys.executable, "-c", _DIGESTS.format(seeds=SEEDS)]
    environment = os.environ | {"PYTHONHASHSEED": "77", "TZ": "America/New_York"}
    elsewhere = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, check=True)
    assert here == again == elsewhere.stdout.split()
    assert len(set(here)) == len(SEEDS)


def test_decisions_are_told_in_words() -> None:
    setting, decisions = draw(3)
    assert "reels of 1 MiB" in str(setting)
    assert all(str(decision).startswith(decision.what) for seed in range(20) for decision in draw(seed)[1])
    assert decisions == draw(3)[1]


def test_report_says_how_to_see_it_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Journal, "expire", lambda self: None)
    setting = replace(draw(2)[0], pace_s=60, retention_days=2)
    decisions = (Decision("masks", 0, 0), Decision("record", 3, 0), Decision("pause", 3 * DAY_S, 0))
    violation = stage.play(setting, decisions).violation
    assert violation is not None
    text = report(stage, setting, decisions, violation)
    assert "make lab-simulate SEED=2 MINUTES=0" in text
    assert "1 of 3 decisions are enough" in text
    assert ":\n  pause of the camera, 259200 s\nand then calm" in text
    assert "overdue: record 0 is" in text
