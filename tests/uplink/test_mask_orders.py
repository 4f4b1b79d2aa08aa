"""The mask order's way from the center to the recorder."""

from __future__ import annotations

import pytest

from edge.base.errors import Refused
from edge.uplink.mask_orders import MaskOrders
from edge.wire.authority import Role
from tests.uplink.town import NODE, Town, mask_order


def orders(town: Town) -> MaskOrders:
    return MaskOrders(town.places, town.authority, NODE)


@pytest.fixture(autouse=True)
def _folders(town: Town) -> None:
    town.places.make_folders()


def test_order_is_laid_into_the_inbox_once(town: Town) -> None:
    town.center.mask_order = mask_order(5).data
    fetching = orders(town)
    assert fetching.fetch(town.server())
    assert town.places.mask_order.read_bytes() == mask_order(5).data
    assert not fetching.fetch(town.server())
    assert town.center.asked_for_orders[-1].headers["If-None-Match"].startswith('"')


def test_no_order_is_no_fault(town: Town) -> None:
    assert not orders(town).fetch(town.server())
    assert not town.places.mask_order.exists()


@pytest.mark.parametrize("before", [mask_order(5).data, b"rubbish"])
def test_newer_order_replaces_the_kept_one(town: Town, before: bytes) -> None:
    town.places.mask_order.write_bytes(before)
    town.center.mask_order = mask_order(6).data
    assert orders(town).fetch(town.server())
    assert town.places.mask_order.read_bytes() == mask_order(6).data


@pytest.mark.parametrize(
    ("data", "failure"),
    [
        (mask_order(4).data, "replayed"),
        (mask_order(6, node="demo-2").data, "wrong-node"),
        (mask_order(6, role=Role.VISIT).data, "bad-signature"),
        (mask_order(6).data[:-8], "bad-json"),
    ],
)
def test_false_order_leaves_the_kept_one(town: Town, data: bytes, failure: str) -> None:
    town.places.mask_order.write_bytes(mask_order(5).data)
    town.center.mask_order = data
    with pytest.raises(Refused) as caught:
        orders(town).fetch(town.server())
    assert caught.value.failure == failure
    assert town.places.mask_order.read_bytes() == mask_order(5).data


def test_uplink_asks_at_its_start_and_every_ten_minutes(town: Town) -> None:
    uplink = town.uplink()
    uplink.step()
    assert len(town.center.asked_for_orders) == 1
    town.clock.advance(8 * 60)
    uplink.step()
    assert len(town.center.asked_for_orders) == 1
    town.clock.advance(2 * 60)
    town.center.mask_order = mask_order(5).data
    uplink.step()
    assert town.places.mask_order.read_bytes() == mask_order(5).data


def test_false_order_holds_up_nothing_else(town: Town) -> None:
    town.center.mask_order = mask_order(6, role=Role.VISIT).data
    uplink = town.uplink()
    uplink.step()
    assert "no valid signature" in uplink.progress().last_error
    assert len(town.center.asked_for_tickets) == 1
