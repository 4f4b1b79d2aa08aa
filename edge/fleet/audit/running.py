"""Runs the playbooks ``drift``, ``audit`` and ``revoke``: the only place here that knows ``ansible-playbook``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.base.errors import BadConfiguration, Unavailable
from edge.fleet.audit.found import DRIFT

_SHIPPED = Path(__file__).resolve().parents[3] / "ansible"
_REACHED = (0, 2, 4)
"""What ansible-playbook ends with where all went well, tasks failed, or machines did not answer."""
_NONE_LEFT = "leaves us with no hosts to target"
"""What ansible says where ``--limit`` names no machine of a group."""


@dataclass(frozen=True, slots=True)
class Playbooks:
    """Where roles and playbooks are, and the inventory that they are run with.

    Attributes:
        more: further arguments of ``ansible-playbook``.
    """

    inventory: Path
    folder: Path = _SHIPPED
    more: tuple[str, ...] = ()

    def machines(self, group: str, *, needed: bool = True) -> tuple[str, ...]:
        """Returns a group of the inventory; ``--limit`` may leave none of one that is not ``needed``.

        Raises:
            BadConfiguration: it cannot be read.
        """
        done = self._run("ansible", group, "--list-hosts", *self.more)
        if done.returncode and not needed and _NONE_LEFT in done.stderr:
            return ()
        if done.returncode:
            raise BadConfiguration(f"{self.inventory}: {_last(done)}")
        return tuple(sorted(line.strip() for line in done.stdout.splitlines()[1:] if line.strip()))

    def audit(self, into: Path) -> None:
        """Has every machine looked at, and leaves what was found in ``into``.

        Raises:
            Unavailable: it did not come to its end.
        """
        told = {"MIMAMORI_DRIFT": str(into / DRIFT), "ANSIBLE_CALLBACKS_ENABLED": "drift"}
        self._play("drift", "--check", environment=told)
        self._play("audit", "-e", f"audit_folder={into}")

    def revoke(self, nodes: Sequence[str], into: Path) -> None:
        """Plays ``revoke``; each place that confirms leaves a file in ``into``.

        Raises:
            BadConfiguration, Unavailable: it could not be run, or a place that answered refused.
        """
        self._play("revoke", "-e", json.dumps({"revoked": list(nodes), "revoke_found": str(into)}))

    def _play(self, book: str, *words: str, environment: Mapping[str, str] | None = None) -> None:
        path = str(self.folder / "playbooks" / f"{book}.yml")
        done = self._run("ansible-playbook", path, *words, *self.more, environment=environment)
        if done.returncode not in _REACHED:
            raise Unavailable(f"the playbook {book} ended with status {done.returncode}: {_last(done)}")

    def _run(
        self, program: str, *words: str, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        if not (self.folder / "ansible.cfg").is_file():
            raise BadConfiguration(f"{self.folder}: no ansible.cfg there; give --ansible the folder of the playbooks")
        beside = Path(sys.executable).with_name(program)
        command = [str(beside) if beside.exists() else program, "-i", str(self.inventory.resolve()), *words]
        try:
            told = {**os.environ, **(environment or {})}
            return subprocess.run(command, cwd=self.folder, env=told, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            raise BadConfiguration(f"{program} is not installed; install mimamori-edge with the extra fleet") from error


def _last(done: subprocess.CompletedProcess[str]) -> str:
    lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return " ".join(lines[-3:])[:500]
