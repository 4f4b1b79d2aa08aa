"""A node without a line: real playbooks from the city's PC, on the network that is there in a visit alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from edge.commission.onsitenetwork import KEYFILE, NAMES, OnSiteNetwork, keyfile, names
from tests.ansible.scenes import knock, listeners
from tests.ansible.town import Town
from tests.lab.firstboot.card import lab_profile
from tests.lab.firstboot.visit import hold_button, stands
from tests.lab.nodes import Done, Node, open_lab
from tests.lab.nodes.desk_pc import NODE_ADDRESS, OWN_ADDRESS, plug_in

pytestmark = pytest.mark.timeout(1800)  # a playbook on a machine under load

NAME, PORT = "asahikawa-001", "wlan0"
CABLE = OnSiteNetwork(NODE_ADDRESS, None, interface=PORT)
"""In the place of the radio, by its name."""
_HELD = itertools.count()
"""How often the button was held: a container has no pins, so the test says what the panel would."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The node, set up on the bench, where its on-site address is up as in a visit."""
    with open_lab(tmp_path_factory.mktemp("nodes")) as lab:
        town = Town(lab, tmp_path_factory.mktemp("town"))
        button = lab_profile(tmp_path_factory.mktemp("profile"), "matsudo")
        town.more(node_profile=str(button))  # without one there is no visit
        node = town.node(NAME)
        plug_in(lab, node, PORT)
        node.run("ip", "addr", "add", f"{NODE_ADDRESS}/24", "dev", PORT)
        town.keep_key_list(NAME)
        town.provision(NAME)
        node.write(KEYFILE, keyfile(CABLE).decode(), mode=0o600)
        node.write(NAMES, names(CABLE).decode())
        node.run("ip", "addr", "del", f"{NODE_ADDRESS}/24", "dev", PORT)
        node.shell("systemctl start NetworkManager mimamori-onsite.path")
        hold_button(node, next(_HELD))
        lab.until(lambda: stands(node) == "closed", "the page's process")
        yield town


def visit(town: Town, *, opened: bool) -> None:
    """Holds the button, which begins a visit and ends it, and waits for the network that comes and goes with it."""
    node = town.nodes[NAME]
    if (NODE_ADDRESS in addresses(node)) is not opened:
        hold_button(node, next(_HELD))
    town.lab.until(lambda: (NODE_ADDRESS in addresses(node)) is opened, "the on-site network", 120)


def addresses(node: Node) -> str:
    return node.run("ip", "-4", "address", "show", PORT).out


def sign_in(town: Town, *, certificate: bool = True) -> Done:
    """Signs in as people do who stand at the camera; without a certificate by the same key alone."""
    key = town.files / "ssh" / ("id_ed25519" if certificate else "bare")
    words = ("BatchMode=yes", "ConnectTimeout=20", "StrictHostKeyChecking=yes", "IdentitiesOnly=yes",
             f"UserKnownHostsFile={town.files / 'ssh' / 'known_hosts'}", f"HostKeyAlias={NAME}")  # fmt: skip
    options = [word for one in words for word in ("-o", one)]
    return town.lab.run(
        "ssh", "-F", "none", *options, "-i", str(key), f"mimamori-admin@{NODE_ADDRESS}", "hostname", check=False
    )


def test_nobody_reaches_sshd_while_nobody_visits(town: Town) -> None:
    node = town.nodes[NAME]
    assert node.run("ip", "link", "show", "wg0", check=False).status != 0, "no management link"
    assert listeners(town, NAME) == [f"{NODE_ADDRESS}:22"]
    assert knock(town, NODE_ADDRESS, 22) == "silent"
    assert knock(town, node.address, 22) == "silent"


def test_visit_opens_it_to_certificates_alone_and_playbooks_run(town: Town) -> None:
    visit(town, opened=True)
    assert knock(town, NODE_ADDRESS, 22) == "open"
    assert knock(town, town.nodes[NAME].address, 22) == "silent", "the line stays shut"
    assert sign_in(town).out.split() == [NAME]
    bare = sign_in(town, certificate=False)
    assert bare.status != 0
    assert "Permission denied" in bare.err
    ran = town.play("site", "--limit", NAME)
    assert (ran.recaps[NAME].unreachable, ran.recaps[NAME].failures) == (0, 0)
    assert ran.recaps[NAME].ok > 20, ran.out
    town.nodes[NAME].run("sh", "-c", "echo '# by hand' >>/etc/ssh/sshd_config.d/00-mimamori.conf")
    assert town.play("site", "--limit", NAME).recaps[NAME].changed == 2  # the file, and sshd that reads it anew
    assert "# by hand" not in town.nodes[NAME].read("/etc/ssh/sshd_config.d/00-mimamori.conf")


def test_firewall_shuts_the_on_site_interface_but_for_what_is_meant(town: Town) -> None:
    """The control: a rule more, and a port that was silent refuses."""
    node = town.nodes[NAME]
    visit(town, opened=True)
    assert knock(town, NODE_ADDRESS, 2222) == "silent"
    node.run("nft", "add", "rule", "inet", "mimamori", "inbound", "tcp", "dport", "2222", "accept")
    assert knock(town, NODE_ADDRESS, 2222) == "refused"
    node.run("systemctl", "reload", "nftables.service")


def test_end_of_the_visit_ends_it(town: Town) -> None:
    node = town.nodes[NAME]
    visit(town, opened=True)
    visit(town, opened=False)
    assert knock(town, NODE_ADDRESS, 22) == "silent"
    ran = town.play("site", "--limit", NAME, check=False)
    assert f"no answer from {NAME}" in ran.out
    town.lab.until(
        lambda: OWN_ADDRESS not in node.run("ss", "-Htn", "state", "established").out,
        "sshd's end of who answers no more",
        600,
    )
