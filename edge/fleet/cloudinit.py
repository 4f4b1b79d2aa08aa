"""The seed that cloud-init reads from the boot partition: ``user-data``, ``meta-data`` and ``network-config``.

Rules:
  1. It carries no secret.
  2. It fetches nothing: no package lists, no packages, no keys from anywhere.
  3. What makes the node is started at every boot until it is done: cloud-init itself would not repeat what a power cut
     interrupted.
  4. ``network-config`` sets up the cable alone. Debian's cloud-init refuses ``wifis`` where netplan is missing, and no
     version knows modems; both are NetworkManager's connections (``edge.fleet.line``).

All three are JSON, which is YAML. https://docs.cloud-init.io/en/latest/reference/
"""

from __future__ import annotations

import json
from typing import Any

from edge.fleet.profile import Network, Profile

ADMIN = "mimamori-admin"
BEGIN = "/boot/firmware/mimamori/begin"


def user_data(node: str, profile: Profile, *, admin: bool) -> bytes:
    """Returns ``user-data``.

    Args:
        admin: an account for people and playbooks, which signs in by certificate alone (its CA is on the card, too).
    """
    account = {
        "name": ADMIN,
        "gecos": "city IT",
        "shell": "/bin/bash",
        "lock_passwd": True,
        "sudo": "ALL=(ALL) NOPASSWD:ALL",
    }
    tree: dict[str, Any] = {
        "hostname": node,
        "preserve_hostname": False,
        "manage_etc_hosts": "localhost",
        "timezone": profile.timezone,
        "users": [account] if admin else [],
        "ssh_pwauth": False,
        "package_update": False,
        "package_upgrade": False,
        "growpart": {"mode": "off"},
        "resize_rootfs": False,
        "bootcmd": [["sh", BEGIN]],
    }
    return b"#cloud-config\n" + _json(tree)


def meta_data(instance: str) -> bytes:
    """Returns ``meta-data``; another ``instance`` is another first boot."""
    return _json({"instance-id": instance, "dsmode": "local"})


def network_config(network: Network) -> bytes:
    """Returns ``network-config``, whose interface nothing waits for; a cable for service finds a node of any line."""
    dials = network.kind != "none"
    cable = {"optional": True, "dhcp4": dials, "dhcp6": dials}
    return _json({"network": {"version": 2, "ethernets": {"eth0": cable}}})


def _json(tree: dict[str, Any]) -> bytes:
    return json.dumps(tree, indent=2, ensure_ascii=False).encode() + b"\n"
