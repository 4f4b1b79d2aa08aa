"""When the bitrate steps: down only when the backlog could no longer drain, up only when it is safe."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edge.uplink.adaptation import OVERHEAD_BPS, Footage, Outlook, Step, drain_s, judge
from edge.wire.advice import ladder

DAY_S = 86_400
FOOTAGE = Footage(ladder(1_500_000, 500_000), 7 * DAY_S, 128 * 10**9)
RECORDED = 1_500_000 + OVERHEAD_BPS
IDLE = Outlook(rung=0, line_bps=4_000_000, recorded_bps=RECORDED, backlog_bytes=0, connected=True)


def hours_of_outage(hours: float, recorded_bps: int = RECORDED) -> int:
    return int(hours * 3600 * recorded_bps / 8)


@pytest.mark.parametrize(
    ("line_bps", "backlog_bytes", "connected", "step"),
    [
        (4_000_000, 0, True, Step.STAY),
        (4_000_000, hours_of_outage(96), True, Step.STAY),  # 63 of 134 hours
        (4_000_000, hours_of_outage(96), False, Step.STAY),
        (2_500_000, hours_of_outage(96), True, Step.DOWN),  # 168 hours
        (2_500_000, hours_of_outage(48), True, Step.STAY),
        (1_000_000, hours_of_outage(1), True, Step.DOWN),  # never
        (1_000_000, hours_of_outage(0.1), True, Step.STAY),  # minutes are no backlog
        (None, hours_of_outage(96), True, Step.STAY),  # never measured
        (None, hours_of_outage(150), False, Step.STAY),
        (None, hours_of_outage(160), False, Step.DOWN),  # the ring lasts 179 h: an eighth is 22 h
        (None, hours_of_outage(160), True, Step.STAY),
    ],
)
def test_bitrate_steps_down_only_when_the_backlog_could_no_longer_drain(
    line_bps: int | None, backlog_bytes: int, connected: bool, step: Step
) -> None:
    outlook = replace(IDLE, line_bps=line_bps, backlog_bytes=backlog_bytes, connected=connected)
    assert judge(FOOTAGE, outlook) is step


@pytest.mark.parametrize(
    ("rung", "line_bps", "backlog_bytes", "connected", "step"),
    [
        (1, 4_000_000, 0, True, Step.UP),
        (1, 1_800_000, 0, True, Step.STAY),  # not a fifth more than 1.59 Mbit/s
        (1, 1_950_000, 0, True, Step.UP),
        (1, 4_000_000, hours_of_outage(96), True, Step.UP),
        (1, 3_000_000, hours_of_outage(96), True, Step.STAY),  # at the top it would take 108 of 84 hours
        (1, 4_000_000, hours_of_outage(165), False, Step.DOWN),
        (1, 40_000_000, hours_of_outage(160), False, Step.STAY),
        (4, 1_000_000, hours_of_outage(100), True, Step.STAY),  # there is no lower rung
        (4, None, 0, True, Step.STAY),
    ],
)
def test_bitrate_steps_up_only_when_it_is_safe(
    rung: int, line_bps: int | None, backlog_bytes: int, connected: bool, step: Step
) -> None:
    recorded = FOOTAGE.rungs[rung] + OVERHEAD_BPS
    outlook = Outlook(rung, line_bps, recorded, backlog_bytes, connected)
    assert judge(FOOTAGE, outlook) is step


def test_quiet_street_is_judged_by_what_it_takes() -> None:
    quiet = replace(IDLE, line_bps=900_000, backlog_bytes=hours_of_outage(48, 400_000), recorded_bps=400_000)
    assert judge(FOOTAGE, quiet) is Step.STAY
    assert judge(FOOTAGE, replace(quiet, recorded_bps=RECORDED)) is Step.DOWN
    assert judge(FOOTAGE, replace(quiet, rung=1)) is Step.UP


@example(4, 1434, 0, 54_150_001, False)
@given(
    st.integers(0, 4),
    st.one_of(st.none(), st.integers(0, 20_000_000)),
    st.one_of(st.none(), st.integers(0, 3_000_000)),
    st.integers(0, 128 * 10**9),
    st.booleans(),
)
@example(1, 3156, 0, 119_250_001, False)
def test_step_leads_to_no_immediate_step_back(
    rung: int, line_bps: int | None, recorded_bps: int | None, backlog_bytes: int, connected: bool
) -> None:
    """Hysteresis: with line and backlog as they are, and a street as busy or quiet as it was, one leads to no other."""
    outlook = Outlook(rung, line_bps, recorded_bps, backlog_bytes, connected)
    step = judge(FOOTAGE, outlook)
    if step is Step.UP:
        after = replace(outlook, rung=rung - 1, recorded_bps=_recorded(outlook, rung - 1))
        assert judge(FOOTAGE, after) is not Step.DOWN
    if step is Step.DOWN:
        after = replace(outlook, rung=rung + 1, recorded_bps=_recorded(outlook, rung + 1))
        assert judge(FOOTAGE, after) is not Step.UP


def _recorded(outlook: Outlook, rung: int) -> int:
    """What is written at ``rung``: a street that fills its bitrate fills the next one too, a quiet one stays quiet."""
    most, here = FOOTAGE.rungs[rung] + OVERHEAD_BPS, FOOTAGE.rungs[outlook.rung] + OVERHEAD_BPS
    if outlook.recorded_bps is None or (rung < outlook.rung and outlook.recorded_bps >= 0.8 * here):
        return most
    return min(most, outlook.recorded_bps)


def test_drain_takes_what_the_line_has_to_spare() -> None:
    spare = replace(IDLE, line_bps=RECORDED + 800_000, backlog_bytes=10**9)
    assert drain_s(FOOTAGE, spare) == 10_000
    assert drain_s(FOOTAGE, replace(spare, line_bps=RECORDED)) == inf
    assert drain_s(FOOTAGE, replace(spare, line_bps=None)) == inf
