"""The city's playbooks on a node whose root is a board's, mounted read-only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ansible.town import BASTION, Town
from tests.lab.nodes import Node, open_lab

NAME = "matsudo-001"
pytestmark = pytest.mark.timeout(1500)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Bastion and node, set up for the first time with the root open, then booted with it closed."""
    with open_lab(tmp_path_factory.mktemp("lab")) as lab:
        made = Town(lab, tmp_path_factory.mktemp("town"))
        node = made.node(NAME, board=True)
        made.provision(BASTION)
        made.provision(NAME)
        node.shutdown()
        node.read_only = True
        node.boot()
        lab.until(lambda: made.sign_in(NAME, "true").status == 0, "the link", 300)
        yield made


def closed(node: Node) -> bool:
    """Whether the root takes no writes."""
    return node.run("touch", "/etc/probe", check=False).status != 0


def test_everything_is_brought_and_the_root_is_closed_after(town: Town) -> None:
    node = town.nodes[NAME]
    assert closed(node)
    assert town.play("site").changed == 0
    assert closed(node)
    town.play("site", "--limit", NAME, baseline_timezone="Asia/Taipei")
    assert closed(node)
    assert "Taipei" in node.run("readlink", "/etc/localtime").out


def test_check_mode_finds_its_way_on_a_closed_root(town: Town) -> None:
    ran = town.play("site", "--check", "--limit", NAME)
    assert ran.recaps[NAME].changed == 0, ran.out
    assert closed(town.nodes[NAME])


def test_release_is_brought_and_the_root_is_closed_after(town: Town) -> None:
    node = town.nodes[NAME]
    town.play("update", update_release=str(town.release(1, "1.0.0")))
    assert node.run("mimamori", "--version").out.split() == ["mimamori", "1.0.0"]
    assert closed(node)
