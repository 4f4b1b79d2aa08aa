"""Mask orders at the desk: whole masks for one node, numbered, signed, and agreed to by both custodians if need be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.base.clock import from_iso
from edge.base.errors import Refused
from edge.center.maskorders import find_mask_order
from edge.cli import main
from edge.wire.maskorder import custodians_agree, parse_mask_order
from tests.desk.conftest import Town
from tests.desk.scene import NODE
from tests.mask.samples import document, put

AT = from_iso("2026-01-06T10:00:00+09:00")


def make(town: Town, out: Path, tree: object, *more: object, node: str = NODE) -> int:
    masks = out.with_name("masks.json")
    put(masks, tree)
    who = ("--desk", town.desk, "--passphrase-file", town.secret("desk"), "--clock", town.clock)
    what = ("--node", node, "--masks", masks, "--reference", "R-0815")
    return town.run("desk", "masks", "order", *who, *what, "--out", out, *more)


def test_order_carries_the_masks_as_they_are_and_counts_up(town: Town, tmp_path: Path) -> None:
    authority, tree = town.office().authority.payload, document(node=NODE)
    counters = []
    for name in ("one.json", "two.json"):
        assert make(town, tmp_path / name, tree) == 0
        order = parse_mask_order((tmp_path / name).read_bytes(), authority, NODE, 0)
        assert json.loads(order.payload.masks) == tree
        assert order.payload.reference == "R-0815"
        assert not custodians_agree(order, authority)
        counters.append(order.payload.counter)
    assert counters[0] < counters[1]
    with pytest.raises(Refused, match="taken already"):
        parse_mask_order((tmp_path / "one.json").read_bytes(), authority, NODE, counters[1])


@pytest.mark.parametrize(
    "tree", [document(node="another"), document(node=NODE, signed_off=...), b"{", b"", b"\xff"],
    ids=["another node", "not signed off", "no JSON", "empty", "no text"],
)  # fmt: skip
def test_masks_that_no_node_takes_are_not_signed(town: Town, tmp_path: Path, tree: object) -> None:
    assert make(town, tmp_path / "order.json", tree) != 0
    assert not (tmp_path / "order.json").exists()


def test_both_custodians_agree_each_at_their_own_store(town: Town, tmp_path: Path) -> None:
    out, authority = tmp_path / "order.json", town.office().authority.payload
    assert make(town, out, document(node=NODE)) == 0
    agreed = []
    for role in ("manager", "operator"):
        store = ("--store", town.folder / role, "--passphrase-file", town.secret(role))
        assert town.run("desk", "masks", "sign", *store, out) == 0
        agreed.append(custodians_agree(parse_mask_order(out.read_bytes(), authority, NODE, 0), authority))
    assert agreed == [False, True]


def test_published_order_is_given_to_its_node_alone(town: Town, tmp_path: Path) -> None:
    out = tmp_path / "order.json"
    assert make(town, out, document(node=NODE)) == 0
    publish = ("desk", "masks", "publish", "--desk", town.desk, "--center", town.served.url)
    assert town.run(*publish, out) == 0
    with town.served.center.database.read() as connection:
        assert find_mask_order(connection, NODE) == out.read_bytes()
    out.write_bytes(out.read_bytes().replace(b"R-0815", b"R-0816"))
    assert town.run(*publish, out) == 65


def test_reference_is_an_id_and_no_name(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["desk", "masks", "order", "--desk", "x", "--node", "n", "--masks", "x", "--reference", "山田 太郎"]
    assert main([*words, "--out", "x"]) == 64
    assert "no name" in capsys.readouterr().err
