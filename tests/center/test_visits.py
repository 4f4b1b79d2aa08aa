"""Which visit tickets the center passes on."""

from __future__ import annotations

import pytest

from edge.base.errors import Refused
from edge.center.center import Center
from edge.center.visits import find_visit_ticket, publish_visit_ticket
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.visit import Scope, VisitTicket
from tests.center.city import DAY_US, NOW, City


def ticket(
    city: City, issued: int = NOW, *, ends: int = NOW + 2 * DAY_US, node: str = "cam-1", role: Role = Role.VISIT
) -> bytes:
    word = VisitTicket(
        ticket=f"{issued:032x}",
        node=node,
        installer="K-07",
        scope=Scope.FIRST,
        issued=issued,
        begins=NOW - DAY_US if ends < NOW else NOW + DAY_US,
        ends=ends,
        code_salt="0" * 32,
        code_hash="0" * 64,
    )
    return signed.sign("visit-ticket", word, city.roles[role]).data


def test_newest_ticket_is_kept_also_before_its_hours(center: Center, city: City) -> None:
    with center.database.read() as connection:
        assert find_visit_ticket(connection, "cam-1") is None
    newest = ticket(city, NOW + 1)
    for document in (ticket(city), newest, newest):
        publish_visit_ticket(center, "cam-1", document)
    with center.database.read() as connection:
        assert find_visit_ticket(connection, "cam-1") == newest
        assert find_visit_ticket(connection, "cam-2") is None


@pytest.mark.parametrize("case", ["old-version", "expired", "wrong-node", "bad-signature", "bad-json"])
def test_false_ticket_is_refused(center: Center, city: City, case: str) -> None:
    publish_visit_ticket(center, "cam-1", ticket(city))
    offered = {
        "old-version": ticket(city, NOW - 1),
        "expired": ticket(city, NOW + 1, ends=NOW - 1),
        "wrong-node": ticket(city, NOW + 1, node="cam-2"),
        "bad-signature": ticket(city, NOW + 1, role=Role.COMMAND),
        "bad-json": b"{",
    }[case]
    with pytest.raises(Refused) as caught:
        publish_visit_ticket(center, "cam-1", offered)
    assert caught.value.failure == case
    with center.database.read() as connection:
        assert find_visit_ticket(connection, "cam-1") == ticket(city)
