"""The connection ``simulated``: what Ansible would send by ssh ``tests.ansible.simulated.answers`` answers."""

from __future__ import annotations

import json
from pathlib import Path

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection import ConnectionBase

from edge.base.clock import SystemClock
from tests.ansible.simulated.answers import answer, say
from tests.ansible.simulated.asked import Module, read_asked
from tests.ansible.simulated.machine import Machine, OutOfReach, Unanswered

DOCUMENTATION = """
name: simulated
short_description: machines that are not there
description: Answers as a fresh machine would, after the same time for each exchange.
options:
  host: {description: as ssh has it, vars: [{name: ansible_host}]}
  remote_user: {description: as ssh has it, vars: [{name: ansible_user}]}
  ssh_common_args: {description: as ssh has it, vars: [{name: ansible_ssh_common_args}]}
  machine: {description: whose answers, required: true, vars: [{name: machine}]}
  folder: {description: of all machines, required: true, type: path, vars: [{name: simulated_folder}]}
  answer_s: {description: what an exchange takes, required: true, type: float, vars: [{name: simulated_answer_s}]}
  pipelining:
    description: as ssh has it
    type: bool
    default: false
    ini: [{section: ssh_connection, key: pipelining}]
"""


class Connection(ConnectionBase):  # type: ignore[misc]  # Ansible brings no types
    """What Ansible calls."""

    transport = "simulated"
    has_pipelining = True

    def _connect(self) -> Connection:
        self._connected = True
        return self

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        """Answers a module or a line for the shell.

        Raises:
            AnsibleConnectionFailure: it has no answer, or would be out of reach; no ``failed_when`` hides that.
        """
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        folder = self._exchange()
        machine = Machine(folder, SystemClock().monotonic_ns() / 1e9)
        try:
            asked = read_asked(cmd, in_data)
            told = json.dumps(answer(machine, asked)) if isinstance(asked, Module) else say(asked)
        except (Unanswered, OutOfReach, ValueError) as error:
            raise AnsibleConnectionFailure(f"simulated machine {folder.name}: {error}") from error
        return 0, told.encode(), b""

    def put_file(self, in_path: str, out_path: str) -> None:
        """Takes a file, as one exchange."""
        super().put_file(in_path, out_path)
        Machine(self._exchange(), 0).take(Path(in_path).read_bytes())

    def fetch_file(self, in_path: str, out_path: str) -> None:
        """Nothing fetches files from a machine."""
        raise AnsibleConnectionFailure(f"simulated machine: no answer to fetching {in_path}")

    def reset(self) -> None:
        """Hangs up."""
        self.close()

    def close(self) -> None:
        """Hangs up."""
        self._connected = False

    def _exchange(self) -> Path:
        SystemClock().sleep(self.get_option("answer_s"))
        folder = Path(self.get_option("folder"), self.get_option("machine"))
        with (folder / "exchanges").open("a") as file:
            file.write(".")
        return folder
