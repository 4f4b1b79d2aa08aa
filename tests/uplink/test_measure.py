"""What is measured over an hour: the line while it is in use, and what the recorder writes."""

from __future__ import annotations

import pytest

from edge.seal.reel import Position
from edge.uplink.measure import Line, Mean, Written

AT = Position(chain="a" * 32, reel=1, lap=1, end=4096, sequence=1, sha256="b" * 64, oldest=0)
MBIT_S = 125_000


def line_of(size_a_second: int, seconds: int) -> Line:
    line = Line()
    for _ in range(seconds // 20):
        line.carried(size_a_second * 20, 20.0)
    return line


def test_nothing_is_known_until_enough_was_seen() -> None:
    mean = Mean()
    mean.add(MBIT_S * 20, 20.0)
    assert mean.bps is None
    mean.add(MBIT_S * 20, 20.0)
    assert mean.bps == pytest.approx(1_000_000, rel=0.01)


def test_past_fades_within_hours() -> None:
    line = line_of(8 * MBIT_S, 7200)
    for _ in range(180):
        line.carried(MBIT_S * 20, 20.0)
    assert line.bps is not None
    assert 3_000_000 < line.bps < 4_000_000  # e^-1 of the old hour
    for _ in range(3 * 180):
        line.carried(MBIT_S * 20, 20.0)
    assert line.bps == pytest.approx(1_000_000, rel=0.15)


def test_small_uploads_do_not_count_as_the_line() -> None:
    line = line_of(8 * MBIT_S, 600)
    for _ in range(10_000):
        line.carried(4096, 0.3)
    assert line.bps == pytest.approx(8_000_000, rel=0.01)


def test_short_uploads_are_a_lower_bound_that_proves_nothing() -> None:
    line = Line()
    for _ in range(100):
        line.carried(MBIT_S, 1.0)
    assert line.bps == pytest.approx(1_000_000, rel=0.01)
    assert line.proven_bps is None
    for _ in range(3):
        line.carried(4 * MBIT_S * 20, 20.0)
    assert line.bps == line.proven_bps == pytest.approx(4_000_000, rel=0.01)
    for _ in range(3600):
        line.carried(MBIT_S, 1.0)
    assert line.proven_bps == pytest.approx(4_000_000, rel=0.01)
    for _ in range(3600):
        line.carried(16 * MBIT_S, 1.0)
    assert line.proven_bps is not None
    assert line.proven_bps > 8_000_000


def test_outage_of_days_leaves_the_figure_nearly_as_it_was() -> None:
    line = line_of(8 * MBIT_S, 7200)
    for _ in range(4 * 24 * 24):
        line.failed(10.0)
    assert line.bps is not None
    assert line.bps > 7_500_000


def test_line_that_drops_again_and_again_counts_as_slow() -> None:
    line = line_of(8 * MBIT_S, 7200)
    for _ in range(500):
        line.carried(8 * MBIT_S * 20, 20.0)
        line.failed(60.0)
    assert line.bps == pytest.approx(2_000_000, rel=0.15)


def test_failures_before_the_first_success_say_nothing() -> None:
    line = Line()
    line.failed(600.0)
    assert line.bps is None


def test_written_follows_the_position_within_a_reel() -> None:
    written = Written()
    for second in range(0, 120, 2):
        written.seen(AT.model_copy(update={"end": 4096 + second * MBIT_S}), second * 10**9)
    assert written.bps == pytest.approx(1_000_000, rel=0.01)


def test_change_of_reels_is_passed_over() -> None:
    written = Written()
    for second in range(0, 120, 2):
        reel, place = divmod(second, 40)
        written.seen(AT.model_copy(update={"reel": reel, "end": 4096 + place * MBIT_S}), second * 10**9)
    assert written.bps == pytest.approx(1_000_000, rel=0.01)
