"""Three real machines, two nodes and a desk PC, and their controller, with real ssh, PAM, systemd and Ansible."""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge.desk.passphrase import Passphrase
from edge.fleet.rotation import keys
from edge.fleet.rotation.link import SshLink
from edge.fleet.rotation.passwords import materials, new_password
from edge.fleet.rotation.store import Key, Store
from edge.fleet.rotation.targets import read_targets
from edge.passwords.messages import Request
from tests.fleet.rotation.lab import (
    ADMIN,
    LOGIN,
    NODE,
    kinds_of,
    machine,
    ready,
    write_ways,
)
from tests.lab.nodes import open_lab
from tests.lab.nodes.ground import Done
from tests.lab.nodes.lab import NodeLab
from tests.lab.nodes.node import Node

WORDS = "correct horse battery"
DELIVERED = "delivered-word"
ACCOUNTS = {"matsudo-001": NODE, "matsudo-002": NODE, "asahikawa-pc": LOGIN}
ANSIBLE = Path("ansible").resolve()
MIMAMORI = (".venv/bin/python", "-m", "edge.cli")


@dataclass(frozen=True, slots=True)
class City:
    """A controller and its machines.

    Attributes:
        folder: with ``store``, ``controller`` and ``safe``; ``words`` holds the passphrase of both.
    """

    lab: NodeLab
    folder: Path
    nodes: Mapping[str, Node]
    ways: tuple[Path, Path]
    key: Key

    def rotate(self, action: str, *words: str, check: bool = True) -> Done:
        """Runs a command of ``fleet rotate`` in the lab's network."""
        store = ["--store", str(self.folder / "store"), "--controller", str(self.folder / "controller")]
        phrase = ["--controller-passphrase-file", str(self.folder / "words")]
        reach = ["--targets", str(self.ways[0]), "--ssh-config", str(self.ways[1])]
        given = [*store, *phrase, *(reach if action in ("run", "audit") else []), *words]
        return self.lab.run(*MIMAMORI, "fleet", "rotate", action, *given, check=check)

    def store(self) -> Store:
        """Opens the store."""
        return Store(self.folder / "store", self.key)

    def current(self, name: str) -> str:
        """Returns a machine's console password."""
        held = self.store().entry(name).current
        assert held is not None
        return held.words["console"]

    def stage(self, name: str) -> str:
        """Puts passwords on trial that no store knows, as a controller that is lost then; returns the console's."""
        target = read_targets(self.ways[0])[name]
        words = {account: new_password() for account in target.accounts}
        given = materials(target.accounts, words)
        request = Request("stage", turn=secrets.token_hex(16), made=1, accounts=given)
        with self.lab.network():
            answer = SshLink(self.ways[1]).ask(target, request)
        assert answer.ok, answer.why
        return words["console"]


@contextmanager
def open_city(folder: Path, boards: Collection[str] = ()) -> Iterator[City]:
    """Makes the store and boots the machines, with the passwords that they were delivered with; ``boards`` by name."""
    (folder / "lab").mkdir()
    (folder / "words").write_text(WORDS)
    word = Passphrase(WORDS)
    keys.found(folder / "store", (folder / "controller", "controller-1", word), (folder / "safe", word))
    with open_lab(folder / "lab") as lab:
        nodes = {name: machine(lab, name, given, board=name in boards) for name, given in ACCOUNTS.items()}
        ready(list(nodes.values()))
        ways = write_ways(folder, nodes, {name: kinds_of(given) for name, given in ACCOUNTS.items()})
        yield City(lab, folder, nodes, ways, keys.unlock(folder / "controller", word))


def playbook(city: City, *words: str) -> Done:
    """Runs the playbook ``rotate`` for the city's machines."""
    folder = city.folder
    targets = read_targets(city.ways[0])
    hosts = {
        name: {
            "ansible_host": target.address,
            "ansible_ssh_common_args": f"-F {city.ways[1]}",
            "password_rotation_accounts": ACCOUNTS[name],
        }
        for name, target in targets.items()
    }
    nodes = {name: given for name, given in hosts.items() if name.startswith("matsudo")}
    settings = {
        "ansible_user": ADMIN,
        "rotation_files": str(folder),
        "rotation_mimamori": str(Path(sys.executable).with_name("mimamori")),
        "rotation_passphrase_file": str(folder / "words"),
        "rotation_more": [],
    }
    groups = {"nodes": {"hosts": nodes}, "desks": {"hosts": {n: g for n, g in hosts.items() if n not in nodes}}}
    (folder / "inventory.json").write_text(json.dumps({"all": {"vars": settings, "children": groups}}))
    environment = {
        **os.environ, "ANSIBLE_HOME": str(folder / "ansible"), "ANSIBLE_ROLES_PATH": str(ANSIBLE / "roles"),
        "ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(folder / "facts"),
        "ANSIBLE_PIPELINING": "true", "TMPDIR": str(folder / "tmp"), "PYTHONPATH": str(Path.cwd()),
    }  # fmt: skip
    (folder / "tmp").mkdir(exist_ok=True)
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    given = ["-i", str(folder / "inventory.json"), str(ANSIBLE / "playbooks" / "rotate.yml"), *words]
    return city.lab.run(program, *given, check=False, environment=environment)
