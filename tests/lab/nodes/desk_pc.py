"""The city's dedicated PC on the way: its files, and a cable to a node's on-site interface, which is no line."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from edge.desk.keystore import KeyStore
from edge.desk.passphrase import Passphrase
from tests.center.city import City
from tests.lab.nodes.ground import Done
from tests.lab.nodes.lab import NodeLab
from tests.lab.nodes.node import Node

NODE_ADDRESS, OWN_ADDRESS = "192.168.70.1", "192.168.70.2"
PORT = "onsite0"
_END = "desk0"
CHECKOUT = Path(__file__).resolve().parents[3]


def plug_in(lab: NodeLab, node: Node, port: str = PORT) -> None:
    """Joins the PC to the node's on-site interface; the node's address there comes and goes by a visit, or a test."""
    lab.run("ip", "link", "add", _END, "type", "veth", "peer", "name", port, "netns", str(node.pid))
    lab.run("ip", "addr", "add", f"{OWN_ADDRESS}/24", "dev", _END)
    lab.run("ip", "link", "set", _END, "up")
    node.run("ip", "link", "set", port, "up")


def desk_folder(city: City, folder: Path) -> Path:
    """Makes the folder that ``desk init`` would make, as far as collecting needs it."""
    KeyStore.create(folder, Passphrase("the words of a desk on the way"))
    for name in ("root.pub", "authority.json", "ca.pem"):
        shutil.copy(city.folder / name, folder / name)
    certificate, key = city.client("@desk")
    shutil.copy(certificate, folder / "certificate.pem")
    shutil.copy(key, folder / "tls.pem")
    return folder


def mimamori(lab: NodeLab, *words: str | Path, environment: Mapping[str, str] | None = None) -> Done:
    """Runs a command of ours on the PC."""
    own = {"PYTHONPATH": str(CHECKOUT), **(environment or {})}
    return lab.run(sys.executable, "-m", "edge.cli", *map(str, words), check=False, environment=own)
