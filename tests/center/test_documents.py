from __future__ import annotations

import pytest

from edge.base.errors import Refused
from edge.center.center import Center
from edge.center.documents import (
    find_key_list,
    mark_published,
    pending_commands,
    post_command,
    publish_key_list,
    put_registration,
)
from edge.center.failures import Unacceptable, status_of
from edge.center.nodes import find_node
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.command import Command
from edge.wire.signed import Signer
from tests.center.city import DAY_US, NOW, City, Node
from tests.center.showcase import enrolled


def command(city: City, counter: int, *, signer: Signer | None = None, node: str = "cam-1") -> bytes:
    word = Command(
        node=node, counter=counter, issued=NOW, expires=NOW + DAY_US, action="send-window", start_us=1, end_us=2
    )
    return signed.sign("command", word, signer or city.roles[Role.COMMAND]).data


def test_only_a_newer_linked_key_list_is_published(center: Center, city: City) -> None:
    first = city.key_list("cam-1")
    second = city.key_list("cam-1", 2, first.sha256)
    publish_key_list(center, "cam-1", first.data)
    publish_key_list(center, "cam-1", first.data)
    publish_key_list(center, "cam-1", second.data)
    refusals = [
        (first.data, "old-version", 409),
        (city.key_list("cam-1", 3, "0" * 64).data, "bad-link", 409),
        (city.key_list("cam-2").data, "wrong-node", 422),
        (signed.sign("key-list", second.payload, city.roles[Role.MANAGER]).data, "bad-signature", 422),
    ]
    for document, failure, status in refusals:
        with pytest.raises(Refused) as caught:
            publish_key_list(center, "cam-1", document)
        assert caught.value.failure == failure
        assert (422 if isinstance(caught.value, Unacceptable) else status_of(caught.value)) == status
    with center.database.read() as connection:
        assert find_key_list(connection, "cam-1") == second.data


def test_a_registration_ends_the_provisional_time(center: Center, city: City) -> None:
    node = enrolled(center, city, "cam-1", NOW, registered=False)
    put_registration(center, "cam-1", city.registration(node))
    with center.database.read() as connection:
        known = find_node(connection, "cam-1")
    assert known is not None
    assert not known.provisional
    for document, failure in (
        (city.registration(node, NOW - 1), "old-version"),
        (city.registration(Node("cam-2")), "wrong-document"),
        (signed.sign("registration", node.registration_word(), city.roles[Role.MASK]).data, "bad-signature"),
    ):
        with pytest.raises(Refused) as caught:
            put_registration(center, "cam-1", document)
        assert caught.value.failure == failure


def test_commands_wait_in_order_until_they_are_published(center: Center, city: City) -> None:
    post_command(center, "cam-1", command(city, 1))
    post_command(center, "cam-1", command(city, 3))
    with center.database.write() as connection:
        waiting = pending_commands(connection, NOW)
        assert [item.counter for item in waiting] == [1, 3]
        mark_published(connection, waiting[0], NOW)
        assert [item.counter for item in pending_commands(connection, NOW)] == [3]
        assert pending_commands(connection, NOW + 2 * DAY_US) == []


@pytest.mark.parametrize("case", ["replayed", "bad-signature", "wrong-node"])
def test_a_bad_command_is_refused(center: Center, city: City, case: str) -> None:
    post_command(center, "cam-1", command(city, 5))
    body = {
        "replayed": command(city, 5),
        "bad-signature": command(city, 6, signer=city.roles[Role.MASK]),
        "wrong-node": command(city, 6, node="cam-2"),
    }[case]
    with pytest.raises(Refused) as caught:
        post_command(center, "cam-1", body)
    assert caught.value.failure == case
