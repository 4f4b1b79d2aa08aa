"""Excerpts: a smaller bundle that proves itself, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from edge.seal import bundle
from edge.seal.record import parse_records
from tests.desk.conftest import Town

INSIDE = ("--from", "2026-01-05T10:00:03+09:00", "--to", "2026-01-05T10:00:05+09:00")


def test_excerpt_holds_the_window_a_header_each_side_and_proves_itself(
    town: Town, whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "excerpt"
    assert town.run("desk", "excerpt", "--bundle", whole, *INSIDE, "--out", out, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    records = list(parse_records((out / bundle.RECORDS).read_bytes()))
    assert said["records"] == len(records) < len(list(parse_records((whole / bundle.RECORDS).read_bytes())))
    assert said["bytes"] == (out / bundle.RECORDS).stat().st_size
    assert town.run("desk", "verify", out, "--root", town.desk / "root.pub", "--demo") == 0


REFUSED = {
    "window runs backwards": (("--from", INSIDE[3], "--to", INSIDE[1]), "ends before it starts", 64),
    "nothing of that window": (
        ("--from", "2027-01-05T10:00:03+09:00", "--to", "2027-01-05T10:00:05+09:00"),
        "holds no record of that window",
        65,
    ),
}


@pytest.mark.parametrize(("window", "message", "status"), REFUSED.values(), ids=REFUSED)
def test_window_that_gives_nothing_is_refused(
    town: Town,
    whole: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    window: tuple[str, ...],
    message: str,
    status: int,
) -> None:
    out = tmp_path / "excerpt"
    assert town.run("desk", "excerpt", "--bundle", whole, *window, "--out", out) == status
    assert message in capsys.readouterr().err
    assert not out.exists()


def test_folder_that_holds_something_is_left_alone(
    town: Town, whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").write_text("mine")
    assert town.run("desk", "excerpt", "--bundle", whole, *INSIDE, "--out", tmp_path) == 64
    assert "is not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_nothing_is_cut_out_of_an_altered_bundle(
    town: Town, whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    altered = tmp_path / "altered"
    shutil.copytree(whole, altered)
    data = bytearray((altered / bundle.RECORDS).read_bytes())
    data[5000] ^= 1
    (altered / bundle.RECORDS).write_bytes(data)
    assert town.run("desk", "excerpt", "--bundle", altered, *INSIDE, "--out", tmp_path / "excerpt") == 65
    assert "'mimamori desk verify" in capsys.readouterr().err
