"""The line step: what is enough, what is not, and what nobody knows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.base.clock import ClockQuality
from edge.commission.steps_line import Line, Standing, facts

GOOD = Line(True, -60, 80, 3_000_000, ClockQuality.SYNCHRONISED)
BITRATE_BPS = 1_000_000


def standings(line: Line) -> dict[str, str]:
    return {fact.name.en: fact.standing.value for fact in facts(line, BITRATE_BPS)}


def test_good_line_needs_nothing_done() -> None:
    assert set(standings(GOOD).values()) == {"good"}
    assert all(fact.advice is None for fact in facts(GOOD, BITRATE_BPS))


@pytest.mark.parametrize(
    ("change", "name", "standing"),
    [
        ({"connected": False}, "Server", "bad"),
        ({"connected": None}, "Server", "unknown"),
        ({"signal_dbm": -70}, "Signal", "good"),
        ({"signal_dbm": -71}, "Signal", "poor"),
        ({"signal_dbm": -86}, "Signal", "bad"),
        ({"signal_dbm": None}, "Signal", "unknown"),
        ({"round_trip_ms": 501}, "Round trip", "poor"),
        ({"round_trip_ms": None}, "Round trip", "unknown"),
        ({"line_bps": 1_200_000}, "Line rate", "good"),
        ({"line_bps": 1_199_999}, "Line rate", "poor"),
        ({"line_bps": 999_999}, "Line rate", "bad"),
        ({"line_bps": None}, "Line rate", "unknown"),
        ({"clock": ClockQuality.UNTRUSTED}, "Time", "bad"),
    ],
    ids=str,
)
def test_each_fact_stands_by_itself(change: dict[str, object], name: str, standing: str) -> None:
    line = replace(GOOD, **change)  # type: ignore[arg-type]
    assert standings(line) == standings(GOOD) | {name: standing}
    told = {fact.name.en: fact.advice for fact in facts(line, BITRATE_BPS) if fact.standing is not Standing.GOOD}
    assert all(advice is not None and advice.ja and advice.en for advice in told.values())
