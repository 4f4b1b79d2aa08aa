"""What a demonstration leaves behind: every secret lies where it belongs and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.wire.keys import SigningKey
from tests.journeys.conftest import Demonstration
from tests.journeys.secrets import AGE, MP4, PEM, custodians_secrets, files_with, passphrases, spellings

pytestmark = pytest.mark.journey
CITY_KEYS = {
    *(f"founded/{place}/tls.pem" for place in ("center", "desk", "manager", "operator")),
    *(f"founded/center/{name}" for name in ("issuing-key.pem", "receipt.pem", "server-key.pem")),
}
NODE_KEYS = {"node/recorder/signing.pem", "node/uplink/tls.pem"}


def test_private_keys_lie_in_their_own_files_alone(street: Demonstration) -> None:
    assert files_with(street.city, [PEM]) == CITY_KEYS
    assert files_with(street.out, [PEM]) == NODE_KEYS
    for folder, names in ((street.city, CITY_KEYS), (street.out, NODE_KEYS)):
        assert all((folder / name).stat().st_mode & 0o077 == 0 for name in names)
    signing = SigningKey.load(street.out / "node" / "recorder" / "signing.pem")
    assert files_with(street.out, spellings(signing)) == set()


def test_no_private_day_key_and_no_passphrase_lies_open(street: Demonstration) -> None:
    words = [AGE, *custodians_secrets(street.city)]
    for folder in (street.city, street.out):
        assert files_with(folder, words) == set()
    people = {f"passphrases/{name}" for name in ("desk", "manager", "operator", "root")}
    assert files_with(street.city, passphrases(street.city)) == people
    assert files_with(street.out, passphrases(street.city)) == set()


def test_pictures_lie_open_only_where_both_custodians_opened_them(street: Demonstration) -> None:
    opened = files_with(street.out, [MP4])
    assert "footage.mp4" in opened
    assert {name.split("/")[0] for name in opened} == {"footage.mp4", "opened"}
    pieces = [path.read_bytes()[-64:] for path in (street.out / "opened" / "segments").iterdir()]
    assert {name.split("/")[0] for name in files_with(street.out, pieces)} == {"footage.mp4", "opened"}


def test_the_search_finds_what_lies_open(street: Demonstration, tmp_path: Path) -> None:
    """The control: each kind of secret, laid open, is found."""
    signing = SigningKey.load(street.out / "node" / "recorder" / "signing.pem")
    words = [AGE, PEM, MP4, *custodians_secrets(street.city), *passphrases(street.city), *spellings(signing)]
    assert len(words) > 100
    for number, word in enumerate(words):
        (tmp_path / str(number)).write_bytes(b"before" + word + b"after")
    assert len(files_with(tmp_path, words)) == len(words)
