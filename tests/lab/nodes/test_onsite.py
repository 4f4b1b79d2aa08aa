"""The on-site network on a booted node: the units, NetworkManager and dnsmasq themselves, a phone at the other end.

By cable, for no radio is here; NetworkManager reads the radio's connection, too.
"""

from __future__ import annotations

import pytest

from edge.commission.accesspoint import AccessPoint
from edge.commission.onsitenetwork import KEYFILE, NAMES, OnSiteNetwork, keyfile, names
from tests.lab.nodes import File, Node, NodeLab
from tests.lab.nodes.phone import Phone

ADDRESS, PORT = "192.168.70.1", "onsite0"
CABLE = OnSiteNetwork(ADDRESS, None, interface=PORT)
ODD = AccessPoint(ssid='0;1"松', passphrase=r' a\b;c "d" ')
UNITS = ("mimamori-onsite.service", "mimamori-onsite-names.service")
COMMISSION = "[Service]\nExecStart=/usr/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n"
"""Stands for the page's process, whose wish the test writes."""


@pytest.fixture(scope="module")
def node(lab: NodeLab) -> Node:
    node = lab.node(
        "matsudo-017",
        files={
            KEYFILE: File(keyfile(CABLE).decode(), 0o600),
            NAMES: names(CABLE).decode(),
            "/etc/systemd/system/mimamori-commission.service": COMMISSION,
        },
        links={"/etc/systemd/system/mimamori-commission.service.d/10-process.conf": "/dev/null"},
    )
    node.boot()
    lab.run("ip", "link", "add", "phone0", "type", "veth", "peer", "name", PORT, "netns", str(node.pid))
    lab.run("ip", "link", "set", "phone0", "up")
    node.shell("mkdir -p /run/mimamori; systemctl start NetworkManager mimamori-commission mimamori-onsite.path")
    return node


def has_address(node: Node) -> bool:
    return f"inet {ADDRESS}/24" in node.run("ip", "-4", "address", "show", PORT).out


def wish(node: Node, *, wanted: bool) -> None:
    node.run(*(("touch",) if wanted else ("rm", "-f")), "/run/mimamori/onsite")


def is_up(node: Node) -> bool:
    """Whether it has its address, and dnsmasq listens on it."""
    return has_address(node) and f"{ADDRESS}:53" in node.run("ss", "-Hlun").out


def is_down(node: Node) -> bool:
    """Whether nothing of it is left."""
    return not has_address(node) and {node.property(unit, "ActiveState") for unit in UNITS} == {"inactive"}


def test_phone_gets_an_address_and_every_name_is_the_node_while_the_network_is_wanted(lab: NodeLab, node: Node) -> None:
    assert is_down(node)
    wish(node, wanted=True)
    lab.until(lambda: is_up(node), "the on-site network", 60)
    with lab.network(), Phone("phone0") as phone:
        lease = phone.ask_for_address()
        assert lease.address.startswith("192.168.70.1")
        assert (lease.server, lease.router, lease.names) == (ADDRESS, ADDRESS, ADDRESS)
    lab.run("ip", "address", "replace", f"{lease.address}/24", "dev", "phone0")
    with lab.network(), Phone("phone0") as phone:
        for name in ("connectivitycheck.gstatic.com", "captive.apple.com", "example"):
            assert phone.look_up(name, ADDRESS) == [ADDRESS]
        assert phone.look_up("captive.apple.com", ADDRESS, kind=28) == []
    wish(node, wanted=False)
    lab.until(lambda: is_down(node), "its end", 60)


def test_nothing_is_forwarded_or_translated(lab: NodeLab, node: Node) -> None:
    wish(node, wanted=True)
    lab.until(lambda: is_up(node), "the on-site network", 60)
    assert node.read("/proc/sys/net/ipv4/ip_forward") == "0\n"
    assert "masquerade" not in node.run("nft", "list", "ruleset").out
    assert node.run("ip", "route", "show", "default").out == ""
    wish(node, wanted=False)
    lab.until(lambda: is_down(node), "its end", 60)


def test_control_networkmanagers_own_sharing_would_be_seen(lab: NodeLab, node: Node) -> None:
    shared = keyfile(CABLE).decode().replace("method=manual", "method=shared")
    node.write(KEYFILE, shared, mode=0o600)
    node.shell(f"nmcli connection load {KEYFILE}; nmcli --wait 60 connection up mimamori-onsite")
    forwards = node.read("/proc/sys/net/ipv4/ip_forward")
    node.shell("nmcli --wait 60 connection down mimamori-onsite; echo 0 >/proc/sys/net/ipv4/ip_forward")
    node.write(KEYFILE, keyfile(CABLE).decode(), mode=0o600)
    assert forwards == "1\n"


def test_network_ends_with_the_pages_process_however_that_ends(lab: NodeLab, node: Node) -> None:
    wish(node, wanted=True)
    lab.until(lambda: is_up(node), "the on-site network", 60)
    node.run("systemctl", "kill", "--signal=KILL", "mimamori-commission.service")
    lab.until(lambda: is_down(node), "its end", 60)
    assert "onsite" not in node.run("ls", "/run/mimamori").out.split()
    node.run("systemctl", "reset-failed", "mimamori-commission.service")
    node.run("systemctl", "start", "mimamori-commission.service")


def test_passphrase_that_was_rotated_meanwhile_counts_at_the_next_visit(lab: NodeLab, node: Node) -> None:
    """The file is loaded anew each time: here it is another address that shows it."""
    other = (
        keyfile(CABLE).decode().replace("address1=192.168.70.1/24", "address1=192.168.70.1/24\naddress2=10.9.9.9/24")
    )
    node.write(KEYFILE, other, mode=0o600)
    wish(node, wanted=True)
    lab.until(lambda: "10.9.9.9" in node.run("ip", "-4", "address", "show", PORT).out, "the changed connection", 60)
    wish(node, wanted=False)
    lab.until(lambda: is_down(node), "its end", 60)
    node.write(KEYFILE, keyfile(CABLE).decode(), mode=0o600)


def test_networkmanager_reads_the_radios_connection_as_it_is_meant(node: Node) -> None:
    path = "/etc/NetworkManager/system-connections/odd.nmconnection"
    text = keyfile(OnSiteNetwork(ADDRESS, ODD)).decode().replace("id=mimamori-onsite", "id=odd")
    node.write(path, text, mode=0o600)
    node.run("nmcli", "connection", "load", path)
    fields = ("802-11-wireless.mode", "802-11-wireless.ssid", "802-11-wireless.band", "802-11-wireless.channel")
    security = ("key-mgmt", "proto", "pairwise", "group", "psk")
    wanted = ",".join([*fields, *(f"802-11-wireless-security.{name}" for name in security), "connection.autoconnect"])
    shown = node.run("nmcli", "--show-secrets", "--escape", "no", "-g", wanted, "connection", "show", "odd").out
    assert shown.split("\n") == [
        "ap", ODD.ssid, "bg", "6", "wpa-psk", "rsn", "ccmp", "ccmp", ODD.passphrase, "no", "",
    ]  # fmt: skip
    assert "unknown" not in node.journal("-u", "NetworkManager")


def test_dnsmasq_takes_its_configuration(node: Node) -> None:
    assert node.run("dnsmasq", "--test", f"--conf-file={NAMES}").status == 0


@pytest.mark.parametrize("unit", UNITS)
def test_units_are_sound_and_little_exposed(node: Node, unit: str) -> None:
    node.run("systemd-analyze", "verify", f"/usr/lib/systemd/system/{unit}")
    assert node.run("systemd-analyze", "security", "--threshold=20", unit, check=False).status == 0
