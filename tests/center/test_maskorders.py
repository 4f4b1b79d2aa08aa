"""Which mask orders the center passes on."""

from __future__ import annotations

import pytest

from edge.base.errors import Refused
from edge.center.advice import advise
from edge.center.center import Center
from edge.center.fleet import view_fleet
from edge.center.gather import report_fleet
from edge.center.maskorders import find_mask_order, publish_mask_order
from edge.center.pages import render_page
from edge.center.words import ALARM
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.maskorder import MaskOrder
from tests.center.city import NOW, TOKYO, City
from tests.center.showcase import beat, enrolled


def order(city: City, counter: int, *, node: str = "cam-1", role: Role = Role.MASK) -> bytes:
    word = MaskOrder(node=node, counter=counter, issued=NOW, reference="R-0815", masks="{}")
    return signed.sign("mask-order", word, city.roles[role]).data


def kept(center: Center, node: str = "cam-1") -> bytes | None:
    with center.database.read() as connection:
        return find_mask_order(connection, node)


def test_newest_order_of_each_node_is_kept(center: Center, city: City) -> None:
    assert kept(center) is None
    for document in (order(city, 5), order(city, 7), order(city, 7)):
        publish_mask_order(center, "cam-1", document)
    assert kept(center) == order(city, 7)
    assert kept(center, "cam-2") is None


@pytest.mark.parametrize("case", ["replayed", "wrong-node", "bad-signature", "bad-json", "replayed-other"])
def test_false_order_is_refused(center: Center, city: City, case: str) -> None:
    publish_mask_order(center, "cam-1", order(city, 5))
    changed = MaskOrder(node="cam-1", counter=5, issued=NOW, reference="R-0816", masks="{}")
    offered = {
        "replayed": order(city, 4),
        "wrong-node": order(city, 6, node="cam-2"),
        "bad-signature": order(city, 6, role=Role.MANAGER),
        "bad-json": b"{",
        "replayed-other": signed.sign("mask-order", changed, city.roles[Role.MASK]).data,
    }[case]
    with pytest.raises(Refused) as caught:
        publish_mask_order(center, "cam-1", offered)
    assert caught.value.failure == case.removesuffix("-other")
    assert kept(center) == order(city, 5)


def test_fleet_page_shows_the_masks_in_force_and_a_refused_order_as_advice(center: Center, city: City) -> None:
    refused = "mask order: uncovers 96 pixels of the mask floor; only a visit may make masks smaller"
    node = enrolled(center, city, "cam-1", NOW)
    beat(center, node, None, NOW, mask_order=7, mask_order_refused=refused)
    page = render_page("fleet.html", refresh=True, view=view_fleet(center))
    for text in ("a" * 12 + " (order 7)", refused, "マスク変更が端末に拒否されました", "shrink in a visit"):
        assert text in page
    (report,) = report_fleet(center, NOW)
    found = {advice.matter: advice.urgent for advice in advise(report, NOW, TOKYO)}
    assert found[ALARM["mask-order"]] is False


def test_node_that_refused_nothing_gives_no_such_advice(center: Center, city: City) -> None:
    """The control of the test above."""
    beat(center, enrolled(center, city, "cam-1", NOW), None, NOW, mask_order=7)
    (report,) = report_fleet(center, NOW)
    assert ALARM["mask-order"] not in [advice.matter for advice in advise(report, NOW, TOKYO)]
