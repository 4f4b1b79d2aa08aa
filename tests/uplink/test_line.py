"""What the uplink says of the line: how long nobody has acknowledged anything, by a clock that nobody sets."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from edge.uplink.line import EVERY_NS, LineWord
from edge.wire.line import read_line
from tests.clocks import HandClock
from tests.uplink.town import NODE, Town, work

EVERY_S = EVERY_NS / 1e9


@pytest.fixture
def clock() -> HandClock:
    return HandClock(10**15)


def quiet_s(path: Path) -> int | None:
    report = read_line(path)
    assert report.node == NODE
    return report.quiet_s


def test_quiet_grows_until_something_is_acknowledged(tmp_path: Path, clock: HandClock) -> None:
    word = LineWord(tmp_path / "uplink.json", NODE, clock)
    word.publish()
    assert quiet_s(tmp_path / "uplink.json") is None
    word.heard()
    clock.advance(130)
    word.publish()
    assert quiet_s(tmp_path / "uplink.json") == 130
    word.heard()
    clock.advance(EVERY_S)
    word.publish()
    assert quiet_s(tmp_path / "uplink.json") == EVERY_S


def test_wall_clock_that_is_set_changes_nothing(tmp_path: Path, clock: HandClock) -> None:
    word = LineWord(tmp_path / "uplink.json", NODE, clock)
    word.heard()
    clock.at_us -= 10**12
    clock.advance(200)
    word.publish()
    assert quiet_s(tmp_path / "uplink.json") == 200


def test_file_is_written_no_more_often_than_needed(tmp_path: Path, clock: HandClock) -> None:
    word, path = LineWord(tmp_path / "uplink.json", NODE, clock), tmp_path / "uplink.json"
    word.publish()
    path.unlink()
    clock.advance(EVERY_S - 0.1)
    word.publish()
    assert not path.exists()
    clock.advance(0.1)
    word.publish()
    assert path.exists()


def test_first_acknowledgement_is_told_at_once(tmp_path: Path, clock: HandClock) -> None:
    word = LineWord(tmp_path / "uplink.json", NODE, clock)
    word.publish()
    word.heard()
    word.publish()
    assert quiet_s(tmp_path / "uplink.json") == 0


def test_run_directory_that_is_not_there_is_told_once(
    tmp_path: Path, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    word = LineWord(tmp_path / "run" / "uplink.json", NODE, clock)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            word.publish()
            clock.advance(EVERY_S)
    assert len(caplog.records) == 1
    (tmp_path / "run").mkdir()
    word.publish()
    assert quiet_s(tmp_path / "run" / "uplink.json") is None


def test_receipt_counts_as_acknowledged(town: Town) -> None:
    town.spool.boot()
    town.spool.segments(2)
    town.spool.publish()
    uplink = town.uplink()
    work(uplink, town.clock)
    town.clock.advance(EVERY_S)
    uplink.step()
    assert quiet_s(town.places.line) is not None


def test_center_that_is_not_there_leaves_the_line_quiet(town: Town) -> None:
    """Control of the test above."""
    town.spool.boot()
    town.spool.publish()
    uplink = town.uplink(center_url="https://127.0.0.1:9")
    for _ in range(3):
        uplink.step()
        town.clock.advance(EVERY_S)
    assert quiet_s(town.places.line) is None
