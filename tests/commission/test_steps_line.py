"""The line step: what is enough, what is not, and what nobody knows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.base.clock import ClockQuality
from edge.commission.steps_line import Line, Standing, facts
from edge.wire.line import Access, Way

GOOD = Line(True, Access(Way.WIRELESS, -60), 80, 3_000_000, ClockQuality.SYNCHRONISED)
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
        ({"access": Access(Way.WIRELESS, -70)}, "Signal", "good"),
        ({"access": Access(Way.WIRELESS, -71)}, "Signal", "poor"),
        ({"access": Access(Way.WIRELESS, -86)}, "Signal", "bad"),
        ({"access": Access(Way.WIRELESS)}, "Signal", "unknown"),
        ({"access": Access(Way.MODEM, percent=50)}, "Signal", "good"),
        ({"access": Access(Way.MODEM, percent=49)}, "Signal", "poor"),
        ({"access": Access(Way.MODEM, percent=24)}, "Signal", "bad"),
        ({"access": Access(Way.MODEM)}, "Signal", "unknown"),
        ({"access": Access()}, "Signal", "unknown"),
        ({"access": Access(Way.CABLE)}, "Signal", "good"),
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


def test_cable_is_called_one() -> None:
    (signal,) = [fact for fact in facts(replace(GOOD, access=Access(Way.CABLE)), 1) if fact.name.en == "Signal"]
    assert (signal.value.ja, signal.value.en, signal.advice) == ("有線", "Cable", None)
