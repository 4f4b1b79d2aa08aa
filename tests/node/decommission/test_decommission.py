"""Decommissioning: nothing on the disk opens anything any more, and the node's last word says what was there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.base.files import Lock
from edge.cli import main
from edge.node.credentials import SIGNING_KEY
from edge.node.decommission import command, destruction
from edge.node.decommission.destruction import Destroyed
from edge.seal.manifest import Kind
from edge.wire.decommissioned import parse_decommissioned
from edge.wire.receipts import append_receipt
from tests.node.decommission.search import found_on
from tests.node.rig import play
from tests.node.stored import stored
from tests.node.town import SIGNER, Town, make_receipt

IMAGE_BYTES = 96 * 2**20
PASSPHRASE = b"correct-horse-of-the-access-point"


@pytest.fixture
def partition(tmp_path: Path) -> Iterator[Path]:
    """A file system of the node's own, on an image that can be searched."""
    image, mount = tmp_path / "card.img", tmp_path / "card"
    image.touch()
    os.truncate(image, IMAGE_BYTES)
    mount.mkdir()
    subprocess.run(["mkfs.ext4", "-q", "-O", "^has_journal", str(image)], check=True, timeout=60)
    subprocess.run(["mount", "-o", "loop", str(image), str(mount)], check=True, timeout=60)
    yield mount
    subprocess.run(["umount", "--lazy", str(mount)], check=True, timeout=60)


def recorded(folder: Path) -> Town:
    town = Town(folder / "node")
    play(town, 45)
    (town.uplink / "tls.pem").write_text("-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49\n")
    (folder / "access-point").write_bytes(PASSPHRASE)
    return town


def decommission(town: Town, *more: object) -> int:
    words = ("node", "decommission", "--config", town.config_path, "--state", town.folder.parent / "last", *more)
    return main([str(word) for word in words])


def searched(mount: Path) -> dict[str, int]:
    """How often what must not be there stands on the raw image."""
    subprocess.run(["sync", "-f", str(mount)], check=True, timeout=60)
    return found_on(mount.with_suffix(".img"), passphrase=PASSPHRASE)


def test_raw_disk_holds_no_key_and_no_record_afterwards(partition: Path, capsys: pytest.CaptureFixture[str]) -> None:
    town = recorded(partition)
    last = stored(town.spool).records[-1]
    assert min(searched(partition).values()) > 0, "the search finds what is there"
    also = ("--also", partition / "access-point")
    assert decommission(town, "--reference", "T-2026-17", "--unreceipted", *also) == 0
    assert searched(partition) == {"record": 0, "private key": 0, "passphrase": 0}
    word = parse_decommissioned(capsys.readouterr().out.strip().encode(), SIGNER.public_key).payload
    assert last.header.kind is Kind.SHUTDOWN
    assert word.last is not None
    assert (word.last.sequence, word.last.sha256) == (last.header.sequence, last.header.sha256)
    assert (word.reference, word.free_space, word.unreceipted > 0) == ("T-2026-17", True, True)


@pytest.mark.parametrize("left_out", ["overwriting", "free space"])
def test_control_search_finds_what_is_only_unlinked(
    partition: Path, monkeypatch: pytest.MonkeyPatch, left_out: str
) -> None:
    if left_out == "overwriting":
        monkeypatch.setattr(destruction, "_destroy_file", lambda path, _done: path.unlink())
        monkeypatch.setattr(command, "overwrite_free_space", lambda _folder: True)
    town = recorded(partition)
    if left_out == "free space":  # what an earlier file left behind
        assert searched(partition)["passphrase"] > 0
        (partition / "access-point").unlink()
        monkeypatch.setattr(command, "overwrite_free_space", lambda _folder: True)
    assert decommission(town, "--reference", "T-1", "--unreceipted") == 0
    assert max(searched(partition).values()) > 0


def test_records_that_the_center_never_acknowledged_hold_it_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town = recorded(tmp_path)
    records = stored(town.spool).records
    assert decommission(town, "--reference", "T-1") == 77
    assert f"{len(records)} records have no receipt" in capsys.readouterr().err
    assert (town.state / SIGNING_KEY).exists()
    hashes = tuple(record.header.sha256 for record in records)
    first = records[0].header
    receipt = make_receipt(first.manifest.chain, first.sequence, hashes, 2**50)
    append_receipt(town.uplink / "receipts", receipt)
    assert decommission(town, "--reference", "T-1") == 0
    assert not (town.state / SIGNING_KEY).exists()


def test_recorder_that_runs_holds_it_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    town = recorded(tmp_path)
    with Lock(town.spool, "recorder", folder=True):
        assert decommission(town, "--reference", "T-1", "--unreceipted") == 75
    assert "another recorder" in capsys.readouterr().err
    assert (town.state / SIGNING_KEY).exists()


def test_node_that_takes_no_visits_is_told_whose_word_it_needs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert decommission(recorded(tmp_path), "--visit", "--unreceipted") == 78
    assert "no [visit] in its configuration; give --reference" in capsys.readouterr().err


def test_order_is_an_id_and_no_name(tmp_path: Path) -> None:
    assert decommission(recorded(tmp_path), "--reference", "two words") == 64


class Cut(BaseException):
    """The power goes."""


def cut_before(patch: pytest.MonkeyPatch, number: int) -> list[str]:
    """Lets the power go before a file is destroyed, by its number; returns what was destroyed."""
    plain, seen = destruction._destroy_file, list[str]()

    def counted(path: Path, done: Destroyed) -> None:
        if len(seen) == number:
            raise Cut
        seen.append(path.name)
        plain(path, done)

    patch.setattr(destruction, "_destroy_file", counted)
    return seen


@pytest.mark.parametrize("number", range(0, 12, 2))
def test_power_cut_before_any_file_is_gone_on_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    town = recorded(tmp_path)
    records = len(stored(town.spool).records)
    with pytest.MonkeyPatch.context() as patch:
        cut_before(patch, number)
        with pytest.raises(Cut):
            decommission(town, "--reference", "T-1", "--unreceipted")
    capsys.readouterr()
    assert decommission(town, "--reference", "T-1") == 0, "what was allowed once needs no asking"
    word = parse_decommissioned(capsys.readouterr().out.strip().encode(), SIGNER.public_key).payload
    assert word.last is not None
    assert word.unreceipted == records
    assert not [path for place in (town.state, town.spool, town.uplink, town.run) for path in place.rglob("*")]


def test_certificate_is_printed_again_where_the_power_went_just_after_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town = recorded(tmp_path)
    assert decommission(town, "--reference", "T-1", "--unreceipted") == 0
    first = capsys.readouterr().out
    assert decommission(town, "--reference", "T-1") == 0
    assert capsys.readouterr().out == first


def test_signing_key_outlives_everything_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town = recorded(tmp_path)
    seen = cut_before(monkeypatch, 10**6)
    assert decommission(town, "--reference", "T-1", "--unreceipted") == 0
    assert seen[-1] == SIGNING_KEY
