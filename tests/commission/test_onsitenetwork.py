"""The files of the on-site network; that NetworkManager and dnsmasq take them is tried in ``tests/lab/nodes``."""

from __future__ import annotations

import configparser

import pytest

from edge.base.errors import BadConfiguration
from edge.commission.accesspoint import AccessPoint
from edge.commission.onsitenetwork import OnSiteNetwork, keyfile, names

ACCESS = AccessPoint(ssid="matsudo-017", passphrase="k7rm-2xqd-9tpw-h4ne")
RADIO = OnSiteNetwork("192.168.70.1", ACCESS)


def sections(network: OnSiteNetwork) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.read_string(keyfile(network).decode())
    return parser


def test_network_is_wpa2_or_wpa3_on_2_4_ghz_and_never_comes_up_by_itself() -> None:
    found = sections(RADIO)
    assert dict(found["connection"]) == {
        "id": "mimamori-onsite", "type": "wifi", "interface-name": "wlan0", "autoconnect": "false",
    }  # fmt: skip
    assert dict(found["wifi"]) == {"mode": "ap", "band": "bg", "channel": "6", "ssid": "matsudo-017"}
    security = dict(found["wifi-security"])
    assert security.pop("psk") == ACCESS.passphrase
    assert security == {"key-mgmt": "wpa-psk", "proto": "rsn", "pairwise": "ccmp", "group": "ccmp"}


def test_nothing_of_the_nodes_line_is_shared() -> None:
    """``shared`` would have NetworkManager forward and translate; a default route would lead the node astray."""
    found = sections(RADIO)
    assert (found["ipv4"]["method"], found["ipv4"]["never-default"]) == ("manual", "true")
    assert found["ipv4"]["address1"] == "192.168.70.1/24"
    assert dict(found["ipv6"]) == {"method": "disabled"}


def test_cable_has_the_same_address_and_no_radio() -> None:
    found = sections(OnSiteNetwork("192.168.70.1", None))
    assert (found["connection"]["type"], found["connection"]["interface-name"]) == ("ethernet", "eth0")
    assert found["ipv4"] == sections(RADIO)["ipv4"]
    assert not {"wifi", "wifi-security"} & set(found.sections())


def test_every_name_is_the_node_and_phones_get_addresses_beside_it() -> None:
    lines = names(RADIO).decode().splitlines()
    assert "address=/#/192.168.70.1" in lines
    assert "dhcp-range=192.168.70.100,192.168.70.199,255.255.255.0,15m" in lines
    assert {"interface=wlan0", "bind-dynamic", "no-resolv", "local=/#/", "leasefile-ro", "quiet-dhcp"} <= set(lines)


def test_passphrase_is_in_the_keyfile_alone() -> None:
    secret = ACCESS.passphrase.encode()
    assert secret in keyfile(RADIO)
    assert secret not in names(RADIO) + repr(RADIO).encode()


@pytest.mark.parametrize("ssid", ["123", "1;2", "a;b", "松", "a b", "A"])
def test_name_that_could_be_read_otherwise_is_written_as_bytes(ssid: str) -> None:
    written = sections(OnSiteNetwork("192.168.70.1", AccessPoint(ssid=ssid, passphrase="long enough")))["wifi"]["ssid"]
    assert bytes(int(number) for number in written.rstrip(";").split(";")).decode() == ssid


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "127.0.0.1", "fe80::1", "192.168.70.0", "192.168.70.255", "192.168.70.100", "192.168.70.199"]
)
def test_address_that_phones_could_not_use_is_refused(address: str) -> None:
    with pytest.raises(BadConfiguration, match=r"\[visit\] address"):
        names(OnSiteNetwork(address, None))


@pytest.mark.parametrize("address", ["192.168.70.1", "10.9.9.254", "172.16.0.99", "192.168.70.200"])
def test_private_address_is_taken(address: str) -> None:
    assert f"address=/#/{address}".encode() in names(OnSiteNetwork(address, None))
