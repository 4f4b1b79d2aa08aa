"""The bastion's register: a revoked key never comes back, and nobody takes another's name, key or address."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.ansible.scripts import script

peers = script("management_link", "peers")
KEYS = [letter * 42 + "A=" for letter in "abc"]


def peer(node: str, key: int, address: str) -> Any:
    return peers.Peer(node, KEYS[key], address)


@pytest.fixture
def register(tmp_path: Path) -> Any:
    made = peers.Register(tmp_path)
    made.register(peer("matsudo-001", 0, "fd00::1"))
    return made


def test_a_node_is_registered_once(register: Any) -> None:
    assert not register.needs(peer("matsudo-001", 0, "fd00::1"), replace=False)
    assert register.needs(peer("matsudo-002", 1, "fd00::2"), replace=False)
    assert register.configuration() == f"[Peer]\nPublicKey = {KEYS[0]}\nAllowedIPs = fd00::1/128\n"


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (("matsudo-001", 1, "fd00::1"), "another key"),
        (("matsudo-002", 0, "fd00::2"), "belongs to matsudo-001"),
        (("matsudo-002", 1, "fd00::1"), "belongs to matsudo-001"),
    ],
)
def test_what_belongs_to_another_is_refused(register: Any, wanted: tuple[str, int, str], words: str) -> None:
    with pytest.raises(peers.Refused, match=words):
        register.needs(peer(*wanted), replace=False)


def test_a_revoked_key_is_gone_and_never_taken_again(register: Any) -> None:
    assert register.revoke("matsudo-001")
    assert not register.revoke("matsudo-001")
    assert register.configuration() == ""
    for node in ("matsudo-001", "matsudo-002"):
        for replace in (False, True):
            with pytest.raises(peers.Refused, match="revoked"):
                register.needs(peer(node, 0, "fd00::9"), replace=replace)
    assert register.needs(peer("matsudo-001", 1, "fd00::1"), replace=False)  # the node's next card


def test_a_new_card_revokes_the_old_ones_key(register: Any) -> None:
    assert register.needs(peer("matsudo-001", 1, "fd00::1"), replace=True)
    register.register(peer("matsudo-001", 1, "fd00::1"))
    assert [entry.key for entry in register.peers()] == [KEYS[1]]
    assert register.revoked() == {KEYS[0]}


def test_a_power_cut_between_revoking_and_removing_leaves_no_way_in(register: Any, tmp_path: Path) -> None:
    (tmp_path / "revoked").write_text(f"{KEYS[0]} matsudo-001\n")  # the entry's file is there still
    assert [entry.node for entry in register.peers()] == ["matsudo-001"]
    assert register.configuration() == ""


def test_files_of_the_register_are_for_root_alone(register: Any, tmp_path: Path) -> None:
    register.revoke("matsudo-001")
    register.register(peer("matsudo-002", 1, "fd00::2"))
    assert {path.stat().st_mode & 0o077 for path in tmp_path.rglob("*")} == {0}
