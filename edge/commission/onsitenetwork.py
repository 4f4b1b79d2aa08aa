"""The on-site network as files of a node: NetworkManager's connection, names and addresses for phones.

Rules:
  1. Nothing is shared: the address is fixed (``method=manual``), and NetworkManager neither forwards nor translates.
  2. Every name leads to the node, so that a phone that looks for the internet finds the page instead.
  3. It comes up by ``edge.commission.onsite`` alone, never by itself.
  4. Leases lie in memory and no phone's address in a log.

The formats: nm-settings-keyfile(5), dnsmasq(8).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Interface, ip_interface
from typing import TYPE_CHECKING

from edge.base.errors import BadConfiguration

if TYPE_CHECKING:  # the process that only starts the network needs no models
    from edge.commission.accesspoint import AccessPoint

CONNECTION = "mimamori-onsite"
KEYFILE = f"/etc/NetworkManager/system-connections/{CONNECTION}.nmconnection"
NAMES = "/etc/mimamori/onsite.conf"
CHANNEL = 6
"""Of 2.4 GHz: there in every country's phones, which 12 and 13 are not."""
_LEASES_FROM, _LEASES_TO = 100, 199
_PLAIN = re.compile(r"[a-z0-9-]*[a-z][a-z0-9-]*")
_RADIO_NAME, _CABLE_NAME = "wlan0", "eth0"


@dataclass(frozen=True, slots=True)
class OnSiteNetwork:
    """The network.

    Attributes:
        address: ``[visit] address``; its /24 is the network.
        access: what it opens with, by radio; None by cable.
        interface: the board's first radio or port where none is given.
    """

    address: str
    access: AccessPoint | None
    interface: str = ""

    @property
    def device(self) -> str:
        """The interface's name."""
        return self.interface or (_RADIO_NAME if self.access else _CABLE_NAME)


def keyfile(network: OnSiteNetwork) -> bytes:
    """Returns NetworkManager's connection; mode 0600, for it has the passphrase.

    Raises:
        BadConfiguration: the address is of no private network with room for phones.
    """
    kind = "ethernet" if network.access is None else "wifi"
    head = f"[connection]\nid={CONNECTION}\ntype={kind}\ninterface-name={network.device}\nautoconnect=false\n"
    address = (
        f"\n[ipv4]\nmethod=manual\naddress1={_interface(network)}\nnever-default=true\n\n[ipv6]\nmethod=disabled\n"
    )
    return (head + (_radio(network.access) if network.access else "") + address).encode()


def names(network: OnSiteNetwork) -> bytes:
    """Returns dnsmasq's configuration: addresses for phones, and the node's for every name.

    Raises:
        BadConfiguration: as of ``keyfile``.
    """
    interface = _interface(network)
    first, last = (interface.network.network_address + host for host in (_LEASES_FROM, _LEASES_TO))
    return f"""interface={network.device}
except-interface=lo
bind-dynamic
no-resolv
no-hosts
local=/#/
address=/#/{network.address}
dhcp-range={first},{last},255.255.255.0,15m
dhcp-option=option:router,{network.address}
dhcp-option=option:dns-server,{network.address}
dhcp-authoritative
leasefile-ro
no-ping
quiet-dhcp
""".encode()


def _interface(network: OnSiteNetwork) -> IPv4Interface:
    interface = ip_interface(f"{network.address}/24")
    host = int(interface.ip) - int(interface.network.network_address)
    if not isinstance(interface, IPv4Interface) or not interface.is_private or interface.is_loopback:
        raise BadConfiguration(
            f"[visit] address {network.address}: a private IPv4 address is needed, like 192.168.70.1"
        )
    if host in (0, 255) or _LEASES_FROM <= host <= _LEASES_TO:
        raise BadConfiguration(
            f"[visit] address {network.address}: ends with 0, 255 or a number that phones get"
            f" ({_LEASES_FROM} to {_LEASES_TO}); take 1"
        )
    return interface


def _radio(access: AccessPoint) -> str:
    """WPA2 and, where radio and phone can, WPA3 personal: that is what NetworkManager calls ``wpa-psk``."""
    return f"""
[wifi]
mode=ap
band=bg
channel={CHANNEL}
ssid={_ssid(access.ssid)}

[wifi-security]
key-mgmt=wpa-psk
proto=rsn
pairwise=ccmp
group=ccmp
psk={_escaped(access.passphrase)}
"""


def _ssid(ssid: str) -> str:
    """A name that could be read as a list of numbers, or holds more than letters, is written as its bytes."""
    return ssid if _PLAIN.fullmatch(ssid) else "".join(f"{byte};" for byte in ssid.encode())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(" ", "\\s")
