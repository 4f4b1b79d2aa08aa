"""Simulated machines: what was sent arrives, what they have no answer to ends the run by its name, time runs out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ansible.simulated.answers import answer, say
from tests.ansible.simulated.asked import Module, Shell, read_asked
from tests.ansible.simulated.fleet import ENVIRONMENT, make_machine, way_to
from tests.ansible.simulated.machine import Machine, OutOfReach, Unanswered
from tests.ansible.tables import ANSIBLE

NODES = ("matsudo-001", "matsudo-002")
KEY = """
- name: A play
  hosts: all
  gather_facts: false
  become: true
  tasks:
    - name: Read the host key
      ansible.builtin.slurp: {src: /etc/ssh/ssh_host_ed25519_key.pub}
      register: key
    - name: Bring it
      ansible.builtin.copy: {content: "{{ inventory_hostname }} {{ key.content | b64decode }}", dest: /etc/key}
"""
FAILS = """
- name: A play
  hosts: all
  gather_facts: false
  become: true
  tasks:
    - name: Bring it
      ansible.builtin.copy: {content: new, dest: /etc/settings}
      notify: Have it read
    - name: Fail after it
      ansible.builtin.fail: {msg: in the midst of a run}
  handlers:
    - name: Have it read
      ansible.builtin.systemd_service: {name: ssh.service, state: reloaded}
"""
HOSTNAME = (
    KEY
    + """
    - name: Ask what nobody answers
      ansible.builtin.hostname: {name: "{{ inventory_hostname }}"}
      failed_when: false
"""
)


def play(folder: Path, text: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Plays a book on two fresh machines."""
    machines = folder / "machines"
    for name in NODES:
        make_machine(machines / name)
    way = {**way_to(machines, 0.0), "machine": "{{ inventory_hostname }}"}
    (folder / "hosts.yml").write_text(json.dumps({"all": {"hosts": {name: {} for name in NODES}, "vars": way}}))
    (folder / "book.yml").write_text(text)
    environment = {**os.environ, **ENVIRONMENT, "ANSIBLE_HOME": str(folder / "home"), "PYTHONPATH": str(ANSIBLE.parent)}
    environment |= changes
    program = Path(sys.executable).with_name("ansible-playbook")
    words = (program, "-i", folder / "hosts.yml", folder / "book.yml")
    return subprocess.run(words, cwd=ANSIBLE, env=environment, capture_output=True, text=True, check=False)


def test_a_play_reads_from_each_machine_and_brings_to_it_what_is_meant_for_it(tmp_path: Path) -> None:
    ran = play(tmp_path, KEY)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for name in NODES:
        folder = tmp_path / "machines" / name
        key = (folder / "ssh_host_ed25519_key.pub").read_text()
        assert (folder / "etc_key").read_text() == f"{name} {key}"
        assert [line.split()[0] for line in (folder / "asked").read_text().splitlines()] == ["slurp", "stat", "copy"]


def test_a_module_without_an_answer_fails_the_play_by_its_name_though_the_task_never_fails(tmp_path: Path) -> None:
    ran = play(tmp_path, HOSTNAME)
    assert ran.returncode == 4
    for name in NODES:
        assert f"simulated machine {name}: no answer to the module hostname" in ran.stdout


@pytest.mark.parametrize(("forced", "read"), [({}, True), ({"ANSIBLE_FORCE_HANDLERS": "false"}, False)])
def test_what_a_run_brought_before_it_failed_is_read_at_its_end(
    tmp_path: Path, forced: dict[str, str], read: bool
) -> None:
    """The second is the control, without the line of ``ansible.cfg``: the next run would find nothing to bring."""
    assert play(tmp_path, FAILS, **forced).returncode == 2
    for name in NODES:
        asked = (tmp_path / "machines" / name / "asked").read_text().splitlines()
        assert any("ssh.service" in line for line in asked) is read


def command(line: str) -> Module:
    return Module("command", {"_raw_params": line, "_uses_shell": False})


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("/usr/local/sbin/mimamori-revert arm --after 300", "/usr/local/sbin/mimamori-revert confirm"),
        (
            "systemd-run --unit=mimamori-root-closes --on-active=300 mount",
            "systemctl start mimamori-root-closes.service",
        ),
    ],
)
def test_a_machine_is_out_of_reach_once_its_time_is_over(tmp_path: Path, first: str, last: str) -> None:
    answer(Machine(tmp_path, 1000.0), command(first))
    assert answer(Machine(tmp_path, 1299.0), command(last))["rc"] == 0
    with pytest.raises(OutOfReach, match="ended 1 s ago"):
        answer(Machine(tmp_path, 1301.0), command(last))


def test_a_file_that_did_not_come_whole_is_refused(tmp_path: Path) -> None:
    machine = Machine(tmp_path, 0.0)
    wanted = Module("copy", {"dest": "/etc/key", "checksum": "a9993e364706816aba3e25717850c26c9cd0d89d"})
    with pytest.raises(OutOfReach, match="/etc/key"):
        answer(machine, wanted)
    machine.take(b"ab")
    with pytest.raises(OutOfReach, match="/etc/key"):
        answer(machine, wanted)
    machine.take(b"abc")
    assert answer(machine, wanted)["changed"]


def test_a_command_or_a_line_that_nobody_foresaw_has_no_answer(tmp_path: Path) -> None:
    with pytest.raises(Unanswered, match="reboot --now"):
        answer(Machine(tmp_path, 0.0), command("reboot --now"))
    sent = "sudo -H -S -n -u root /bin/sh -c 'echo BECOME-SUCCESS-abc ; curl city.example'"
    asked = read_asked(sent, None)
    assert isinstance(asked, Shell)
    with pytest.raises(Unanswered, match="curl"):
        say(asked)
    with pytest.raises(ValueError, match="no module"):
        read_asked("/usr/bin/python3", b"print('hello')")
