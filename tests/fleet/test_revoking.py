"""One command ends a node everywhere: real ``ansible-playbook`` runs, over places that a test's own playbook plays."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.base.errors import NotPermitted, TryAgain, UsageFault
from edge.cli import main
from edge.desk.revoked import NAME, note_revoked, read_revoked, readmit, require_in_service

NODES = ("matsudo-016", "matsudo-017")
PLAYED = """
- hosts: link:center
  gather_facts: false
  vars: {place: "{{ inventory_hostname }}"}
  tasks:
    - ansible.builtin.command: cat FOLDER/{{ place }}-down
      register: down
      failed_when: down.rc == 0
    - ansible.builtin.copy:
        dest: "{{ revoke_found }}/{{ place }}.json"
        content: "{{ revoked | to_json }}"
"""
"""Places that refuse while a file says that they are down."""


@dataclass
class Fleet:
    """A desk's folder and places that may be down."""

    desk: Path
    inventory: Path
    ansible: Path

    def revoke(self, *nodes: str) -> int:
        words = (
            "fleet",
            "revoke",
            *nodes,
            "--desk",
            self.desk,
            "--inventory",
            self.inventory,
            "--ansible",
            self.ansible,
        )
        return main([*map(str, words), "--json"])

    def down(self, place: str, *, is_down: bool) -> None:
        mark = self.ansible / f"{place}-down"
        mark.touch() if is_down else mark.unlink()


@pytest.fixture
def fleet(founded: Path, tmp_path: Path) -> Fleet:
    desk = tmp_path / "desk"
    subprocess.run(["cp", "-a", founded / "city" / "desk", desk], check=True)
    ansible, inventory = tmp_path / "ansible", tmp_path / "inventory"
    (ansible / "playbooks").mkdir(parents=True)
    inventory.mkdir()
    (ansible / "ansible.cfg").write_text("[defaults]\ninterpreter_python = /usr/bin/python3\n")
    (ansible / "playbooks" / "revoke.yml").write_text(PLAYED.replace("FOLDER", str(ansible)))
    local = {"ansible_connection": "local"}
    hosts = {"link": local, "center": local}
    groups = {"nodes": {"hosts": dict.fromkeys(NODES, local)}}
    (inventory / "hosts.yml").write_text(json.dumps({"all": {"hosts": hosts, "children": groups}}))
    return Fleet(desk, inventory, ansible)


def test_place_that_does_not_take_it_is_named_and_told_by_a_later_run(
    fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet.down("link", is_down=True)
    assert fleet.revoke("matsudo-017") == TryAgain.exit_status
    said = capsys.readouterr()
    assert json.loads(said.out)["waiting"] == {"matsudo-017": ["link"]}
    assert "run 'fleet revoke' again" in said.err
    with pytest.raises(NotPermitted, match="out of service"):
        require_in_service(fleet.desk, "matsudo-017")
    fleet.down("link", is_down=False)
    assert fleet.revoke() == 0
    assert json.loads(capsys.readouterr().out)["nodes"] == {"matsudo-017": ["center", "link"]}
    before = (fleet.desk / NAME).read_bytes()
    assert fleet.revoke("matsudo-017") == 0, "every place is told again without harm"
    assert (fleet.desk / NAME).read_bytes() == before, "the time that it was noted stays"
    capsys.readouterr()
    assert fleet.revoke() == 0
    assert json.loads(capsys.readouterr().out)["nodes"] == {}, "nothing is left to be told"


def test_name_that_nobody_has_ends_nothing(fleet: Fleet) -> None:
    assert fleet.revoke("matsudo-017", "matsudo-999") == UsageFault.exit_status
    assert not (fleet.desk / NAME).exists()


def test_node_out_of_service_gets_no_key_list_until_its_next_card_is_confirmed(
    fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    note_revoked(fleet.desk, ["matsudo-017"], 1)
    require_in_service(fleet.desk, "matsudo-016")
    with pytest.raises(NotPermitted, match="matsudo-017: out of service"):
        require_in_service(fleet.desk, "matsudo-017")
    readmit(fleet.desk, "matsudo-017")
    require_in_service(fleet.desk, "matsudo-017")


def test_damaged_list_lets_nothing_pass(fleet: Fleet) -> None:
    (fleet.desk / NAME).write_text("{")
    assert fleet.revoke("matsudo-017") != 0
    with pytest.raises(Exception, match=r"revoked\.json"):
        require_in_service(fleet.desk, "matsudo-016")


def test_earlier_time_is_kept(fleet: Fleet) -> None:
    note_revoked(fleet.desk, NODES[:1], 1)
    note_revoked(fleet.desk, NODES, 2)
    assert {node: out.at for node, out in read_revoked(fleet.desk).items()} == {NODES[0]: 1, NODES[1]: 2}
