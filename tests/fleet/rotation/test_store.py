from __future__ import annotations

from pathlib import Path

import pyrage
import pytest

from edge.base.errors import AlreadyRunning, BadInput, NotPermitted, StorageFault
from edge.desk.passphrase import Passphrase
from edge.fleet.rotation import keys
from edge.fleet.rotation.entry import Entry, Round, gone_back, joined, noted, settled
from edge.fleet.rotation.store import Key, Store, write_recipients

KINDS = {"console": "login", "access-point": "wifi"}


def key(name: str = "controller-1", mac: bytes = b"m" * 32) -> Key:
    return Key(name, str(pyrage.x25519.Identity.generate()), mac)


@pytest.fixture
def held(tmp_path: Path) -> tuple[Store, Key]:
    first, spare = key(), key("recovery")
    recipients = {first.name: first.recipient, spare.name: spare.recipient}
    return Store.create(tmp_path / "store", first, recipients), first


def pending(node: str = "node-1", word: str = "hush-hush") -> Entry:
    return joined(Entry(node=node), "r1", "0f" * 16, 5, KINDS, lambda: word)  # type: ignore[arg-type]


def test_entry_comes_back_and_no_file_shows_it(held: tuple[Store, Key]) -> None:
    store, _ = held
    store.keep(pending())
    assert Store(store.folder, held[1]).entry("node-1") == pending()
    assert store.entry("node-2") == Entry(node="node-2")
    assert store.machines() == ["node-1"]
    assert all(b"hush" not in path.read_bytes() for path in store.folder.rglob("*") if path.is_file())
    assert all(path.stat().st_mode & 0o077 == 0 for path in store.folder.rglob("*.age"))


def test_round_comes_back(held: tuple[Store, Key]) -> None:
    store, _ = held
    assert store.round() is None
    store.keep_round(Round(round="r1", begun=5, order=("node-1", "node-2")))
    assert store.round() == Round(round="r1", begun=5, order=("node-1", "node-2"))


def test_file_that_was_moved_forged_or_damaged_is_refused(held: tuple[Store, Key]) -> None:
    store, first = held
    store.keep(pending())
    place = store.folder / "machines"
    (place / "node-2.age").write_bytes((place / "node-1.age").read_bytes())
    with pytest.raises(BadInput, match="moved here"):
        store.entry("node-2")
    forger = Key(first.name, first.identity, b"x" * 32)
    recipient = pyrage.x25519.Recipient.from_str(first.recipient)
    forged = Store.create(store.folder.parent / "forged", forger, {first.name: first.recipient})
    forged.keep(pending("node-3", "known-to-the-thief"))
    (place / "node-3.age").write_bytes((forged.folder / "machines" / "node-3.age").read_bytes())
    with pytest.raises(BadInput, match="without the store's key"):
        store.entry("node-3")
    (place / "node-4.age").write_bytes(bytes(pyrage.encrypt(b"x", [recipient])))
    with pytest.raises(BadInput):
        store.entry("node-4")
    data = bytearray((place / "node-1.age").read_bytes())
    data[-1] ^= 1
    (place / "node-1.age").write_bytes(data)
    with pytest.raises(BadInput, match="damaged"):
        store.entry("node-1")


def test_recipient_that_was_slipped_in_is_refused(held: tuple[Store, Key]) -> None:
    store, first = held
    thief = key("thief", b"x" * 32)
    write_recipients(store.folder, thief, {**store.recipients, "thief": thief.recipient})
    with pytest.raises(BadInput, match="without the store's key"):
        Store(store.folder, first)


def test_who_is_no_recipient_is_refused(held: tuple[Store, Key]) -> None:
    with pytest.raises(NotPermitted):
        Store(held[0].folder, key("controller-2"))
    with pytest.raises(NotPermitted):
        Store(held[0].folder, key("controller-1"))


def test_one_command_at_a_time(held: tuple[Store, Key]) -> None:
    with held[0].exclusive(), pytest.raises(AlreadyRunning):
        held[0].exclusive()


def test_refused_write_leaves_what_was_there(held: tuple[Store, Key]) -> None:
    store, first = held
    store.keep(pending())

    def full(path: Path, data: bytes) -> None:
        raise StorageFault(f"{path}: no space left on device")

    with pytest.raises(StorageFault):
        Store(store.folder, first, full).keep(settled(pending(), 9))
    assert store.entry("node-1") == pending()


def test_store_is_made_once(held: tuple[Store, Key]) -> None:
    with pytest.raises(NotPermitted, match="holds a store already"):
        Store.create(held[0].folder, held[1], held[0].recipients)


def test_lost_controller_is_replaced_by_the_recovery_key_and_by_no_other(tmp_path: Path) -> None:
    words = [Passphrase(f"correct horse {number}") for number in range(4)]
    place = tmp_path / "store"
    store = keys.found(place, (tmp_path / "one", "controller-1", words[0]), (tmp_path / "safe", words[1]))
    store.keep(settled(pending(), 7))
    store.keep(pending("node-2"))
    store.keep_round(Round(round="r1", begun=5, order=("node-1", "node-2")))
    first, spare = keys.unlock(tmp_path / "one", words[0]), keys.unlock(tmp_path / "safe", words[1])
    added = keys.add_controller(store, first, tmp_path / "two", "controller-2", words[2])
    second = keys.unlock(tmp_path / "two", words[2])
    assert Store(place, second).entry("node-2") == pending("node-2")
    with pytest.raises(NotPermitted, match="recovery key"):
        keys.replace_controllers(added, first, tmp_path / "three", "controller-3", words[3])
    for _ in range(2):  # the second time as after a run that was cut off
        keys.replace_controllers(Store(place, spare), spare, tmp_path / "three", "controller-3", words[3])
    third = keys.unlock(tmp_path / "three", words[3])
    restored = Store(place, third)
    assert set(restored.recipients) == {"recovery", "controller-3"}
    assert (restored.entry("node-1"), restored.entry("node-2")) == (settled(pending(), 7), pending("node-2"))
    assert restored.round() is not None
    for lost in (first, second):
        with pytest.raises(NotPermitted):
            Store(place, lost)
        identity = pyrage.x25519.Identity.from_str(lost.identity)
        for path in place.rglob("*.age"):
            with pytest.raises(pyrage.DecryptError):
                pyrage.decrypt(path.read_bytes(), [identity])


def test_pending_passwords_are_never_replaced_before_their_machine_confirmed() -> None:
    again = joined(pending(), "r2", "aa" * 16, 9, KINDS, lambda: "other")  # type: ignore[arg-type]
    assert (again.pending, again.round) == (pending().pending, "r2")


def test_old_passwords_stay_until_the_next_round_settles() -> None:
    one = settled(pending(word="first"), 1)
    two = joined(one, "r2", "aa" * 16, 9, KINDS, lambda: "second")  # type: ignore[arg-type]
    assert set(two.known()) == {"first", "second"}
    done = settled(two, 2)
    assert done.current == two.pending
    assert done.previous == one.current
    back = gone_back(done, 3)
    assert set(back.known()) == {"first", "second"}
    assert back.pending == done.current
    assert back.current == one.current


def test_no_password_shows_in_a_repr() -> None:
    assert "hush" not in repr(pending()) + repr(noted(settled(pending(), 1), "x", 2))
