"""Playbooks on real machines: a bastion and a node behind NAT, over real SSH. ``make lab-fleet-ops`` does far more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ansible import scenes
from tests.ansible.town import Town
from tests.lab.nodes import open_lab

NODE = "matsudo-001"
pytestmark = pytest.mark.timeout(1500)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Bastion and node, set up for the first time."""
    with open_lab(tmp_path_factory.mktemp("lab")) as lab:
        made = Town(lab, tmp_path_factory.mktemp("town"))
        scenes.set_up(made, [NODE])
        yield made


def test_a_node_lets_in_whoever_shows_a_certificate_over_the_link_and_nobody_else(town: Town) -> None:
    scenes.only_certificates_get_in(town, NODE)


def test_a_stolen_nodes_link_is_dead_after_one_command_and_its_key_never_counts_again(town: Town) -> None:
    scenes.revoked_node_is_cut_off(town, NODE)
