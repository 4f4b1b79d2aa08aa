"""The controller of a city: the files that its desk made, its SSH CAs, tickets, and how a playbook is called.

What stands here is the same for real machines (``town.py``) and simulated ones (``simulated``).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edge.base.clock import SystemClock
from edge.desk.city import City, Secrets, found_city
from edge.desk.custodian import Custodian, CustodianRole, create_custodian
from edge.desk.enrol import make_ticket
from edge.desk.keystore import KeyStore
from edge.desk.office import open_office
from edge.desk.passphrase import Passphrase
from tests.ansible.tables import ANSIBLE

CITY = "matsudo"
WORDS = {name: Passphrase(f"{name} of the town, twelve") for name in ("manager", "operator", "root", "desk")}


@dataclass(frozen=True, slots=True)
class Recap:
    """What a run did to one host."""

    ok: int
    changed: int
    unreachable: int
    failures: int


class Controller:
    """A city's controller.

    Args:
        folder: empty; all that it has lies there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files, self.inventory = folder / "city", folder / "inventory"
        self.key = self.files / "ssh" / "id_ed25519"
        self.tickets = folder / "tickets"
        self.people: dict[str, Custodian] = {}
        self._found()

    @property
    def environment(self) -> dict[str, str]:
        """What ``ansible-playbook`` runs in."""
        return {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ANSIBLE.parent),
            "ANSIBLE_HOME": str(self.folder / "ansible"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(self.folder / "cp"),
            "LC_ALL": "C.UTF-8",
        }

    def command(self, book: str, settings: Path, *words: str) -> list[str]:
        """Returns the command that runs a playbook with the settings of a file; it is called in ``ansible/``."""
        program = Path(sys.executable).with_name("ansible-playbook")
        playbook = ANSIBLE / "playbooks" / f"{book}.yml"
        return [str(program), "-i", str(self.inventory), str(playbook), "-e", f"@{settings}", *words]

    def fresh_inventory(self) -> None:
        """Makes the inventory's folder anew, with the example's own group variables and no hosts."""
        shutil.rmtree(self.inventory, ignore_errors=True)
        self.inventory.mkdir()
        shutil.copytree(ANSIBLE / "inventories" / "example" / "group_vars", self.inventory / "group_vars")

    def write_tickets(self, *names: str) -> None:
        """Writes an enrolment ticket for each node."""
        if not names:
            return
        self.tickets.mkdir(exist_ok=True)
        office, store = open_office(self.files / "desk"), KeyStore.unlock(self.files / "desk", WORDS["desk"])
        for name in names:
            ticket = make_ticket(office, store, name, SystemClock().now_us())
            (self.tickets / f"{name}.json").write_bytes(ticket.data)

    def _found(self) -> None:
        roles: tuple[CustodianRole, ...] = ("manager", "operator")
        self.people |= {role: create_custodian(self.folder / role, role, WORDS[role], demo=False) for role in roles}
        now_us = SystemClock().now_us()
        city = City(
            name=CITY, demo=False, hosts=("center.city.example",), manager=self.people["manager"].card,
            operator=self.people["operator"].card, issued_us=now_us, tls_now_us=now_us,
        )  # fmt: skip
        found_city(self.files, city, Secrets(root=WORDS["root"], desk=WORDS["desk"]))
        ssh = self.files / "ssh"
        ssh.mkdir()
        for name in ("host-ca", "user-ca", "id_ed25519"):
            make_key(ssh / name)
        _keygen("-s", ssh / "user-ca", "-I", "controller", "-n", "mimamori-admin", "-V", "-5m:+8h", f"{self.key}.pub")
        shutil.copy2(self.key, self.key.with_name("bare"))
        (ssh / "known_hosts").write_text(f"@cert-authority * {(ssh / 'host-ca.pub').read_text()}")


def make_key(path: Path) -> None:
    """Makes an SSH key without a passphrase."""
    _keygen("-t", "ed25519", "-N", "", "-C", path.name, "-f", path)


def recaps(text: str) -> Mapping[str, Recap]:
    """Returns what the end of a run's text says of each host."""
    found = {}
    for line in text.partition("PLAY RECAP")[2].splitlines()[1:]:
        host, _, rest = line.partition(":")
        counts = dict(word.split("=") for word in rest.split() if "=" in word)
        if {"ok", "changed", "unreachable", "failed"} <= counts.keys():
            found[host.strip()] = Recap(*(int(counts[key]) for key in ("ok", "changed", "unreachable", "failed")))
    return found


def _keygen(*words: str | Path) -> None:
    subprocess.run(["ssh-keygen", "-q", *map(str, words)], check=True, timeout=60)
