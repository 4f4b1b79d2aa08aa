"""The button, as the panel's hostile counter tells it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.commission.presses import Presses
from tests.commission.site import Site
from tests.seal.samples import NODE


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def looks(site: Site, *counts: tuple[int, str]) -> list[bool]:
    """Returns what each look tells; the first count is there at the making."""
    site.panel(counts[0][0], run=counts[0][1] * 16)
    presses = Presses(site.panel_report, NODE)
    told = []
    for count, run in counts[1:]:
        site.panel(count, run=run * 16)
        told.append(presses.pressed())
    return told


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ([(0, "aa"), (0, "aa"), (1, "aa"), (1, "aa")], [False, True, False]),
        ([(7, "aa"), (8, "aa")], [True]),
        ([(0, "aa"), (9, "aa"), (9, "aa")], [True, False]),
        ([(3, "aa"), (2, "aa"), (2, "aa")], [False, False]),
        ([(3, "aa"), (0, "bb"), (1, "bb")], [False, True]),
        ([(3, "aa"), (1, "bb"), (1, "bb")], [True, False]),
    ],
    ids=["one press", "what was before is past", "many are one", "falling", "new run", "pressed in a new run"],
)
def test_button_is_heard_once(site: Site, counts: list[tuple[int, str]], told: list[bool]) -> None:
    assert looks(site, *counts) == told


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"x" * 5000, b'{"button_visit":5}'], ids=len)
def test_rubbish_is_no_press_and_hides_none(site: Site, data: bytes) -> None:
    presses = Presses(site.panel_report, NODE)
    assert not presses.pressed()
    site.panel(1)
    assert presses.pressed()
    site.panel_report.write_bytes(data)
    assert not presses.pressed()
    site.panel(2)
    assert presses.pressed()


def test_other_nodes_panel_and_the_other_button_are_no_press(site: Site) -> None:
    presses = Presses(site.panel_report, NODE)
    site.panel(5, node="other")
    assert not presses.pressed()
    site.panel(0, asks=4)
    assert not presses.pressed()
