"""A node that sends to a real center, through power cuts and a spoilt card: nginx, mosquitto and center in the lab."""

from __future__ import annotations

import json
import os

import pytest

from tests.lab.nodes import Node, NodeLab
from tests.lab.nodes.provision import CENTER, documents, provision, settings
from tests.lab.nodes.townhall import TownHall

NAME = "matsudo-019"
MIB = 2**20
DISKS = {"mimamori-state": 64 * MIB, "mimamori-spool": 96 * MIB}
RECORDER = "mimamori-recorder.service"


@pytest.fixture(scope="module")
def node(lab: NodeLab, town: TownHall) -> Node:
    files = documents(town.city, lab.address)
    node = lab.node(NAME, files=files, formatted=("mimamori-state",), disks=DISKS, on_image=True)
    node.boot()
    where = {"center_url": f"https://{CENTER}:{town.public}", "mqtt_port": town.mqtt}
    provision(node, town.city, settings(NAME, uplink=where))
    return node


def footage_goes_on(lab: NodeLab, town: TownHall, what: str) -> None:
    before = town.receipted(NAME)
    lab.until(lambda: town.receipted(NAME) > before + 4, f"receipts {what}", 180)


def test_node_enrols_records_and_gets_receipts(lab: NodeLab, town: TownHall, node: Node) -> None:
    footage_goes_on(lab, town, "of the first footage")
    lab.until(lambda: node.shell("cat /var/lib/mimamori/uplink/receipts/*").out.count("\n") > 0, "receipts on the card")
    lab.until(lambda: town.beats(NAME) == 1, "a heartbeat")


def test_footage_goes_on_after_the_power_was_cut(lab: NodeLab, town: TownHall, node: Node) -> None:
    chains, before = town.chains(NAME), town.receipted(NAME)
    node.power_cut()
    node.boot()
    footage_goes_on(lab, town, "after the power cut")
    assert town.chains(NAME) == chains, "it is the same chain: nothing that was recorded is lost"
    assert "power" in json.loads(node.read("/run/mimamori/recorder.json"))["gaps_24h"]
    assert town.receipted(NAME) > before


def test_spool_that_cannot_be_mounted_is_made_anew_and_recorded_to(lab: NodeLab, town: TownHall, node: Node) -> None:
    chains = town.chains(NAME)
    node.shutdown()
    with (node.folder / "mimamori-spool.img").open("r+b") as image:
        image.write(os.urandom(80 * MIB))
    node.boot()
    assert "made anew" in node.journal("-u", "mimamori-storage.service")
    footage_goes_on(lab, town, "from the new spool")
    lab.until(lambda: town.chains(NAME) == chains + 1, "its chain")
    options = node.run("findmnt", "-no", "OPTIONS", "/var/spool/mimamori").out
    assert {"noatime", "commit=300", "nodev", "nosuid", "noexec"} <= set(options.strip().split(","))


def test_node_whose_root_takes_no_writes_records(lab: NodeLab, town: TownHall, node: Node) -> None:
    node.shutdown()
    node.read_only = True
    node.boot()
    assert node.shell("touch /etc/probe", check=False).status != 0
    footage_goes_on(lab, town, "from a read-only root")
    assert node.run("systemctl", "--failed", "--no-legend").out == ""


def test_board_that_hangs_and_goes_on_loses_no_record(lab: NodeLab, town: TownHall, node: Node) -> None:
    node.freeze()
    node.thaw()
    footage_goes_on(lab, town, "after it hung")
    assert node.property(RECORDER, "NRestarts") == "0"


def test_state_that_cannot_be_mounted_starts_nothing_and_loses_no_key(town: TownHall, node: Node) -> None:
    """Last, for it ends the node."""
    node.shutdown()
    image = node.folder / "mimamori-state.img"
    image.write_bytes(os.urandom(64 * MIB))
    spoilt = image.read_bytes()
    node.boot()
    assert node.property("mimamori-storage.service", "ExecMainStatus") == "74"
    assert node.property(RECORDER, "ActiveState") == "inactive"
    assert image.read_bytes() == spoilt
