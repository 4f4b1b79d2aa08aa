"""The newest trusted day survives restarts and damage, and never runs back."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.node.time.trustedday import TrustedDay


def test_day_is_kept_over_a_restart(tmp_path: Path) -> None:
    day = TrustedDay(tmp_path / "trusted-day")
    assert day.day is None
    day.used("2026-01-05")
    assert TrustedDay(tmp_path / "trusted-day").day == day.day == "2026-01-05"


def test_day_never_runs_back(tmp_path: Path) -> None:
    day = TrustedDay(tmp_path / "trusted-day")
    day.used("2026-01-06")
    day.used("2026-01-05")
    assert day.day == "2026-01-06"
    assert (tmp_path / "trusted-day").read_text() == "2026-01-06\n"


def test_day_is_written_once(tmp_path: Path) -> None:
    path = tmp_path / "trusted-day"
    day = TrustedDay(path)
    day.used("2026-01-06")
    before = path.stat().st_ino
    day.used("2026-01-06")
    assert path.stat().st_ino == before


@pytest.mark.parametrize(
    "damaged", ["", "yesterday", "2026-1-5", "2026-13-01", "2026-01-xx", "20260105", "9999-99-99", "2026-W02-1"]
)
def test_damaged_day_counts_as_none(tmp_path: Path, damaged: str) -> None:
    (tmp_path / "trusted-day").write_text(damaged)
    assert TrustedDay(tmp_path / "trusted-day").day is None


def test_file_that_is_too_long_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "trusted-day").write_text("2026-01-05\n" * 50)
    assert TrustedDay(tmp_path / "trusted-day").day is None


def test_disk_that_refuses_does_not_stop_anybody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    day = TrustedDay(tmp_path / "nowhere" / "trusted-day")
    day.used("2026-01-05")
    assert day.day == "2026-01-05" and "trusted-day: cannot be written" in caplog.text
