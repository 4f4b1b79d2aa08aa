"""What the installer signed off, and a camera's register entry: each parsed as hostile."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.base import strictjson
from edge.base.errors import BadInput, Refused
from edge.wire.registerentry import (
    REGISTER_LIMIT_BYTES,
    Acknowledged,
    dump_acknowledged,
    dump_register_entry,
    parse_acknowledged,
    parse_register_entry,
)
from edge.wire.signoff import SIGN_OFF_LIMIT_BYTES, dump_sign_off, read_sign_off
from tests.seal.samples import NODE, START_US

SIGN_OFF: dict[str, object] = {
    "v": 1,
    "node": NODE,
    "at": START_US,
    "ticket": "{}",
    "masks": "{}",
    "digest": "ab" * 32,
    "references": ["K-0001"],
}
ENTRY: dict[str, object] = {
    "v": 1,
    "node": NODE,
    "at": START_US,
    "latitude_e6": 35_787_000,
    "longitude_e6": 139_900_000,
    "direction_deg": 359,
    "address": "松戸市根本 1-1",
    "host_name": "根本町会",
    "host_phone": "+81 47-000-0000",
    "consents": ["K-0001"],
    "revoked": {"K-0001": "2026-03-01"},
    "plate_up": True,
}


def test_sign_off_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "signoff.json"
    path.write_bytes(strictjson.dump(SIGN_OFF))
    assert dump_sign_off(read_sign_off(path)) == path.read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"node": "../x"},
        {"at": -1},
        {"ticket": "x" * 4097},
        {"masks": "x" * (256 * 1024 + 1)},
        {"digest": "AB" * 32},
        {"references": ["門 1"]},
        {"references": ["K-1"] * 65},
        {"more": 1},
    ],
    ids=str,
)
def test_sign_off_out_of_bounds_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "signoff.json"
    path.write_bytes(strictjson.dump(SIGN_OFF | change))
    with pytest.raises(Refused):
        read_sign_off(path)


def test_endless_or_missing_sign_off_is_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "signoff.json"
    with pytest.raises(BadInput):
        read_sign_off(path)
    path.write_bytes(b" " * (SIGN_OFF_LIMIT_BYTES + 1))
    with pytest.raises(BadInput):
        read_sign_off(path)


def test_register_entry_is_read_as_it_was_written() -> None:
    data = strictjson.dump(ENTRY)
    assert dump_register_entry(parse_register_entry(data)) == data


@pytest.mark.parametrize(
    "change",
    [
        {"latitude_e6": 90_000_001},
        {"longitude_e6": -180_000_001},
        {"direction_deg": 360},
        {"address": ""},
        {"address": " 根本"},
        {"address": "根本\n1-1"},
        {"host_name": "x" * 121},
        {"host_phone": "call me"},
        {"host_phone": "047-000-0000\n"},
        {"consents": [""]},
        {"plate_up": False},
        {"revoked": {"K-9": "2026-03-01"}},
        {"revoked": {"K-0001": "2026-02-30"}},
        {"note": "x" * REGISTER_LIMIT_BYTES},
    ],
    ids=lambda change: next(iter(change)),
)
def test_register_entry_out_of_bounds_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(Refused):
        parse_register_entry(strictjson.dump(ENTRY | change))


@pytest.mark.parametrize("change", [{"host_phone": "call 047"}, {"address": "根本\n1-1"}, {"根本町会 047": 1}])
def test_what_is_wrong_with_an_entry_is_said_without_a_word_of_it(change: dict[str, object]) -> None:
    with pytest.raises(Refused) as caught:
        parse_register_entry(strictjson.dump(ENTRY | change))
    assert "047" not in str(caught.value) and "根本" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_acknowledgement_survives_the_file_and_rubbish_does_not() -> None:
    word = Acknowledged(node="cam-1", at=5)
    assert parse_acknowledged(dump_acknowledged(word)) == word
    for data in (b"", b"{}", b'{"at":-1,"node":"cam-1","v":1}', b'{"at":5,"node":"cam-1","v":2}', b"[" * 300):
        with pytest.raises(Refused):
            parse_acknowledged(data)
