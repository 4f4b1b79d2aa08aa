"""What a desk carries to a node without a line: fetched whole, handed over in pieces that a node takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.base.errors import Refused, UsageFault
from edge.center.maskorders import find_mask_order
from edge.desk import luggage
from edge.desk.luggage import EMPTY, Luggage, pack, unpack
from edge.wire.collection import FRAME_LIMIT_BYTES, Brought
from tests.desk.conftest import Town
from tests.desk.scene import NODE


def packed(town: Town, out: Path) -> Luggage:
    with town.connect() as center:
        return pack(center, NODE, town.served.clock.now_us(), out)


def test_what_there_is_comes_along_and_what_there_is_not_is_left_out(town: Town, tmp_path: Path) -> None:
    found = packed(town, tmp_path / "luggage")
    assert found == unpack(tmp_path / "luggage")
    assert found.registration is not None
    assert found.documents[Brought.KEY_LIST] == (town.folder / "list.json").read_bytes()
    with town.served.center.database.read() as connection:
        ordered = find_mask_order(connection, NODE)  # of another test in this town, if it came before
    assert found.documents.get(Brought.MASK_ORDER) == ordered
    assert Brought.VISIT_TICKET not in found.documents
    assert len(found.receipts) == 1
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "luggage").iterdir())


def test_mask_order_and_a_ticket_that_somebody_lays_there_come_along(town: Town, tmp_path: Path) -> None:
    town.served.faults.replaced["/mask-order"] = 200, b"an order"
    packed(town, tmp_path / "luggage")
    (tmp_path / "luggage" / "visit-ticket.json").write_bytes(b"a ticket")
    documents = unpack(tmp_path / "luggage").documents
    assert (documents[Brought.MASK_ORDER], documents[Brought.VISIT_TICKET]) == (b"an order", b"a ticket")


def test_luggage_is_a_folder_of_its_own(town: Town, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("here")
    with pytest.raises(UsageFault, match="not empty"):
        packed(town, tmp_path)


def test_registration_that_is_none_is_refused_before_the_way(tmp_path: Path) -> None:
    (tmp_path / "registration.json").write_bytes(b"{}")
    with pytest.raises(Refused):
        unpack(tmp_path)


def test_receipts_go_in_pieces_that_a_node_takes_at_once() -> None:
    assert list(EMPTY.pieces()) == []
    receipts = tuple(b"%d" % number * 1000 for number in range(1000, 3000))
    pieces = list(Luggage(None, {}, receipts).pieces())
    assert len(pieces) > 1
    assert {sort for sort, _ in pieces} == {Brought.RECEIPTS}
    assert all(len(data) <= FRAME_LIMIT_BYTES and data.endswith(b"\n") for _, data in pieces)
    assert b"".join(data for _, data in pieces) == b"".join(receipt + b"\n" for receipt in receipts)


def test_more_receipts_than_a_laptop_carries_leave_the_newest_behind(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (receipt,) = packed(town, tmp_path / "two").receipts
    monkeypatch.setattr(luggage, "RECEIPTS_AT_MOST_BYTES", len(receipt))
    assert packed(town, tmp_path / "three").receipts == ()
