"""``playbooks/provision.yml`` on three simulated nodes from first task to last: what the controller made is real.

python -m pytest -n0 tests/ansible/long_simulated.py
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.ansible.simulated.fleet import BASTION, Fleet

pytestmark = pytest.mark.timeout(1500)


def test_three_nodes_get_what_the_controller_made_for_each_and_are_confirmed(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, 3, answer_s=0.01)
    ran = fleet.provision()
    assert ran.status == 0, ran.out[-6000:]
    assert ran.out.count("PLAY [Nodes]") == 3  # one, 5 %, the rest
    ca = subprocess.run(
        ["ssh-keygen", "-l", "-f", fleet.controller.files / "ssh" / "host-ca.pub"], check=True, capture_output=True
    )
    for name in fleet.names:
        certificate = tmp_path / f"{name}.pub"
        certificate.write_bytes(fleet.file(name, "/etc/ssh/mimamori/host-cert.pub"))
        shown = subprocess.run(["ssh-keygen", "-L", "-f", certificate], check=True, capture_output=True).stdout
        assert ca.stdout.split()[1] in shown
        assert f'Key ID: "{name}"'.encode() in shown
        assert f'node = "{name}"'.encode() in fleet.file(name, "/etc/mimamori/node.toml")
        assert fleet.file(name, "/etc/mimamori/ticket.json") == (fleet.controller.tickets / f"{name}.json").read_bytes()
        asked = fleet.asked(name)
        steps = [
            "mimamori node init",
            "mimamori-revert arm",
            "mimamori-revert confirm",
            "systemctl start mimamori-root-closes",
        ]
        places = [next(place for place, line in enumerate(asked) if step in line) for step in steps]
        assert places == sorted(places)
        registered = [line for line in fleet.asked(BASTION) if "mimamori-peers register" in line and name in line]
        key = fleet.file(name, "/wg0.pub").decode().strip()
        assert len(registered) == 1
        assert f"--key {key}" in registered[0]
