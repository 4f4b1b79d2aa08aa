from __future__ import annotations

import stat
from pathlib import Path

import pytest

from edge.base.errors import Refused, StorageFault
from edge.passwords.wifi import AccessPoint

KEYFILE = """[connection]
id=onsite
psk=not this one

[wifi-security]
key-mgmt=wpa-psk
psk=old-word-1

[ipv4]
method=shared
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "onsite.nmconnection"
    path.write_text(KEYFILE)
    return path


def test_new_passphrase_is_in_effect_and_the_old_one_is_not(file: Path) -> None:
    account = AccessPoint(file)
    assert account.signs_in("old-word-1")
    account.take({"secret": "new-word-2"})
    assert account.signs_in("new-word-2")
    assert not account.signs_in("old-word-1")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "old-word-1" not in file.read_text()
    assert file.read_text() == KEYFILE.replace("old-word-1", "new-word-2"), "the rest stays, a psk= elsewhere too"


def test_file_comes_back_byte_for_byte(file: Path) -> None:
    account, data = AccessPoint(file), file.read_bytes()
    before = account.read()
    account.take({"secret": "new-word-2"})
    account.bring_back(before)
    assert file.read_bytes() == data
    assert account.signs_in("old-word-1")


def test_secret_with_a_backslash_is_taken_as_it_is(file: Path) -> None:
    account = AccessPoint(file)
    account.take({"secret": r"a\1b\\c\n12"})
    assert account.signs_in(r"a\1b\\c\n12")


@pytest.mark.parametrize("secret", ["short", "a" * 64, "with space", "zeile\nzwei", ""])
def test_passphrase_that_is_none_is_refused(file: Path, secret: str) -> None:
    with pytest.raises(Refused):
        AccessPoint(file).take({"secret": secret})


@pytest.mark.parametrize("text", ["[wifi-security]\n", "psk=before\n[wifi-security]\nkey=1\n", ""])
def test_keyfile_without_its_line_is_refused_and_left(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.nmconnection"
    path.write_text(text)
    with pytest.raises(StorageFault):
        AccessPoint(path).take({"secret": "new-word-2"})
    assert path.read_text() == text


def test_missing_file_is_told() -> None:
    with pytest.raises(StorageFault, match="put the access point's file there"):
        AccessPoint(Path("/nonexistent/x.nmconnection")).read()
