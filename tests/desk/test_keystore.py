"""The key store: nothing opens without the passphrase, and damage is told from a wrong one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest

from edge.base.errors import AlreadyRunning, BadInput, NotPermitted, TryAgain
from edge.desk.custodian import Custodian, load_custodian, read_card
from edge.desk.daykeys import DayKeys
from edge.desk.keystore import WORK_LOG2_MIN, KeyStore, exclusive, path_of
from edge.desk.passphrase import Passphrase
from tests.desk.conftest import Town

Copied = Callable[[Custodian], Custodian]


def test_wrong_passphrase_is_refused_in_one_line(
    town: Town, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "wrong").write_text("not the manager's passphrase")
    who = ("--store", town.folder / "manager", "--passphrase-file", tmp_path / "wrong")
    assert town.run("desk", "keys", "sign", *who, town.folder / "list.json") == 77
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "wrong passphrase" in said and "not the manager" not in said


@pytest.mark.parametrize("name", ["identity.age", "store.json"])
@pytest.mark.parametrize("spoil", [lambda data: data[:-1], lambda data: b"", lambda data: data[:20] + b"~" + data[21:]])
def test_damaged_store_is_not_taken_for_a_wrong_passphrase(
    manager: Custodian, copied: Copied, name: str, spoil: Callable[[bytes], bytes]
) -> None:
    path = copied(manager).store.folder / name
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(BadInput, match="damaged"):
        KeyStore.unlock(path.parent, Passphrase("whatever it is"))


@pytest.mark.parametrize("spoil", [lambda data: data[:-1], lambda data: data[:40], lambda data: b""])
def test_truncated_key_file_is_named(manager: Custodian, copied: Copied, spoil: Callable[[bytes], bytes]) -> None:
    store = copied(manager).store
    path = path_of(store.folder, "signing")
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(BadInput, match=r"signing\.age: damaged"):
        store.read("signing")


def test_moved_key_file_is_noticed(manager: Custodian, town: Town, copied: Copied) -> None:
    store = copied(manager).store
    day, other = (path_of(store.folder, f"days/cam-1/2026-01-0{number}") for number in (5, 6))
    other.write_bytes(day.read_bytes())
    assert store.read("days/cam-1/2026-01-05")
    with pytest.raises(BadInput, match="moved"):
        store.read("days/cam-1/2026-01-06")


def test_another_stores_file_does_not_open(manager: Custodian, operator: Custodian, copied: Copied) -> None:
    store = copied(manager).store
    path_of(store.folder, "signing").write_bytes(path_of(operator.store.folder, "signing").read_bytes())
    with pytest.raises(BadInput, match="somebody else"):
        store.read("signing")


def test_store_is_made_in_an_empty_folder_only(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotPermitted, match="not empty"):
        KeyStore.create(tmp_path, Passphrase("long enough words"))
    with pytest.raises(NotPermitted, match="at least 12"):
        KeyStore.create(tmp_path / "new", Passphrase("short"))
    assert not (tmp_path / "new").exists()


def test_missing_store_is_said(tmp_path: Path) -> None:
    for open_it in (lambda: KeyStore.unlock(tmp_path, Passphrase("any")), lambda: exclusive(tmp_path)):
        with pytest.raises(BadInput, match="no key store there"):
            open_it()


def test_two_commands_do_not_change_keys_at_once(manager: Custodian) -> None:
    with manager.store.exclusive(), pytest.raises(AlreadyRunning, match="another command"):
        manager.store.exclusive()
    manager.store.exclusive().release()


@pytest.mark.parametrize("name", ["../up", "/etc/passwd", "", "a//b", "a/", "A/b", "a\n", "days/cam-1/x.age"])
def test_names_cannot_leave_the_store(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        path_of(tmp_path, name)


def test_nothing_shows_a_secret(manager: Custodian) -> None:
    shown = "".join(str(thing) + repr(thing) for thing in (manager, manager.store, DayKeys(manager)))
    assert "SECRET" not in shown and manager.signer.seed.hex() not in shown


@pytest.mark.parametrize("data", [b"", b"{}", b'{"v":1}', b"[1.5]", b"x" * 5000])
def test_what_is_no_card_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "custodian.json").write_bytes(data)
    with pytest.raises(BadInput):
        read_card(tmp_path / "custodian.json")


def test_changed_card_is_noticed(operator: Custodian, copied: Copied, manager: Custodian) -> None:
    store = copied(manager).store
    path = store.folder / "custodian.json"
    path.write_text(path.read_text().replace(manager.card.public_key, operator.card.public_key))
    with pytest.raises(BadInput, match="another signing key"):
        load_custodian(store)


class BusyMachine:
    """Stands for age on a machine that was busy each of the first ``times`` that it measured itself."""

    def __init__(self, times: int) -> None:
        self.left, self._encrypt, self._decrypt = times, pyrage.passphrase.encrypt, pyrage.passphrase.decrypt

    def _busy(self) -> bool:
        self.left -= 1
        return self.left >= 0

    def encrypt(self, plain: bytes, secret: str) -> bytes:
        sealed = bytes(self._encrypt(plain, secret))
        return re.sub(rb"(-> scrypt \S+) \d+", rb"\1 10", sealed) if self._busy() else sealed

    def decrypt(self, sealed: bytes, secret: str) -> bytes:
        return bytes(
            self._decrypt(re.sub(rb"(-> scrypt \S+) \d+", rb"\1 30", sealed) if self._busy() else sealed, secret)
        )


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    def be(times: int) -> None:
        monkeypatch.setattr("edge.desk.keystore.pyrage.passphrase", BusyMachine(times))

    return be


LONG = Passphrase("four words of some length")


def test_a_moment_of_load_is_not_taken_for_a_wrong_passphrase(tmp_path: Path, busy: Callable[[int], None]) -> None:
    KeyStore.create(tmp_path / "store", LONG)
    busy(2)
    assert KeyStore.unlock(tmp_path / "store", LONG)


def test_a_machine_that_stays_busy_is_named(tmp_path: Path, busy: Callable[[int], None]) -> None:
    KeyStore.create(tmp_path / "store", LONG)
    busy(100)
    with pytest.raises(TryAgain, match="too busy"):
        KeyStore.unlock(tmp_path / "store", LONG)


def test_a_moment_of_load_weakens_no_store(tmp_path: Path, busy: Callable[[int], None]) -> None:
    busy(1)
    KeyStore.create(tmp_path / "store", LONG)
    found = re.search(rb"-> scrypt \S+ (\d+)", (tmp_path / "store" / "identity.age").read_bytes())
    assert found is not None
    assert int(found[1]) >= WORK_LOG2_MIN
    assert KeyStore.unlock(tmp_path / "store", LONG)
