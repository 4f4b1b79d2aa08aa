"""The key list's way from the center to the recorder's inbox."""

from __future__ import annotations

import pytest

from edge.base.errors import Refused, TryAgain
from edge.uplink.key_lists import KeyLists
from tests.uplink.town import NODE, Town, key_list


def lists(town: Town) -> KeyLists:
    return KeyLists(town.places, town.authority, NODE)


@pytest.fixture(autouse=True)
def _folders(town: Town) -> None:
    town.places.make_folders()


def test_key_list_is_laid_into_the_inbox(town: Town) -> None:
    town.center.key_list = key_list().data
    assert lists(town).fetch(town.server())
    assert town.places.key_list.read_bytes() == key_list().data


def test_no_key_list_yet_is_no_fault(town: Town) -> None:
    assert not lists(town).fetch(town.server())
    assert not town.places.key_list.exists()


def test_known_key_list_is_not_sent_again(town: Town) -> None:
    town.center.key_list = key_list().data
    lists(town).fetch(town.server())
    assert not lists(town).fetch(town.server())
    assert town.center.seen[-1].headers["If-None-Match"].startswith('"')


def test_newer_key_list_replaces_the_kept_one(town: Town) -> None:
    town.center.key_list = key_list().data
    kept = lists(town)
    kept.fetch(town.server())
    town.center.key_list = key_list(2, key_list().sha256).data
    assert kept.fetch(town.server())
    assert town.places.key_list.read_bytes() == town.center.key_list


@pytest.mark.parametrize(
    "data",
    [key_list(1).data, key_list(3, "0" * 64, node="demo-2").data, key_list(4).data[:-8], b"rubbish", b""],
    ids=["older", "another node's", "torn", "rubbish", "empty"],
)
def test_false_key_list_leaves_the_kept_one(town: Town, data: bytes) -> None:
    town.center.key_list = key_list(2, key_list().sha256).data
    kept = lists(town)
    kept.fetch(town.server())
    town.center.key_list = data
    with pytest.raises(Refused):
        kept.fetch(town.server())
    assert town.places.key_list.read_bytes() == key_list(2, key_list().sha256).data


def test_damaged_kept_key_list_is_fetched_again(town: Town) -> None:
    town.places.key_list.write_bytes(b"rubbish")
    town.center.key_list = key_list().data
    assert lists(town).fetch(town.server())


def test_center_that_cannot_be_asked_is_tried_again(town: Town) -> None:
    server = town.server(town.config(center_url="https://127.0.0.1:9"))
    with pytest.raises(TryAgain):
        lists(town).fetch(server)


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


def test_uplink_asks_at_its_start_and_hourly(town: Town) -> None:
    town.center.key_list = key_list().data
    uplink = town.uplink()
    uplink.step()
    town.clock.advance(53 * 60)
    uplink.step()
    assert len(town.center.seen) == 1
    town.clock.advance(7 * 60)
    uplink.step()
    assert len(town.center.seen) == 2
