"""Makes a bare installation a node of a city, as first boot and visit do: documents, keys, masks, then the target.

The settings are those of a city's profile, with what a container cannot have in its place: a drawn street for a
camera, a small ring, pins that a file moves.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from edge.base.clock import SECOND_US, to_datetime
from edge.base.config import to_toml
from edge.capture.street.layout import private_places
from edge.desk.periods import periods_from
from edge.fleet.profile import Own, node_tree, read_profile
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.keylist import KeyList
from tests.center.city import DAY_US, NOW, TODAY, City
from tests.lab.nodes.disks import Files
from tests.lab.nodes.node import Node
from tests.node.town import pair

CENTER = "center.lab"
_ETC, _STATE = "/etc/mimamori", "/var/lib/mimamori"
_DAYS = 30
LAB: dict[str, Any] = {
    "demo": True,
    "source": {"kind": "street", "width": 320, "height": 240, "fps": 5},
    "encoder": {"bitrate_bps": 200_000},
    "spool": {"capacity_bytes": 24 * 2**20, "reel_bytes": 2**20, "memory_bytes": 8 * 2**20},
    "uplink": {"quiet_hours": [], "rate_limit_bps": 8_000_000},
    "panel": {"kind": "mock"},
}
"""Tables of ``node.toml``; what they do not name stays the profile's. Quiet hours would bind tests to a time."""


def settings(name: str, profile: str = "matsudo", **changes: Any) -> dict[str, Any]:
    """Returns a node's ``node.toml`` as a tree: the profile's, the lab's, then ``changes``, each merged by table."""
    tree = node_tree(read_profile(profile), Own(node=name, camera=name, label=name, center=CENTER))
    tree["encoder"] = {}  # the profile's bitrates are for its picture
    del tree["source"]
    for more in (LAB, changes):
        for key, value in more.items():
            tree[key] = {**tree.get(key, {}), **value} if isinstance(value, dict) else value
    return tree


def documents(city: City, address: str) -> Files:
    """Returns what first boot brings beside ``node.toml``."""
    brought = {f"{_ETC}/{name}": (city.folder / name).read_bytes() for name in ("authority.json", "root.pub", "ca.pem")}
    return {**brought, "/etc/hosts": f"127.0.0.1 localhost\n{address} {CENTER}\n"}


def masks(name: str) -> str:
    """Returns a signed-off mask set of the drawn street's private places."""
    listed = [
        {"id": place, "kind": kind, "consent": f"K-{number:04d}", "margin_px": 4, "polygon": [list(p) for p in outline]}
        for number, (place, kind, outline) in enumerate(private_places(), start=1)
    ]
    at = to_datetime(NOW // SECOND_US * SECOND_US).isoformat()
    return json.dumps({"version": 1, "node": name, "masks": listed, "signed_off": {"by": "lab", "at": at}})


def key_list(city: City, name: str) -> bytes:
    """Returns a list whose private halves ``tests.node.town.secrets`` has; weeks too, for a clock that nobody keeps."""
    periods = periods_from(date.fromisoformat(TODAY), _DAYS)
    pairs = [pair(period) for period in periods]
    word = KeyList(
        node=name, version=1, previous=None, issued=NOW, expires=NOW + 90 * DAY_US,
        days=tuple(one for one in pairs if "W" not in one.period),
        spares=tuple(one for one in pairs if "W" in one.period),
    )  # fmt: skip
    return signed.sign("key-list", word, city.roles[Role.MANAGER], city.roles[Role.OPERATOR]).data


def provision(node: Node, city: City, tree: dict[str, Any], *, with_masks: bool = True) -> None:
    """Has a node that runs make its keys, brings it masks and key list, and starts its target."""
    inbox = f"{_STATE}/uplink/inbox"
    node.write(f"{_ETC}/node.toml", to_toml(tree).decode())
    node.write("/root/ticket.json", city.ticket(node.name).data.decode(), mode=0o600)
    node.run("systemctl", "start", "mimamori-storage.service")
    node.run("mimamori", "check-config", f"{_ETC}/node.toml")
    node.run("mimamori", "node", "init", "--config", f"{_ETC}/node.toml", "--ticket", "/root/ticket.json")
    if with_masks:
        node.write(tree["masks"], masks(node.name))
    node.write(f"{inbox}/key-list.json", key_list(city, node.name).decode())
    node.run("systemd-tmpfiles", "--create", "/usr/lib/mimamori/storage.conf")
    node.run("sync")  # a power cut takes what a moment ago was brought
    node.run("systemctl", "restart", "mimamori.target")


def provisioned(folder: Path, *, extra: str = "") -> City:
    """Makes the city that the nodes belong to; ``extra`` goes to its ``center.toml``."""
    return City(folder, extra=extra, hosts=(CENTER, "localhost", "127.0.0.1"))
