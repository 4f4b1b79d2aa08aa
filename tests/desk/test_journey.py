"""From the center's records to pictures, by the commands that people type."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from edge.base import strictjson
from tests.desk.conftest import Town
from tests.desk.scene import LARGE, NODE, SMALL, START_US
from tests.encode.samples import decode, probe

WINDOW = ("--from", "2026-01-05T10:00:02+09:00", "--to", "2026-01-05T10:00:20+09:00")


@pytest.fixture(scope="module")
def opened(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fetches the records 2 to 6, peels and opens them."""
    folder = tmp_path_factory.mktemp("opened")
    bundle, peeled = folder / "bundle", folder / "peeled"
    at = ("--desk", town.desk, "--center", town.served.url)
    assert town.run("desk", "fetch", *at, "--node", NODE, *WINDOW, "--out", bundle) == 0
    who = ("--store", town.folder / "manager", "--passphrase-file", town.secret("manager"))
    assert town.run("desk", "peel", *who, "--bundle", bundle, "--out", peeled) == 0
    who = ("--store", town.folder / "operator", "--passphrase-file", town.secret("operator"))
    assert town.run("desk", "open", *who, "--bundle", bundle, "--peeled", peeled, "--out", folder / "out") == 0
    return folder


def test_fetched_window_is_an_excerpt_that_proves_all_four(
    town: Town, opened: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = town.desk / "root.pub"
    assert town.run("desk", "verify", opened / "bundle", "--root", root, "--demo", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert [said[name] for name in ("authenticity", "provenance", "completeness", "time")] == ["ok"] * 4
    assert (said["records"], said["segments"], said["demo"]) == (5, 4, True)
    assert said["gaps"][0]["cause"] == "camera"


def test_demonstrations_evidence_brings_its_root_and_no_other_does(
    town: Town, opened: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert town.run("desk", "verify", opened / "bundle") == 0
    assert "DEMONSTRATION'S: proves nothing outside it" in capsys.readouterr().out
    bundle = tmp_path / "bundle"
    shutil.copytree(opened / "bundle", bundle)
    tree = json.loads((bundle / "authority.json").read_text())
    tree["payload"]["demo"] = False
    (bundle / "authority.json").write_bytes(strictjson.dump(tree))
    assert town.run("desk", "verify", bundle) == 2
    assert "provenance: cannot tell" in capsys.readouterr().out


def test_demonstrations_root_is_refused_where_a_city_verifies(
    town: Town, opened: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert town.run("desk", "verify", opened / "bundle", "--root", town.desk / "root.pub") == 1
    assert "demonstration" in capsys.readouterr().out


def test_opened_segments_are_what_the_recorder_wrote(town: Town, opened: Path) -> None:
    report = json.loads((opened / "out" / "report.json").read_text())
    segments = [item.segment for item in town.taken[2:7] if item.segment is not None]
    assert report["plain_sha256"] == [hashlib.sha256(segment.mp4).hexdigest() for segment in segments]
    written = [(opened / "out" / item["file"]).read_bytes() for item in report["segments"]]
    assert written == [segment.mp4 for segment in segments]
    assert [item["file"] for item in report["segments"]] == [f"segments/{number}.mp4" for number in (2, 3, 4, 6)]


def test_footage_is_one_file_a_run_and_decodes_like_its_segments(town: Town, opened: Path) -> None:
    report = json.loads((opened / "out" / "report.json").read_text())
    assert [(item["file"], item["first"], item["last"]) for item in report["footage"]] == [
        ("footage-001.mp4", 2, 3),
        ("footage-002.mp4", 4, 6),
    ]
    for name, geometry, places in (("footage-001.mp4", SMALL, (2, 3)), ("footage-002.mp4", LARGE, (4, 6))):
        footage = decode((opened / "out" / name).read_bytes(), geometry)
        apart = [decode((opened / "out" / "segments" / f"{place}.mp4").read_bytes(), geometry) for place in places]
        assert np.array_equal(footage, np.concatenate(apart))


def test_footage_keeps_gaps_by_the_times_of_capture(opened: Path) -> None:
    packets = probe((opened / "out" / "footage-002.mp4").read_bytes(), "packet=pts_time")["packets"]
    times = [float(packet["pts_time"]) for packet in packets]
    assert times[:20] == pytest.approx([index / 10 for index in range(20)])
    assert times[20:] == pytest.approx([12 + index / 10 for index in range(20)])
    report = json.loads((opened / "out" / "report.json").read_text())
    assert [item["start_us"] - START_US for item in report["footage"]] == [2_000_000, 6_000_000]


def test_the_manager_hands_over_no_picture(town: Town, opened: Path) -> None:
    pieces = [item.segment.mp4[64:128] for item in town.taken if item.segment is not None]
    for path in (opened / "peeled").iterdir():
        data = path.read_bytes()
        assert not any(piece in data for piece in pieces) and b"ftyp" not in data


def test_no_secret_lies_open_anywhere(town: Town, opened: Path) -> None:
    words = [b"AGE-SECRET-KEY", b"own long passphrase", town.camera.signing.seed]
    for folder in (town.folder, opened):
        for path in (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".passphrase"):
            data = path.read_bytes()
            assert not any(word in data for word in words), path


def test_private_files_are_their_owners_alone(town: Town, opened: Path) -> None:
    folders = ("manager", "operator", "city/desk/roles")
    for folder in (*(town.folder / name for name in folders), opened / "peeled", opened / "out"):
        assert folder.stat().st_mode & 0o077 == 0, folder
    for name in ("*.age", "tls.pem", "*-key.pem"):
        for path in town.folder.rglob(name):
            assert path.stat().st_mode & 0o077 == 0, path
