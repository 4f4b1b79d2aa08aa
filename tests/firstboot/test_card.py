"""``card.json``: what is read of it and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edge.base.errors import BadInput
from edge.firstboot.card import read_card
from tests.firstboot.board import lay_card


def test_a_card_is_read_as_it_was_written(tmp_path: Path) -> None:
    card = lay_card(tmp_path)
    card.require_whole()
    assert card.node == "matsudo-017" and card.boot == tmp_path
    one = {one.target: one for one in card.files}["/etc/mimamori/node.toml"]
    assert (one.source, one.mode) == ("etc/node.toml", 0o640)


def placed(source: str, target: str, mode: str = "0644") -> list[dict[str, str]]:
    return [{"from": source, "to": target, "mode": mode}]


REFUSED: dict[str, tuple[str, Any]] = {
    "another version": ("v", 2),
    "another storage": ("storage", "cloud"),
    "a file without a hash": ("sha256", {}),
    "a source outside of the card": ("files", placed("../x", "/x")),
    "a target that is no absolute path": (
        "files",
        placed("etc/node.toml", "x"),
    ),
    "a target with steps upwards": (
        "files",
        placed("etc/node.toml", "/a/../b"),
    ),
    "a mode in words": ("files", placed("etc/node.toml", "/x", "all")),
    "sizes in words": ("state_bytes", "much"),
}


@pytest.mark.parametrize(("key", "value"), REFUSED.values(), ids=REFUSED.keys())
def test_a_list_at_fault_is_refused(tmp_path: Path, key: str, value: Any) -> None:
    path = lay_card(tmp_path).folder / "card.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    with pytest.raises(BadInput, match=r"card\.json: damaged .*; write the card anew"):
        read_card(path.parent)


@pytest.mark.parametrize("data", [b"", b"[", b"3", b'{"v": 1}', b"\xff\xfe"])
def test_a_torn_list_is_refused(tmp_path: Path, data: bytes) -> None:
    path = lay_card(tmp_path).folder / "card.json"
    path.write_bytes(data)
    with pytest.raises(BadInput, match=r"card\.json: damaged"):
        read_card(path.parent)


def test_a_missing_list_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"card\.json: cannot be read .*; write the card anew"):
        read_card(tmp_path)


def test_every_damaged_file_is_named_at_once(tmp_path: Path) -> None:
    card = lay_card(tmp_path)
    (card.folder / "etc" / "node.toml").unlink()
    (card.folder / "systemd" / "install").write_text("other")
    with pytest.raises(BadInput, match=r"missing or damaged: etc/node\.toml, systemd/install; write"):
        card.require_whole()
