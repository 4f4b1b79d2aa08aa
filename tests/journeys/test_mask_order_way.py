"""A neighbour's request, all the way: signed at the desk, kept at the center, fetched by the uplink, painted, signed.

Each station is the real code with its own copy of the city's authority; what the network does between them has tests of
its own (``tests/center/test_live.py``, ``tests/uplink/test_mask_orders.py``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.base.config import load
from edge.base.errors import Refused
from edge.center.center import Center, open_center
from edge.center.config import CenterConfig
from edge.center.maskorders import find_mask_order, publish_mask_order
from edge.desk.city import role_secret
from edge.desk.keystore import KeyStore
from edge.desk.maskorders import make_mask_order
from edge.desk.office import Office
from edge.desk.passphrase import from_file
from edge.mask import maskset
from edge.node.credentials import KEY_LIST
from edge.seal.manifest import Kind
from edge.uplink.config import Places
from edge.uplink.documents import fetched_mask_order
from edge.uplink.server import Answer, Request
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.maskorder import MaskOrder
from tests.center.city import City
from tests.mask.samples import document, mask, parsed, put, rectangle, written
from tests.node.rig import play
from tests.node.town import NODE, START_US, Town, make_key_list

DOOR = mask(id="door-1", polygon=rectangle(0.1, 0.1, 0.25, 0.3))
WINDOW = mask(id="window-9", kind="window", consent="K-0042", polygon=rectangle(0.6, 0.5, 0.8, 0.7))
NOW_US = START_US + 1_000_000


class Line:
    """The way from uplink to center, without a network."""

    def __init__(self, center: Center) -> None:
        self._center = center

    def exchange(self, request: Request) -> Answer:
        assert (request.method, request.path) == ("GET", f"/v1/nodes/{NODE}/mask-order")
        with self._center.database.read() as connection:
            found = find_mask_order(connection, NODE)
        if found is None:
            return Answer(404, b'{"failure":"nothing-stored","message":"none"}')
        known = request.headers.get("If-None-Match") == f'"{hashlib.sha256(found).hexdigest()}"'
        return Answer(304, b"") if known else Answer(200, found)

    def use_new_certificate(self) -> None:
        """There is none."""


class Way:
    """Desk, center, uplink and recorder of one city."""

    def __init__(self, folder: Path) -> None:
        self.city = City(folder / "city")
        self.center = open_center(load(self.city.config_path, CenterConfig))
        (folder / "passphrase").write_text("the desk's own long passphrase\n")
        self.store = KeyStore.create(folder / "desk", from_file(folder / "passphrase"))
        self.store.write(role_secret(Role.MASK), self.city.roles[Role.MASK].seed)
        self.office = Office(folder / "desk", self.city.root.public_key, self.city.authority)
        self.town = Town(folder / "node")
        (self.town.folder / "authority.json").write_bytes(self.city.authority.data)
        (self.town.folder / "root.pub").write_text(self.city.root.public_key.hex())
        both = self.city.roles[Role.MANAGER], self.city.roles[Role.OPERATOR]
        (self.town.state / KEY_LIST).write_bytes(make_key_list(signers=both).data)
        put(self.town.masks, document(DOOR))
        state, none = self.town.uplink, folder / "none"
        places = Places((none,), none, none, none, none, none, state)
        self.uplink = fetched_mask_order(places, self.city.authority.payload, NODE)

    def order(self, tree: object) -> bytes:
        """The desk makes an order and publishes it."""
        text = written(tree).decode()
        data = make_mask_order(self.office, self.store, NODE, text, "R-0815", NOW_US).data
        publish_mask_order(self.center, NODE, data)
        return data

    def fetch(self) -> bool:
        return self.uplink.fetch(Line(self.center))


@pytest.fixture
def way(tmp_path: Path) -> Iterator[Way]:
    way = Way(tmp_path)
    yield way
    way.center.close()


def test_a_neighbours_request_becomes_a_signed_mask(way: Way) -> None:
    assert not way.fetch()
    larger = document(DOOR, WINDOW)
    data = way.order(larger)
    tally = play(way.town, 50, steps={15: way.fetch})
    way.town.require_chained()
    (change,) = way.town.details(Kind.MASKS)
    assert (change.before, change.after) == (maskset.digest(parsed(document(DOOR))), maskset.digest(parsed(larger)))
    assert (change.valid, change.reference) == (True, "R-0815")
    assert way.town.of(Kind.SEGMENT)[-1].header.manifest.masks == change.after
    assert tally.mask_order == signed.parse("mask-order", MaskOrder, data).payload.counter
    assert not way.fetch()


def test_a_request_to_uncover_comes_back_as_a_refusal(way: Way) -> None:
    way.order(document(WINDOW))
    tally = play(way.town, 40, steps={15: way.fetch})
    assert "only a visit may make masks smaller" in tally.status(NOW_US).mask_order_refused
    assert way.town.details(Kind.MASKS) == []


def test_an_older_order_does_not_pass_the_center_again(way: Way) -> None:
    first = way.order(document(DOOR, WINDOW))
    way.order(document(DOOR, WINDOW, mask(id="garden-1", polygon=rectangle(0.3, 0.8, 0.4, 0.9))))
    with pytest.raises(Refused, match="taken already"):
        publish_mask_order(way.center, NODE, first)
