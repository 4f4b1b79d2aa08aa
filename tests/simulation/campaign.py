"""Plays one history after another; what fails is shrunk and told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.simulation.books import Violation
from tests.simulation.decisions import Decision, Setting, What, draw
from tests.simulation.history import Stage
from tests.simulation.shrink import PLAYS_LIMIT, shrink

TAIL = 25
"""Lines of the log that a report ends with."""


@dataclass
class Tally:
    """What was played so far.

    Attributes:
        reports: one a history that broke a promise.
    """

    histories: int = 0
    hours: float = 0.0
    records: int = 0
    seconds: float = 0.0
    reports: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.histories} histories, {self.hours:.0f} simulated hours, {self.records} records, "
            f"{len(self.reports)} broke a promise"
        )

    @property
    def pace(self) -> str:
        """How fast, by the machine's own clock."""
        return f"{self.histories / self.seconds:.1f} histories/s, {self.hours / self.seconds:.0f} simulated hours/s"


def play_for(
    stage: Stage,
    seconds: float,
    seeds: Iterator[int],
    *,
    until_fault: bool = False,
    plays: int = PLAYS_LIMIT,
    progress: Callable[[Tally], None] = lambda tally: None,
) -> Tally:
    """Plays histories until the time is up, by the machine's clock; a history begun is played to its end.

    Args:
        plays: how many more histories it may take to shrink one that failed.
    """
    tally, started = Tally(), time.monotonic()
    while tally.seconds < seconds and not (until_fault and tally.reports):
        _play(stage, next(seeds), tally, plays)
        tally.seconds = time.monotonic() - started
        progress(tally)
    return tally


def find(
    stage: Stage, histories: int, among: frozenset[What]
) -> tuple[Setting, tuple[Decision, ...], Violation] | None:
    """Returns the first of so many histories, drawn from kinds of decisions, that breaks a promise."""
    for seed in range(1, histories + 1):
        setting, decisions = draw(seed, among)
        outcome = stage.play(setting, decisions)
        if outcome.violation is not None:
            return setting, decisions, outcome.violation
    return None


def shrunk(
    stage: Stage, setting: Setting, decisions: tuple[Decision, ...], promise: str, plays: int = PLAYS_LIMIT
) -> tuple[Decision, ...]:
    """Returns the smallest history found that breaks the same promise."""

    def fails(candidate: tuple[Decision, ...]) -> bool:
        violation = stage.play(setting, candidate).violation
        return violation is not None and violation.promise == promise

    return shrink(decisions, fails, plays)


def _play(stage: Stage, seed: int, tally: Tally, plays: int) -> None:
    setting, decisions = draw(seed)
    outcome = stage.play(setting, decisions)
    tally.histories += 1
    tally.hours += outcome.hours
    tally.records += outcome.records
    if outcome.violation is not None:
        tally.reports.append(report(stage, setting, decisions, outcome.violation, plays))


def report(
    stage: Stage,
    setting: Setting,
    decisions: tuple[Decision, ...],
    violation: Violation,
    plays: int = PLAYS_LIMIT,
) -> str:
    """Returns how to see it again, and the shortest history that was found for it."""
    small = shrunk(stage, setting, decisions, violation.promise, plays)
    outcome = stage.play(setting, small)
    lines = [
        f"{violation}",
        f"see it again: make lab-simulate SEED={setting.seed} MINUTES=0",
        f"{len(small)} of {len(decisions)} decisions are enough, with {setting}:",
        *(f"  {decision}" for decision in small),
        f"and then calm. The end of what happens (UTC, microseconds): {outcome.violation}",
        *(f"  {line}" for line in outcome.log[-TAIL:]),
    ]
    return "\n".join(lines)
