"""Playbooks, roles and inventory: without fault in ansible-lint's strictest profile; 300 nodes with what they need."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ansible.tables import ANSIBLE

CITIES = {"matsudo": 120, "saga": 70, "asahikawa": 30, "tottori": 50, "saku": 30}


def program(name: str, *words: str, folder: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Runs one of Ansible's programs as people do, in ``ansible/``."""
    here = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{here}{os.pathsep}{os.environ['PATH']}",
        "ANSIBLE_HOME": str(home),
        "MIMAMORI_CITY": str(home / "city"),
    }
    return subprocess.run(
        [here / name, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def lint(folder: Path, home: Path) -> subprocess.CompletedProcess[str]:
    return program("ansible-lint", "--offline", "--nocolor", "--profile", "production", folder=folder, home=home)


def test_ansible_lint_has_nothing_to_say(tmp_path: Path) -> None:
    result = lint(ANSIBLE, tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


def test_ansible_lint_speaks_up_where_a_mode_is_not_quoted(tmp_path: Path) -> None:
    copied = tmp_path / "ansible"
    (copied / "roles").mkdir(parents=True)
    shutil.copytree(ANSIBLE / "roles" / "network", copied / "roles" / "network")
    tasks = copied / "roles" / "network" / "tasks" / "main.yml"
    tasks.write_text(tasks.read_text().replace('mode: "0600"', "mode: 0600"))
    result = lint(copied, tmp_path / "home")
    assert result.returncode != 0
    assert "octal" in result.stdout


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """Variables of every host of the example's inventory."""
    home = tmp_path_factory.mktemp("home")
    ssh = home / "city" / "ssh"
    ssh.mkdir(parents=True)
    (ssh / "user-ca.pub").write_text("ssh-ed25519 AAAA city\n")
    result = program("ansible-inventory", "--list", folder=ANSIBLE, home=home)
    assert result.returncode == 0, result.stderr
    tree = json.loads(result.stdout)
    return {"groups": tree, "hosts": tree["_meta"]["hostvars"]}


def test_the_example_has_300_nodes_in_a_group_for_each_city(hosts: dict[str, dict[str, dict[str, list[str]]]]) -> None:
    groups = hosts["groups"]
    assert {city: len(groups[city]["hosts"]) for city in CITIES} == CITIES
    assert set(groups["nodes"]["children"]) == set(CITIES)
    assert sum(CITIES.values()) == 300
    profiles = ANSIBLE.parent / "deploy" / "profiles"
    assert {path.stem for path in profiles.glob("*.toml")} == set(CITIES)


def test_a_node_without_a_line_is_reached_on_site_and_the_others_through_the_bastion(tmp_path: Path) -> None:
    ssh = tmp_path / "city" / "ssh"
    ssh.mkdir(parents=True)
    (ssh / "user-ca.pub").write_text("ssh-ed25519 AAAA city\n")
    shown = "way={{ ansible_host }} {{ ansible_ssh_common_args }} inbound={{ baseline_inbound | to_json }}"
    words = ("matsudo-001,asahikawa-001", "-m", "debug", "-a", f"msg='{shown}'", "--one-line")
    result = program("ansible", *words, folder=ANSIBLE, home=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    said = {text.split()[0]: text for text in result.stdout.split("\n") if " | " in text}
    assert "way=192.168.70.1 " in said["asahikawa-001"]
    assert "ProxyCommand" not in said["asahikawa-001"]
    assert "wg0" not in said["asahikawa-001"]
    assert "way=fd4d:4d45:1:1:" in said["matsudo-001"]
    assert "ProxyCommand=ssh -W" in said["matsudo-001"]
    assert "wg0" in said["matsudo-001"]


def test_every_playbook_can_be_read_to_its_end(tmp_path: Path) -> None:
    books = sorted(str(path) for path in (ANSIBLE / "playbooks").glob("*.yml"))
    result = program("ansible-playbook", "--syntax-check", *books, folder=ANSIBLE, home=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert {Path(book).stem for book in books} >= {"site", "provision", "revoke", "audit"}
