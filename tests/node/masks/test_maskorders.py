"""Orders of larger masks at the node: what is taken, from which frame on, what stays, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.base.errors import BadConfiguration, StorageFault
from edge.mask import floor, maskset
from edge.mask.raster import rasterise
from edge.node.credentials import load_authority
from edge.node.masks import maskorders
from edge.node.masks.maskorders import MaskOrders
from edge.node.statefiles import FLOOR
from edge.seal.manifest import Kind
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.maskorder import MaskOrder
from tests.mask.samples import document, mask, parsed, put, rectangle, written
from tests.node.rig import GEOMETRY, Rig, ScriptedCamera, play
from tests.node.town import NODE, ROLES, START_US, Town

DOOR = mask(id="door-1", polygon=rectangle(0.1, 0.1, 0.25, 0.3))
WINDOW = mask(id="window-9", kind="window", consent="K-0042", polygon=rectangle(0.6, 0.5, 0.8, 0.7))
WALL = mask(id="wall-1", kind="other", polygon=rectangle(0.05, 0.05, 0.9, 0.9))
LARGER, SMALLER, HUGE = document(DOOR, WINDOW), document(WINDOW), document(DOOR, WALL)
BOTH = (Role.MASK, Role.MANAGER, Role.OPERATOR)


def order(tree: object, counter: int = 1, *roles: Role, **changes: Any) -> bytes:
    fields = {"node": NODE, "counter": counter, "issued": START_US, "reference": "R-0815"}
    text = tree.decode() if isinstance(tree, bytes) else written(tree).decode()
    word = MaskOrder.model_validate(fields | {"masks": text} | changes)
    return signed.sign("mask-order", word, *(ROLES[role] for role in roles or (Role.MASK,))).data


def give(town: Town, data: bytes) -> None:
    """The uplink lays an order into the inbox."""
    put(town.config.mask_order, data)


@pytest.fixture
def site(town: Town) -> Town:
    put(town.masks, document(DOOR))
    return town


def hidden(tree: Any) -> Any:
    return rasterise(parsed(tree), GEOMETRY).y


def black(town: Town, tree: Any) -> list[bool]:
    """Whether what these masks hide is black, for each sealed frame; text may stand on it."""
    inner = hidden(tree)
    return [bool((picture[inner] < 60).mean() > 0.9) for picture in town.pictures()]


def test_order_holds_from_one_frame_on_and_is_signed_with_its_reference(site: Town) -> None:
    play(site, 60, steps={25: lambda: give(site, order(LARGER))})
    site.require_chained()
    (change,) = site.details(Kind.MASKS)
    assert (change.valid, change.reference) == (True, "R-0815")
    assert change.after == maskset.digest(parsed(LARGER))
    shown = black(site, LARGER)
    assert shown == sorted(shown) and {False, True} == set(shown)
    assert all(black(site, document(DOOR)))


def test_order_stays_over_a_restart_and_is_not_taken_twice(site: Town) -> None:
    give(site, order(LARGER))
    tally = play(site, 30)
    assert (tally.mask_order, tally.mask_order_refused) == (1, "")
    assert json.loads(site.masks.read_bytes()) == LARGER
    again = Rig(site, boot="b1" * 16).record(ScriptedCamera(site, 30))
    assert (again.mask_order, again.mask_order_refused) == (1, "")
    assert len(site.details(Kind.MASKS)) == 1
    assert again.masks == maskset.digest(parsed(LARGER))


REFUSED: dict[str, tuple[bytes, str]] = {
    "smaller": (order(SMALLER), "uncovers"),
    "over half": (order(HUGE), "both custodians must sign"),
    "over half, one custodian": (order(HUGE, 1, Role.MASK, Role.MANAGER), "both custodians must sign"),
    "another role": (order(LARGER, 1, Role.COMMAND), "no valid signature"),
    "custodians alone": (order(LARGER, 1, Role.MANAGER, Role.OPERATOR), "no valid signature"),
    "another node": (order(LARGER, node="cam-2"), "is for node"),
    "masks of another node": (order(document(DOOR, WINDOW, node="cam-2")), "but this node is"),
    "signed before the sign-off": (order(LARGER, issued=START_US - 1), "is older than the sign-off of 2026-01-05"),
    "no masks": (order(b"{}"), "signed_off"),
    "no order": (b"{", "not"),
    "not signed off": (order(document(DOOR, WINDOW, signed_off=...)), "not signed off"),
}


@pytest.mark.parametrize(("data", "said"), REFUSED.values(), ids=REFUSED)
def test_refused_order_changes_nothing_and_is_told(site: Town, data: bytes, said: str) -> None:
    before = site.masks.read_bytes()
    tally = play(site, 40, steps={15: lambda: give(site, data)})
    assert said in tally.mask_order_refused
    assert said[:40] in tally.status(START_US).mask_order_refused
    assert (tally.mask_order, site.details(Kind.MASKS)) == (0, [])
    assert site.masks.read_bytes() == before
    assert not any(segment.blanked for segment in site.details(Kind.SEGMENT))
    assert tally.status(START_US).faults == {}


def test_older_order_is_refused_and_a_newer_one_ends_the_complaint(site: Town) -> None:
    largest = document(DOOR, WINDOW, mask(id="garden-1", kind="garden", polygon=rectangle(0.3, 0.8, 0.4, 0.9)))
    give(site, order(LARGER, 7))
    rig, told = Rig(site), list[str]()
    steps = {
        15: lambda: give(site, order(largest, 6)),
        28: lambda: told.append(rig.tally.mask_order_refused),
        30: lambda: give(site, order(largest, 8)),
    }
    tally = rig.record(ScriptedCamera(site, 60, steps=steps))
    assert "6 is not above 7" in told[0]
    assert (tally.mask_order, tally.mask_order_refused) == (8, "")
    assert [change.after for change in site.details(Kind.MASKS)][-1] == maskset.digest(parsed(largest))


def test_with_both_custodians_masks_may_cover_more_than_half(site: Town) -> None:
    play(site, 40, steps={15: lambda: give(site, order(HUGE, 1, *BOTH))})
    assert site.details(Kind.MASKS)[0].after == maskset.digest(parsed(HUGE))
    assert black(site, HUGE)[-1]
    assert Rig(site, boot="b1" * 16).record(ScriptedCamera(site, 30)).masks == maskset.digest(parsed(HUGE))


def test_order_that_a_visit_has_overtaken_is_not_taken_afterwards(site: Town) -> None:
    """Refused at first, it would be allowed by the smaller floor of a later visit; nobody asked for it since."""
    largest = document(DOOR, WINDOW, mask(id="garden-1", kind="garden", polygon=rectangle(0.3, 0.8, 0.4, 0.9)))
    put(site.masks, largest)
    play(site, 15)
    give(site, order(LARGER, issued=START_US))
    refused = Rig(site, boot="b1" * 16).record(ScriptedCamera(site, 15))
    assert "uncovers" in refused.mask_order_refused
    floor.write(site.config.state / FLOOR, rasterise(parsed(document(DOOR)), GEOMETRY))
    put(site.masks, document(DOOR, signed_off={"by": "installer", "at": "2026-01-05T12:00:00+09:00"}))
    later = Rig(site, boot="b2" * 16).record(ScriptedCamera(site, 15))
    assert "is older than the sign-off" in later.mask_order_refused
    assert later.masks == maskset.digest(maskset.load(site.masks, NODE))


LEFT_OUT: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], str]] = {
    "the floor is asked": (lambda patch: patch.setattr(floor, "refusal", lambda *_, **__: None), "smaller"),
    "custodians are counted": (
        lambda patch: patch.setattr(maskorders, "custodians_agree", lambda *_: True),
        "over half",
    ),
    "the sign-off is asked": (
        lambda patch: patch.setattr(MaskOrders, "_require_not_overtaken", lambda *_: None),
        "signed before the sign-off",
    ),
    "the order is checked": (
        lambda patch: patch.setattr(
            maskorders, "parse_mask_order", lambda data, *_: signed.parse("mask-order", MaskOrder, data)
        ),
        "another role",
    ),
}


@pytest.mark.parametrize(("leave_out", "case"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_control_without_its_guard_a_bad_order_is_taken(
    site: Town, monkeypatch: pytest.MonkeyPatch, leave_out: Callable[[pytest.MonkeyPatch], None], case: str
) -> None:
    leave_out(monkeypatch)
    tally = play(site, 40, steps={15: lambda: give(site, REFUSED[case][0])})
    assert tally.mask_order == 1


def test_order_that_the_card_refuses_is_tried_again(site: Town) -> None:
    blocker = site.masks.with_name(".masks.json.new")
    give(site, order(LARGER))
    rig, told = Rig(site), list[str]()
    blocker.mkdir()
    steps = {13: lambda: told.append(rig.tally.mask_order_refused), 15: blocker.rmdir}
    tally = rig.record(ScriptedCamera(site, 50, steps=steps))
    assert "cannot be written" in told[0]
    assert (tally.mask_order, tally.mask_order_refused) == (1, "")
    assert not any(segment.blanked for segment in site.details(Kind.SEGMENT))


@pytest.mark.parametrize("finish", [True, False], ids=["finished", "control: not finished"])
def test_order_that_a_power_cut_interrupted_is_finished_at_the_start(
    site: Town, monkeypatch: pytest.MonkeyPatch, finish: bool
) -> None:
    """Cut between the masks and the floor, where masks beyond half of the picture would look as if nobody agreed."""
    play(site, 20)
    give(site, order(HUGE, 1, *BOTH))

    def cut(*_: object) -> None:
        raise StorageFault("the power is cut")

    with monkeypatch.context() as patch:
        patch.setattr(floor, "write", cut)
        Rig(site, boot="b1" * 16).record(ScriptedCamera(site, 20))
    assert json.loads(site.masks.read_bytes()) == HUGE
    orders = MaskOrders(site.config, load_authority(site.config))
    if finish:
        orders.finish(GEOMETRY)
        kept = floor.read(site.config.state / FLOOR)
        assert kept is not None and np.array_equal(kept.y, hidden(HUGE))
        assert Rig(site, boot="b3" * 16).record(ScriptedCamera(site, 30)).mask_order == 1
    else:
        with pytest.raises(BadConfiguration, match="both custodians"):
            Rig(site, boot="b3" * 16).record(ScriptedCamera(site, 30))


def test_damaged_memory_of_the_last_order_is_told_and_replaced(site: Town) -> None:
    give(site, order(LARGER, 3))
    play(site, 15)
    (site.state / "mask-order.json").write_bytes(b"{")
    tally = Rig(site, boot="b1" * 16).record(ScriptedCamera(site, 15))
    assert tally.mask_order == 3
    assert MaskOrders(site.config, load_authority(site.config)).kept.fault == ""


def test_inbox_without_an_order_says_nothing(site: Town) -> None:
    tally = play(site, 15)
    assert (tally.mask_order, tally.mask_order_refused) == (0, "")
    assert not Path(site.state / "mask-order.json").exists()
