"""Clocks: ISO times, the simulated clock that processes share, waiting that can be ended."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.base.clock import ClockQuality, SimulatedClock, SystemClock, from_iso, read_both, to_datetime
from edge.base.errors import BadInput

ACCEPTED = {
    "1970-01-01T00:00:00+00:00": 0,
    "1970-01-01T09:00:00+09:00": 0,
    "2026-01-05T10:00:00+09:00": 1_767_574_800_000_000,
    "2026-01-05T01:00:00Z": 1_767_574_800_000_000,
    "2026-01-05T01:00:00.000001Z": 1_767_574_800_000_001,
    "2026-01-05 01:00:00+00:00": 1_767_574_800_000_000,
    "9999-12-31T23:59:59.999999-23:59": 253_402_387_139_999_999,
}
REJECTED = [
    "",
    "yesterday",
    "2026-01-05",
    "2026-01-05T10:00:00",
    "2026-02-30T00:00:00Z",
    "2026-01-05T25:00:00Z",
    "2016-12-31T23:59:60Z",
    "1969-12-31T23:59:59.999999Z",
    "1970-01-01T00:00:00+09:00",
    "0001-01-01T00:00:00+09:00",
    "2026-01-05T10:00:00+09:00\nevil",
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_iso_time_is_read(text: str) -> None:
    assert from_iso(text) == ACCEPTED[text]


@pytest.mark.parametrize("text", REJECTED)
def test_iso_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        from_iso(text)


@given(st.integers(0, 2**53 - 1))
def test_moments_come_back_to_the_microsecond(moment_us: int) -> None:
    assert from_iso(to_datetime(moment_us).isoformat()) == moment_us


def test_datetime_is_utc() -> None:
    assert to_datetime(1_767_574_800_000_001) == datetime(2026, 1, 5, 1, 0, 0, 1, tzinfo=UTC)


def test_simulated_clock_stands_until_moved_and_never_runs_back(tmp_path: Path) -> None:
    simulated = SimulatedClock.create(tmp_path / "clock", 1_000)
    assert simulated.now_us() == 1_000
    simulated.advance_to(2_000)
    simulated.advance_to(1_500)
    assert simulated.now_us() == 2_000
    assert simulated.quality() is ClockQuality.SIMULATED


def test_simulated_clock_is_shared_between_processes(tmp_path: Path) -> None:
    leader = SimulatedClock.create(tmp_path / "clock", 5)
    follower = SimulatedClock(tmp_path / "clock")
    leader.advance_to(2**40)
    assert follower.now_us() == 2**40
    code = f"from edge.base.clock import *; print(SimulatedClock(Path({str(tmp_path / 'clock')!r})).now_us())"
    assert int(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout) == 2**40


def test_missing_or_short_clock_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "short").write_bytes(b"1234")
    (tmp_path / "empty").touch()
    for name in ("none", "short", "empty"):
        with pytest.raises(BadInput, match="no simulated clock there"):
            SimulatedClock(tmp_path / name)


@pytest.mark.parametrize("simulated", [False, True])
def test_wait_ends_when_stopped_and_monotonic_time_goes_on(tmp_path: Path, simulated: bool) -> None:
    tested = SimulatedClock.create(tmp_path / "clock", 0) if simulated else SystemClock()
    stop = threading.Event()
    stop.set()
    before = tested.monotonic_ns()
    tested.sleep(3600, stop)
    tested.sleep(0)
    tested.sleep(-1, threading.Event())
    tested.sleep(0.000_001)
    assert tested.monotonic_ns() > before


def test_system_clock_tells_this_century() -> None:
    assert SystemClock().now_us() > from_iso("2020-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("answer", "quality"),
    [
        (0, ClockQuality.SYNCHRONISED),
        (4, ClockQuality.SYNCHRONISED),
        (5, ClockQuality.UNTRUSTED),
        (-1, ClockQuality.UNTRUSTED),
    ],
)
def test_kernels_word_decides_the_quality(monkeypatch: pytest.MonkeyPatch, answer: int, quality: ClockQuality) -> None:
    class Library:
        """What adjtimex(2) may answer: TIME_OK to TIME_WAIT, TIME_ERROR, a refusal."""

        def __init__(self, name: None) -> None:
            self.adjtimex = lambda _: answer

    monkeypatch.setattr("ctypes.CDLL", Library)
    assert SystemClock().quality() is quality


def test_kernel_can_be_asked() -> None:
    assert SystemClock().quality() in (ClockQuality.SYNCHRONISED, ClockQuality.UNTRUSTED)


class HeldUpClock(SystemClock):
    """One whose reader is kept waiting for some microseconds, before and after the wall clock of each try."""

    def __init__(self, *waits_us: tuple[int, int]) -> None:
        self.waits_us, self.us, self.asked = waits_us, 0, 0

    def monotonic_ns(self) -> int:
        now_ns = self.us * 1000
        if self.asked % 2 == 0:
            self.us += self.waits_us[self.asked // 2][0]
        self.asked += 1
        return now_ns

    def now_us(self) -> int:
        now_us = 1_000_000 + self.us
        self.us += self.waits_us[self.asked // 2][1]
        return now_us


@pytest.mark.parametrize(
    ("waits_us", "tries"),
    [
        ([(10, 10)], 1),
        ([(0, 200)], 1),
        ([(9_000, 0), (10, 10)], 2),
        ([(0, 9_000), (9_000, 0), (0, 9_000), (400, 0), (9_000, 9_000)], 5),
    ],
)
def test_both_clocks_are_read_as_if_at_once(waits_us: list[tuple[int, int]], tries: int) -> None:
    """Whatever keeps the reader waiting between them: it must not look as if the clock had been set."""
    clock = HeldUpClock(*waits_us)
    reading = read_both(clock)
    assert clock.asked == 2 * tries
    assert abs(reading.wall_us - reading.mono_ns // 1000 - 1_000_000) <= 200


def test_machines_clocks_are_read_together() -> None:
    first, second = read_both(SystemClock()), read_both(SystemClock())
    assert second.mono_ns > first.mono_ns
    assert second.wall_us >= first.wall_us > from_iso("2020-01-01T00:00:00Z")
