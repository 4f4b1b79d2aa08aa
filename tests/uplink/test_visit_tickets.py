"""The visit ticket's way from the center to the page's process."""

from __future__ import annotations

import pytest

from edge.base.errors import Refused
from edge.uplink.visit_tickets import VisitTickets
from edge.wire.authority import Role
from tests.uplink.town import NODE, Town, visit_ticket


def tickets(town: Town) -> VisitTickets:
    return VisitTickets(town.places, town.authority, NODE, town.clock)


@pytest.fixture(autouse=True)
def _folders(town: Town) -> None:
    town.places.make_folders()


def test_ticket_is_laid_into_the_inbox_once(town: Town) -> None:
    town.center.visit_ticket = visit_ticket(5).data
    fetching = tickets(town)
    assert fetching.fetch(town.server())
    assert town.places.visit_ticket.read_bytes() == visit_ticket(5).data
    assert not fetching.fetch(town.server())
    assert town.center.asked_for_tickets[-1].headers["If-None-Match"].startswith('"')


def test_no_ticket_is_no_fault(town: Town) -> None:
    assert not tickets(town).fetch(town.server())
    assert not town.places.visit_ticket.exists()


def test_newer_ticket_replaces_the_one_of_the_first_boot(town: Town) -> None:
    town.places.visit_ticket.write_bytes(visit_ticket(5).data)
    town.center.visit_ticket = visit_ticket(6).data
    assert tickets(town).fetch(town.server())
    assert town.places.visit_ticket.read_bytes() == visit_ticket(6).data


def test_damaged_ticket_is_replaced(town: Town) -> None:
    town.places.visit_ticket.write_bytes(b"rubbish")
    town.center.visit_ticket = visit_ticket(5).data
    assert tickets(town).fetch(town.server())


@pytest.mark.parametrize(
    ("data", "failure"),
    [
        (visit_ticket(4).data, "old-version"),
        (visit_ticket(6, node="demo-2").data, "wrong-node"),
        (visit_ticket(6, ends=1).data, "expired"),
        (visit_ticket(6, role=Role.MASK).data, "bad-signature"),
        (visit_ticket(6).data[:-8], "bad-json"),
        (b"[" * 5000, "too-long"),
    ],
)
def test_false_ticket_leaves_the_kept_one(town: Town, data: bytes, failure: str) -> None:
    town.places.visit_ticket.write_bytes(visit_ticket(5).data)
    town.center.visit_ticket = data
    with pytest.raises(Refused) as caught:
        tickets(town).fetch(town.server())
    assert caught.value.failure == failure
    assert town.places.visit_ticket.read_bytes() == visit_ticket(5).data


def test_uplink_asks_at_its_start_and_every_ten_minutes(town: Town) -> None:
    town.center.key_list = None
    uplink = town.uplink()
    uplink.step()
    assert len(town.center.asked_for_tickets) == 1
    town.clock.advance(8 * 60)
    uplink.step()
    assert len(town.center.asked_for_tickets) == 1
    town.clock.advance(2 * 60)
    town.center.visit_ticket = visit_ticket(5).data
    uplink.step()
    assert town.places.visit_ticket.read_bytes() == visit_ticket(5).data
