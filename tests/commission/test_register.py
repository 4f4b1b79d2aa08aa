"""The register entry's way out of the node: two processes may see it, and it goes once the center has it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from edge.base.errors import StorageFault
from edge.commission.register import Register
from edge.wire.registerentry import Acknowledged, RegisterEntry, dump_acknowledged, parse_register_entry
from tests.seal.samples import NODE

ENTRY = RegisterEntry(
    node=NODE, at=7, latitude_e6=35_787_000, longitude_e6=139_900_000, direction_deg=135, address="松戸市根本",
    host_name="根本町会", host_phone="047-000-0000", consents=("K-0001",), revoked={}, plate_up=True,
)  # fmt: skip


@pytest.fixture
def register(tmp_path: Path) -> Register:
    return Register(tmp_path / "register" / "entry.json", tmp_path / "acknowledged.json", NODE)


def acknowledge(folder: Path, at: int, node: str = NODE) -> None:
    (folder / "acknowledged.json").write_bytes(dump_acknowledged(Acknowledged(node=node, at=at)))


def test_entry_goes_once_the_center_has_it(tmp_path: Path, register: Register) -> None:
    register.put(ENTRY)
    register.clear()
    assert parse_register_entry((tmp_path / "register" / "entry.json").read_bytes()) == ENTRY
    acknowledge(tmp_path, 7)
    register.clear()
    assert list((tmp_path / "register").iterdir()) == []
    register.clear()


@pytest.mark.parametrize("case", ["older", "another's", "rubbish"])
def test_entry_that_the_center_does_not_have_stays(tmp_path: Path, register: Register, case: str) -> None:
    register.put(ENTRY)
    acknowledge(tmp_path, 6 if case == "older" else 7, "other" if case == "another's" else NODE)
    if case == "rubbish":
        (tmp_path / "acknowledged.json").write_bytes(b"[" * 200)
    register.clear()
    assert (tmp_path / "register" / "entry.json").exists()


def test_folder_that_a_unit_made_for_both_keeps_its_mode(tmp_path: Path, register: Register) -> None:
    (tmp_path / "register").mkdir(mode=0o750)
    register.put(ENTRY)
    assert (tmp_path / "register").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "register" / "entry.json").stat().st_mode & 0o777 == 0o640


def test_what_cannot_be_deleted_is_told_once_and_without_a_word_of_it(
    tmp_path: Path, register: Register, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "register" / "entry.json").mkdir(parents=True)
    acknowledge(tmp_path, 7)
    with caplog.at_level(logging.INFO):
        register.clear()
        register.clear()
    assert len(caplog.records) == 1
    (tmp_path / "register" / "entry.json").rmdir()
    register.put(ENTRY)
    with caplog.at_level(logging.INFO):
        register.clear()
    assert not any(word in caplog.text for word in ("根本", "047-000", "35787"))


def test_disk_that_refuses_signs_nothing_off(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageFault):
        Register(tmp_path / "file" / "entry.json", tmp_path / "acknowledged.json", NODE).put(ENTRY)
