"""Real machines to rotate: nodes and a desk PC as containers, set up as the role ``password_rotation`` does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from edge.fleet.rotation.program import program
from tests.lab.nodes.disks import File, Files
from tests.lab.nodes.lab import NodeLab
from tests.lab.nodes.node import Node

ADMIN = "mimamori-admin"
ROLE = Path("ansible/roles/password_rotation/files")
KEYFILE = "/etc/NetworkManager/system-connections/mimamori-onsite.nmconnection"
LOGIN = {"console": {"kind": "login", "user": ADMIN}}
NODE = {**LOGIN, "access-point": {"kind": "wifi", "file": KEYFILE}}
WIFI = "[connection]\nid=onsite\ntype=wifi\n\n[wifi-security]\nkey-mgmt=wpa-psk\npsk=delivered-word\n"


def machine(
    lab: NodeLab, name: str, accounts: Mapping[str, Mapping[str, Any]] = NODE, *, revert_s: int = 300,
    on_image: bool = False, board: bool = False, packages: Sequence[str] = (),
) -> Node:  # fmt: skip
    """Returns a machine that is off, with everything that rotation needs of it but its user (``ready``).

    Args:
        board: with a node's units and partitions, its state on one that they mount.
        packages: that apt can install there.
    """
    configuration = json.dumps({"v": 1, "accounts": accounts, "revert_s": revert_s})
    units = {f"/etc/systemd/system/{path.name}": path.read_text() for path in ROLE.glob("*.service")}
    files: Files = {
        "/usr/local/sbin/mimamori-rotation": File(program(), 0o755),
        "/etc/mimamori/rotation.json": configuration,
        KEYFILE: File(WIFI.encode(), 0o600),
        "/etc/sudoers.d/mimamori": File(f"{ADMIN} ALL=(ALL:ALL) NOPASSWD: ALL\n".encode(), 0o440),
        **units,
    }
    start = "mimamori-rotation-start.service"
    links = {f"/etc/systemd/system/sysinit.target.wants/{start}": f"/etc/systemd/system/{start}"}
    if not board:
        return lab.node(name, files=files, links=links, bare=True, on_image=on_image, packages=packages)
    disks = dict.fromkeys(("mimamori-state", "mimamori-spool"), 64 * 2**20)
    files = {**files, "/etc/mimamori/node.toml": ""}  # it asks for the partitions; nothing of ours runs by it
    return lab.node(name, files=files, links=links, on_image=on_image, disks=disks, formatted=disks)


def ready(nodes: Sequence[Node]) -> None:
    """Boots machines, makes their user with the password that they were delivered with, and lets the lab's key in."""
    for node in nodes:
        node.boot()
        node.shell(
            f"useradd --create-home --shell /bin/bash {ADMIN}; echo {ADMIN}:delivered-word | chpasswd; "
            f"install -d -o {ADMIN} -m 0700 /home/{ADMIN}/.ssh; "
            f"install -o {ADMIN} -m 0600 /root/.ssh/authorized_keys /home/{ADMIN}/.ssh/authorized_keys; sync"
        )


def write_ways(folder: Path, nodes: Mapping[str, Node], kinds: Mapping[str, Mapping[str, str]]) -> tuple[Path, Path]:
    """Writes ``targets.json`` and ``ssh_config`` for machines that are on or off, and returns both."""
    targets, config = folder / "targets.json", folder / "ssh_config"
    machines = [
        {"node": name, "address": node.address, "user": ADMIN, "accounts": dict(kinds[name])}
        for name, node in nodes.items()
    ]
    targets.write_text(json.dumps({"v": 1, "machines": machines}))
    blocks = []
    for node in nodes.values():
        options = node.ssh_options
        given = [word.split("=", 1) for word in options if "=" in word]
        lines = [f"  {name} {value}" for name, value in given if name != "BatchMode"]
        blocks.append("\n".join([f"Host {node.address}", f"  IdentityFile {options[options.index('-i') + 1]}", *lines]))
    config.write_text("\n".join(blocks) + "\n")
    return targets, config


def kinds_of(accounts: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Returns the kind of each account."""
    return {name: fields["kind"] for name, fields in accounts.items()}


def signs_in(node: Node, password: str) -> bool:
    """Signs in as a person at the console would: by PAM, as a user without rights; asks the program nothing."""
    somebody = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
    return node.run(*somebody, "su", "--command", "true", ADMIN, stdin=password + "\n", check=False).status == 0


def wifi_word(node: Node) -> str:
    """Returns the passphrase that the access point would be started with."""
    return next(line for line in node.read(KEYFILE).splitlines() if line.startswith("psk=")).removeprefix("psk=")
