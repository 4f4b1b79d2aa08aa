"""Whom the recorder believes: authority, signing key, key lists from the inbox."""

from __future__ import annotations

import errno
import logging
from pathlib import Path

import pytest

from edge.base.errors import BadConfiguration, BadInput
from edge.node import credentials
from edge.node.credentials import KEY_LIST, KeyLists, load_authority, load_signing_key, read_root
from edge.node.kept import AGAIN
from edge.wire.authority import Role
from edge.wire.keylist import KeyList
from edge.wire.signed import Signed
from tests.mask.samples import put
from tests.node.town import NODE, ROLES, SIGNER, Town, make_authority, make_key_list, seed


def test_authority_of_the_own_root_is_taken(town: Town) -> None:
    assert load_authority(town.config).city == "town"


REFUSED = {
    "another root": (make_authority(root=seed(77)).data, "another root"),
    "rubbish": (b"\xff{", "copy the city's authority.json again"),
    "empty": (b"", "copy the city's authority.json again"),
    "altered": (make_authority().data.replace(b'"version":1', b'"version":2'), "not signed"),
    "too long": (b" " * 2**20, "longer than"),
}


@pytest.mark.parametrize(("data", "said"), REFUSED.values(), ids=REFUSED)
def test_other_authorities_are_refused(town: Town, data: bytes, said: str) -> None:
    (town.folder / "authority.json").write_bytes(data)
    with pytest.raises(BadConfiguration, match=said) as raised:
        load_authority(town.config)
    assert str(town.folder / "authority.json") in str(raised.value)


def test_demonstrations_authority_is_refused_by_a_real_node(town: Town) -> None:
    town.configure(demo=False, clock="system", source={"fast": False})
    with pytest.raises(BadConfiguration, match="demonstration"):
        load_authority(town.config)
    put(town.folder / "authority.json", make_authority(demo=False).data)
    assert not load_authority(town.config).demo


@pytest.mark.parametrize("text", ["", "zz" * 32, "ab" * 31, "ab" * 33, "あ" * 64])
def test_root_is_32_bytes_in_hex_or_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "root.pub").write_text(text)
    with pytest.raises(BadConfiguration, match="root public key"):
        read_root(tmp_path / "root.pub")


def test_root_may_end_in_a_line_break(tmp_path: Path) -> None:
    (tmp_path / "root.pub").write_text("ab" * 32 + "\n")
    assert read_root(tmp_path / "root.pub") == bytes.fromhex("ab" * 32)


def test_signing_key_is_read_and_shown_to_nobody(town: Town) -> None:
    key = load_signing_key(town.config)
    assert key.public_key == SIGNER.public_key
    assert key.seed.hex() not in repr(key)


# --- key lists


class Inbox:
    """The recorder's view of the inbox that the uplink fills."""

    def __init__(self, town: Town) -> None:
        self.path, self.kept = town.uplink / "inbox" / "key-list.json", town.state / KEY_LIST
        self.lists = KeyLists(self.kept, self.path, make_authority().payload, NODE)

    def offer(self, data: bytes) -> bool:
        put(self.path, data)
        return self.lists.poll()

    @property
    def version(self) -> int:
        current = self.lists.current
        return 0 if current is None else current.payload.version


@pytest.fixture
def inbox(town: Town) -> Inbox:
    return Inbox(town)


def following(version: int = 2, **changes: object) -> Signed[KeyList]:
    return make_key_list(version, previous=make_key_list().sha256, **changes)  # type: ignore[arg-type]


def test_newer_list_is_taken_and_kept(town: Town, inbox: Inbox) -> None:
    assert inbox.offer(following().data)
    assert inbox.version == 2
    assert Inbox(town).version == 2
    assert inbox.kept.stat().st_mode & 0o777 == 0o600


def test_first_list_is_taken(town: Town) -> None:
    (town.state / KEY_LIST).unlink()
    inbox = Inbox(town)
    assert inbox.lists.current is None and not inbox.lists.poll()
    assert inbox.offer(make_key_list().data)
    assert inbox.version == 1


def test_same_list_again_is_no_news(inbox: Inbox) -> None:
    assert not inbox.offer(make_key_list().data)
    assert inbox.version == 1


ONE_SIGNER = (ROLES[Role.MANAGER],)
TURNED_DOWN: dict[str, tuple[bytes, str]] = {
    "older": (make_key_list(1, previous="ab" * 32).data, "not above"),
    "one custodian alone": (following(signers=ONE_SIGNER).data, "operator"),
    "strangers": (following(signers=(seed(90), seed(91))).data, "manager"),
    "another node": (following(node="demo-2").data, "demo-2"),
    "rubbish": (b"{}", "not taken"),
    "not JSON": (b"\x00\xff", "not taken"),
    "too long": (b" " * 2**20, "longer than"),
}


@pytest.mark.parametrize(("data", "said"), TURNED_DOWN.values(), ids=TURNED_DOWN)
def test_bad_list_is_turned_down_and_said_once(
    town: Town, inbox: Inbox, caplog: pytest.LogCaptureFixture, data: bytes, said: str
) -> None:
    assert inbox.offer(following().data)
    kept = inbox.kept.read_bytes()
    with caplog.at_level(logging.WARNING):
        assert not inbox.offer(data)
        assert not inbox.lists.poll()
    assert (inbox.version, inbox.kept.read_bytes()) == (2, kept)
    assert len(caplog.records) == 1 and said in caplog.text
    assert Inbox(town).version == 2


def test_list_that_does_not_name_the_one_before_is_turned_down(inbox: Inbox, caplog: pytest.LogCaptureFixture) -> None:
    assert not inbox.offer(make_key_list(2, previous="ab" * 32).data)
    assert inbox.version == 1
    assert "does not name the one before" in caplog.text


def test_damaged_kept_list_counts_as_none_until_one_that_verifies_comes(town: Town) -> None:
    """Stopping would protect nobody: whoever can damage the copy can put an older list in its place."""
    (town.state / KEY_LIST).write_bytes(make_key_list().data[:-1])
    inbox = Inbox(town)
    assert inbox.lists.current is None
    assert "have the key list published again" in inbox.lists.kept.fault
    assert not inbox.offer(make_key_list(signers=(ROLES[Role.MANAGER],)).data)
    assert inbox.offer(make_key_list().data)
    assert (inbox.version, inbox.lists.kept.fault) == (1, "")
    assert Inbox(town).version == 1


def test_list_that_cannot_be_kept_holds_and_is_offered_again(town: Town, inbox: Inbox) -> None:
    blocked = inbox.kept.with_name(f".{KEY_LIST}.new")
    blocked.mkdir()
    assert inbox.offer(following().data)
    assert inbox.version == 2
    assert "cannot be written" in inbox.lists.kept.fault
    assert Inbox(town).version == 1, "not over a restart"
    blocked.rmdir()
    for _ in range(AGAIN):
        inbox.lists.kept.offer_again()
    assert inbox.lists.kept.fault == ""
    assert Inbox(town).version == 2


def test_list_that_could_not_be_read_is_looked_at_again(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(credentials, "read_bounded", _unreadable)
        assert not inbox.offer(following().data)
    assert inbox.lists.poll()
    assert inbox.version == 2


def _unreadable(path: Path, *, limit_bytes: int) -> bytes:
    raise BadInput(f"{path}: cannot be read") from OSError(errno.EIO, "Input/output error")
