"""A small city for playbooks: bastion and nodes in the lab, the controller's files, ``ansible-playbook`` itself.

The bastion stands on the lab's first bridge, as on the city's network; nodes stand on another, behind a router that
translates their addresses and lets nothing in that they did not ask for.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from edge.base.clock import SystemClock
from edge.desk.keystore import KeyStore
from edge.desk.office import open_office, role_key
from edge.fleet.profile import PROFILES
from edge.wire.authority import Role
from tests.ansible.controller import CITY, WORDS, Controller, Recap, recaps
from tests.ansible.tables import ANSIBLE
from tests.lab.firstboot.card import lab_profile
from tests.lab.keylists import first_key_list
from tests.lab.nodes import Done, Node, NodeLab
from tests.lab.update.releases import Spoil, make_release, nothing

HOME, ROUTER = "mmlhome", "10.89.0.1"
BASTION = "bastion.city.example"
_STATE_BYTES, _SPOOL_BYTES = 640 * 2**20, 96 * 2**20
ROUTER_FORWARDS = f"""
table ip router {{
  chain forward {{
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    iifname "{HOME}" accept
  }}
}}
"""
_ROUTER_RULES = f"""{ROUTER_FORWARDS}
table ip router {{
  chain leaving {{
    type nat hook postrouting priority srcnat;
    iifname "{HOME}" masquerade
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a playbook ended."""

    status: int
    out: str
    recaps: Mapping[str, Recap]

    @property
    def changed(self) -> int:
        """Returns changes on all hosts together."""
        return sum(recap.changed for recap in self.recaps.values())


class Town:
    """Controller, bastion and nodes.

    Args:
        folder: empty; the controller's.
    """

    def __init__(self, lab: NodeLab, folder: Path) -> None:
        self.lab, self.folder, self.controller = lab, folder, Controller(folder)
        self.files, self.inventory = self.controller.files, self.controller.inventory
        self.nodes: dict[str, Node] = {}
        self.center: Node | None = None
        self._settings: dict[str, Any] = {
            "city_files": str(self.files),
            "ssh_key": str(self.controller.key),
            "node_profile": str(lab_profile(folder, CITY, {"panel": {"kind": "none"}})),
            "profile": tomllib.loads((PROFILES / f"{CITY}.toml").read_text()),
            "management_link_packages": ["wireguard-tools", "wireguard-go"],
            "network_kind": "unmanaged",
        }
        lab.bridge(HOME, f"{ROUTER}/24")
        lab.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
        lab.run("nft", "-f", "-", stdin=_ROUTER_RULES)
        self.bastion = lab.node(BASTION, bare=True, files={"/etc/hosts": f"127.0.0.1 localhost\n127.0.1.1 {BASTION}\n"})
        self.bastion.boot()

    def node(self, name: str, *, board: bool = False) -> Node:
        """Boots a node at home, as first boot leaves it: with the name of the bastion to be resolved.

        Args:
            board: with state and spool on partitions, and a root that can be remounted.
        """
        address = f"10.89.0.{11 + len(self.nodes)}"
        hosts = f"127.0.0.1 localhost\n127.0.1.1 {name}\n{self.bastion.address} {BASTION}\n"
        files = {"/etc/hosts": hosts, **at_home(address)}
        disks = {"mimamori-state": _STATE_BYTES, "mimamori-spool": _SPOOL_BYTES} if board else {}
        made = self.lab.node(
            name, bridge=HOME, address=f"{address}/24", files=files, ext4_root=board, disks=disks, formatted=disks
        )
        made.boot()
        self.nodes[name] = made
        self.write_inventory()
        return made

    def more(self, **settings: Any) -> None:
        """Settings of every run from now on."""
        self._settings |= settings

    def write_inventory(self) -> None:
        """Writes the example's inventory with the lab's hosts in it; group variables are the example's own."""
        self.controller.fresh_inventory()
        by_city: dict[str, Any] = {}
        for name, node in self.nodes.items():
            by_city.setdefault(name.rpartition("-")[0], {"hosts": {}})["hosts"][name] = self._first_way(node)
        machines = {"bastion": self.bastion, **({"center": self.center} if self.center else {})}
        children: dict[str, Any] = {
            group: {"hosts": {one.name: {"own_host": one.address, **self._first_way(one)}}}
            for group, one in machines.items()
        }
        children["nodes"] = {"children": by_city}
        (self.inventory / "hosts.yml").write_text(json.dumps({"all": {"children": children}}))

    def provision(self, *names: str, check: bool = True, **settings: Any) -> Ran:
        """Sets machines up for the first time: reached as root, by the key that is on them, their host keys known."""
        known = self.folder / "first_known_hosts"
        known.write_text("".join((node.folder / "known_hosts").read_text() for node in self.lab.nodes))
        way = f"-F none -i {self.lab.key} -o BatchMode=yes -o UserKnownHostsFile={known} -o StrictHostKeyChecking=yes"
        self.controller.write_tickets(*self.nodes.keys() & set(names))
        return self.play(
            "provision", "--limit", ",".join(names), check=check, provision_user="root", provision_ssh_args=way,
            identity_tickets=str(self.controller.tickets), **settings,
        )  # fmt: skip

    def play(self, book: str, *words: str, check: bool = True, **settings: Any) -> Ran:
        """Runs a playbook in the lab's network.

        Raises:
            RuntimeError: it failed, and ``check`` asks for more.
        """
        path = self.folder / "settings.json"
        path.write_text(json.dumps({**self._settings, **settings}))
        command = self.controller.command(book, path, *words)
        done = self.lab.run("env", "-C", str(ANSIBLE), *command, check=False, environment=self.controller.environment)
        ran = Ran(done.status, done.out + done.err, recaps(done.out))
        if check and done.status:
            raise RuntimeError(f"{book}: status {done.status}: {ran.out[-6000:]}")
        return ran

    def release(self, number: int, version: str, spoil: Spoil = nothing) -> Path:
        """Makes a release that the city's desk signed."""
        store, now_us = KeyStore.unlock(self.files / "desk", WORDS["desk"]), SystemClock().now_us()
        signer = role_key(store, open_office(self.files / "desk").authority.payload, Role.RELEASE, now_us)
        return make_release(self.folder / f"release-{number}", signer, number, version, now_us, spoil)

    def audit(self) -> tuple[int, dict[str, Any]]:
        """Runs ``mimamori fleet audit``; returns its status and each machine's tree."""
        path = self.folder / "settings.json"
        path.write_text(json.dumps(self._settings))
        words = ["fleet", "audit", "--inventory", str(self.inventory), "--more", f"-e @{path}", "--json"]
        done = self.lab.run(
            sys.executable, "-m", "edge.cli", *words, "--html", str(self.folder / "audit.html"), check=False,
            environment=self.controller.environment,
        )  # fmt: skip
        if not done.out.startswith("["):
            raise RuntimeError(f"fleet audit: status {done.status}: {done.err[-3000:]}")
        return done.status, {machine["name"]: machine for machine in json.loads(done.out)}

    def sign_in(self, name: str, *command: str, user: str = "mimamori-admin", certificate: bool = True) -> Done:
        """Signs in to a node as people do, through the bastion; without a certificate by the same key alone."""
        key = self.controller.key if certificate else self.controller.key.with_name("bare")
        return self.lab.run(
            "ssh", *self._ssh_words(name, key), f"{user}@{self.link_address(name)}", *command, check=False
        )

    def link_address(self, name: str) -> str:
        """Returns a node's address on the link, as the inventory has it."""
        digest = hashlib.sha256(name.encode()).hexdigest()
        return "fd4d:4d45:1:1:" + ":".join(digest[start : start + 4] for start in range(0, 16, 4))

    def _ssh_words(self, name: str, key: Path) -> list[str]:
        common = "-F none -o BatchMode=yes -o ConnectTimeout=20 -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes"
        common += f" -o UserKnownHostsFile={self.files / 'ssh' / 'known_hosts'}"
        jump = f"ssh {common} -i {self.controller.key} -o HostKeyAlias={BASTION} -W [%h]:%p"
        jump += f" mimamori-admin@{self.bastion.address}"
        return [*common.split(), "-i", str(key), "-o", f"HostKeyAlias={name}", "-o", f"ProxyCommand={jump}"]

    def _first_way(self, node: Node) -> dict[str, str]:
        return {"provision_host": node.address, "outside_address": node.address}

    def keep_key_list(self, name: str) -> None:
        """Keeps at the desk what both custodians signed for a node, as publishing does: no center passes it on here."""
        now_us, zone = SystemClock().now_us(), ZoneInfo("Asia/Tokyo")
        people = self.controller.people
        document = first_key_list(people["manager"], people["operator"], name, now_us, zone, days=10)
        folder = self.files / "desk" / "key-lists" / name
        folder.mkdir(parents=True)
        (folder / f"{document.payload.version:09d}-{document.sha256[:16]}.json").write_bytes(document.data)


def at_home(address: str) -> dict[str, str]:
    """Returns the file that gives a node behind the router its address."""
    route = "[Match]\nName=host0\n[Network]\n" + f"Address={address}/24\nGateway={ROUTER}\n"
    return {"/etc/systemd/network/10-lab.network": route}
