"""A city of simulated nodes and its bastion: the inventory, what each machine has from its card, and the run."""

from __future__ import annotations

import base64
import json
import resource
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from edge.base.clock import SystemClock
from edge.fleet.profile import PROFILES
from tests.ansible.controller import CITY, Controller, Recap, make_key, recaps
from tests.ansible.simulated.machine import HOST_KEY, LINK_KEY, Machine
from tests.ansible.tables import ANSIBLE

ANSWER_S = 0.1
"""How long each exchange with a machine takes."""
BASTION = "bastion.city.example"
ENVIRONMENT = {"ANSIBLE_CONNECTION_PLUGINS": str(Path(__file__).parent / "connection")}
"""What ``ansible-playbook`` needs besides, to find the connection."""


@dataclass(frozen=True, slots=True)
class Provisioned:
    """How a run went.

    Attributes:
        plays_s: seconds of each play, and of each wave of nodes.
        cpu_s: of the controller's processes together.
    """

    status: int
    out: str
    seconds: float
    cpu_s: float
    plays_s: tuple[float, ...]
    recaps: Mapping[str, Recap]


class Fleet:
    """Controller, bastion and nodes.

    Args:
        folder: empty; the controller's and the machines'.
    """

    def __init__(self, folder: Path, size: int, answer_s: float = ANSWER_S) -> None:
        self.controller = Controller(folder)
        self.names = tuple(f"{CITY}-{number:03}" for number in range(1, size + 1))
        self._machines, self._answer_s = folder / "machines", answer_s
        self._settings = {
            "city_files": str(self.controller.files),
            "identity_tickets": str(self.controller.tickets),
            "profiles_folder": str(PROFILES),
            "ssh_key": str(self.controller.key),
        }
        for name in (BASTION, *self.names):
            make_machine(self._machines / name)
        self.controller.write_tickets(*self.names)
        self._write_inventory()

    def provision(self, tell: Callable[[str], None] = lambda line: None, **settings: Any) -> Provisioned:
        """Sets all up by ``playbooks/provision.yml``; ``tell`` is given each line as it comes."""
        path = self.controller.folder / "settings.json"
        path.write_text(json.dumps({**self._settings, **settings}))
        clock, before = SystemClock(), resource.getrusage(resource.RUSAGE_CHILDREN)
        lines, marks = [], []
        begun_ns = clock.monotonic_ns()
        with subprocess.Popen(
            self.controller.command("provision", path),
            cwd=ANSIBLE, env={**self.controller.environment, **ENVIRONMENT},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        ) as running:  # fmt: skip
            for line in running.stdout or ():
                lines.append(line)
                if line.startswith("PLAY "):
                    marks.append(clock.monotonic_ns())
                tell(line)
        ended_ns, after = clock.monotonic_ns(), resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        plays_s = tuple((end - start) / 1e9 for start, end in pairwise(marks))
        text = "".join(lines)
        return Provisioned(running.returncode, text, (ended_ns - begun_ns) / 1e9, cpu_s, plays_s, recaps(text))

    def asked(self, name: str) -> list[str]:
        """Returns what a machine was asked, in order: modules, with what they are about."""
        return (self._machines / name / "asked").read_text().splitlines()

    def file(self, name: str, path: str) -> bytes:
        """Returns what Ansible brought to a machine."""
        return Machine(self._machines / name, 0).brought(path).read_bytes()

    def exchanges(self, name: str) -> int:
        """Returns how often a machine was spoken to: modules, lines for the shell, files."""
        return len((self._machines / name / "exchanges").read_bytes())

    def _write_inventory(self) -> None:
        self.controller.fresh_inventory()
        way = way_to(self._machines, self._answer_s)
        children = {
            "bastion": {"hosts": {BASTION: {}}, "vars": way},
            "nodes": {"children": {CITY: {"hosts": {name: {} for name in self.names}}}, "vars": way},
        }
        (self.controller.inventory / "hosts.yml").write_text(json.dumps({"all": {"children": children}}))


def make_machine(folder: Path) -> None:
    """Makes what a machine has from its card: its keys, of which the world sees the public halves."""
    folder.mkdir(parents=True)
    make_key(folder / HOST_KEY.removesuffix(".pub"))
    shown = subprocess.run(["ssh-keygen", "-l", "-f", folder / HOST_KEY], check=True, capture_output=True, timeout=60)
    (folder / "fingerprint").write_bytes(shown.stdout)
    # Any 32 bytes are a public key to WireGuard: here those of the host key.
    raw = base64.b64decode((folder / HOST_KEY).read_text().split()[1])[-32:]
    (folder / LINK_KEY).write_bytes(base64.b64encode(raw) + b"\n")


def way_to(machines: Path, answer_s: float) -> dict[str, Any]:
    """Returns the variables by which Ansible finds machines in a folder."""
    return {"ansible_connection": "simulated", "simulated_folder": str(machines), "simulated_answer_s": answer_s}
