"""The way of what the city signs from the center to where the node's other processes find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.base.errors import Refused, TryAgain
from edge.uplink.documents import Fetched, fetched_key_list, fetched_mask_order, fetched_visit_ticket
from edge.wire.authority import Role
from edge.wire.keylist import KeyList
from edge.wire.maskorder import MaskOrder
from edge.wire.visit import VisitTicket
from tests.uplink.town import NODE, Town, key_list, mask_order, visit_ticket

AnyFetched = Fetched[KeyList] | Fetched[VisitTicket] | Fetched[MaskOrder]


@dataclass(frozen=True)
class Sort:
    """One sort of document in the town: an older, a kept and a newer one, and those that must not replace the kept.

    Attributes:
        attribute: where the town's center and places have it.
        false: data by what is wrong with it and how it is refused.
    """

    attribute: str
    begin: Callable[[Town], AnyFetched]
    kept: bytes
    newer: bytes
    false: dict[tuple[str, str], bytes]

    def publish(self, town: Town, data: bytes) -> None:
        setattr(town.center, self.attribute, data)

    def path(self, town: Town) -> Path:
        path = getattr(town.places, self.attribute)
        assert isinstance(path, Path)
        return path


SORTS = {
    "key list": Sort(
        "key_list",
        lambda town: fetched_key_list(town.places, town.authority, NODE),
        key_list(2, key_list().sha256).data,
        key_list(3, key_list(2, key_list().sha256).sha256).data,
        {
            ("older", "old-version"): key_list(1).data,
            ("of another history", "bad-link"): key_list(3, "0" * 64).data,
            ("another node's", "wrong-node"): key_list(3, "0" * 64, node="demo-2").data,
            ("torn", "bad-json"): key_list(4).data[:-8],
            ("rubbish", "bad-json"): b"rubbish",
            ("empty", "bad-json"): b"",
        },
    ),
    "visit ticket": Sort(
        "visit_ticket",
        lambda town: fetched_visit_ticket(town.places, town.authority, NODE, town.clock),
        visit_ticket(5).data,
        visit_ticket(6).data,
        {
            ("older", "old-version"): visit_ticket(4).data,
            ("another node's", "wrong-node"): visit_ticket(6, node="demo-2").data,
            ("over", "expired"): visit_ticket(6, ends=1).data,
            ("another role's", "bad-signature"): visit_ticket(6, role=Role.MASK).data,
            ("torn", "bad-json"): visit_ticket(6).data[:-8],
            ("too long", "too-long"): b"[" * 5000,
        },
    ),
    "mask order": Sort(
        "mask_order",
        lambda town: fetched_mask_order(town.places, town.authority, NODE),
        mask_order(5).data,
        mask_order(6).data,
        {
            ("older", "replayed"): mask_order(4).data,
            ("another node's", "wrong-node"): mask_order(6, node="demo-2").data,
            ("another role's", "bad-signature"): mask_order(6, role=Role.VISIT).data,
            ("torn", "bad-json"): mask_order(6).data[:-8],
        },
    ),
}
each = pytest.mark.parametrize("sort", SORTS.values(), ids=SORTS)
FALSE = [
    pytest.param(sort, data, failure, id=f"{name} {wrong}")
    for name, sort in SORTS.items()
    for (wrong, failure), data in sort.false.items()
]


@pytest.fixture(autouse=True)
def _folders(town: Town) -> None:
    town.places.make_folders()


@each
def test_document_is_laid_down_once(town: Town, sort: Sort) -> None:
    sort.publish(town, sort.kept)
    fetched = sort.begin(town)
    assert fetched.fetch(town.server())
    assert sort.path(town).read_bytes() == sort.kept
    assert not fetched.fetch(town.server())
    asked = [*town.center.seen, *town.center.asked_for_tickets, *town.center.asked_for_orders]
    assert [request.headers.get("If-None-Match", "")[:1] for request in asked] == ["", '"']


@each
def test_nothing_published_yet_is_no_fault(town: Town, sort: Sort) -> None:
    assert not sort.begin(town).fetch(town.server())
    assert not sort.path(town).exists()


@each
@pytest.mark.parametrize("kept", ["kept", "rubbish"])
def test_newer_document_replaces_what_is_there(town: Town, sort: Sort, kept: str) -> None:
    """The kept one may be the first boot's, or damaged."""
    sort.path(town).write_bytes(sort.kept if kept == "kept" else b"rubbish")
    sort.publish(town, sort.newer)
    assert sort.begin(town).fetch(town.server())
    assert sort.path(town).read_bytes() == sort.newer


@pytest.mark.parametrize(("sort", "data", "failure"), FALSE)
def test_false_document_leaves_the_kept_one(town: Town, sort: Sort, data: bytes, failure: str) -> None:
    sort.path(town).write_bytes(sort.kept)
    sort.publish(town, data)
    with pytest.raises(Refused) as caught:
        sort.begin(town).fetch(town.server())
    assert caught.value.failure == failure
    assert sort.path(town).read_bytes() == sort.kept


@each
def test_center_that_cannot_be_asked_is_tried_again(town: Town, sort: Sort) -> None:
    with pytest.raises(TryAgain):
        sort.begin(town).fetch(town.server(town.config(center_url="https://127.0.0.1:9")))


def test_new_node_asks_every_minute_until_it_has_a_key_list(town: Town) -> None:
    uplink = town.uplink()
    uplink.step()
    town.clock.advance(53)
    uplink.step()
    assert len(town.center.seen) == 1
    town.center.key_list = key_list().data
    town.clock.advance(7)
    uplink.step()
    assert town.places.key_list.read_bytes() == key_list().data


def test_uplink_asks_for_key_lists_at_its_start_and_hourly(town: Town) -> None:
    town.center.key_list = key_list().data
    uplink = town.uplink()
    uplink.step()
    town.clock.advance(53 * 60)
    uplink.step()
    assert len(town.center.seen) == 1
    town.clock.advance(7 * 60)
    uplink.step()
    assert len(town.center.seen) == 2


def test_uplink_asks_for_tickets_and_orders_at_its_start_and_every_ten_minutes(town: Town) -> None:
    uplink, center = town.uplink(), town.center
    uplink.step()
    assert (len(center.asked_for_tickets), len(center.asked_for_orders)) == (1, 1)
    town.clock.advance(8 * 60)
    uplink.step()
    assert (len(center.asked_for_tickets), len(center.asked_for_orders)) == (1, 1)
    town.clock.advance(2 * 60)
    center.visit_ticket, center.mask_order = visit_ticket(5).data, mask_order(5).data
    uplink.step()
    assert town.places.visit_ticket.read_bytes() == visit_ticket(5).data
    assert town.places.mask_order.read_bytes() == mask_order(5).data


def test_false_order_holds_up_nothing_else(town: Town) -> None:
    town.center.mask_order = mask_order(6, role=Role.VISIT).data
    uplink = town.uplink()
    uplink.step()
    assert "no valid signature" in uplink.progress().last_error
    assert len(town.center.asked_for_tickets) == 1
