from __future__ import annotations

from pathlib import Path

import pytest

from edge.health import passwords
from edge.health.passwords import password_age_days
from edge.passwords import machine

DAY_US = 86_400_000_000
MADE_US = 20_000 * DAY_US


def test_age_is_whole_days_since_the_passwords_were_made(tmp_path: Path) -> None:
    path = tmp_path / "password-date"
    path.write_text(f"{MADE_US}\n")
    assert password_age_days(MADE_US, path) == 0
    assert password_age_days(MADE_US + 41 * DAY_US - 1, path) == 40


@pytest.mark.parametrize("data", [b"", b"x\n", b"-5\n", b"5", b"5\n5\n", b"9" * 40, b"\xff\n"])
def test_rubbish_is_no_age(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "password-date"
    path.write_bytes(data)
    assert password_age_days(MADE_US, path) is None


def test_no_file_and_a_date_to_come_are_no_age(tmp_path: Path) -> None:
    path = tmp_path / "password-date"
    assert password_age_days(MADE_US, path) is None
    path.write_text(f"{MADE_US}\n")
    assert password_age_days(MADE_US - 1, path) is None


def test_reader_and_writer_mean_the_same_file() -> None:
    assert passwords.DATE == machine.DATE
