"""What systemd does with a node's processes that end, hang or are asked for: with the units as they are installed."""

from __future__ import annotations

import json

import pytest

from tests.lab.nodes import Node, NodeLab
from tests.lab.nodes.provision import documents, provision, provisioned, settings

NAME = "matsudo-018"
RECORDER = "mimamori-recorder.service"
MASKS = "/var/lib/mimamori/recorder/masks.json"
SIGN_OFF = "/var/lib/mimamori/visit/signoff.json"


@pytest.fixture(scope="module")
def node(lab: NodeLab, tmp_path_factory: pytest.TempPathFactory) -> Node:
    city = provisioned(tmp_path_factory.mktemp("city"))
    made = lab.node(NAME, files=documents(city, lab.address))
    made.boot()
    provision(made, city, settings(NAME))
    return made


def process(node: Node, unit: str) -> tuple[str, str]:
    """The state of a unit and its process's number."""
    return node.property(unit, "ActiveState"), node.property(unit, "MainPID")


@pytest.mark.parametrize("name", ["recorder", "uplink", "commission", "panel"])
def test_process_that_is_killed_is_started_again(lab: NodeLab, node: Node, name: str) -> None:
    unit = f"mimamori-{name}.service"
    lab.until(lambda: process(node, unit)[0] == "active", f"{unit}'s start")
    before = process(node, unit)[1]
    node.run("kill", "-KILL", before)
    lab.until(lambda: process(node, unit)[0] == "active" and process(node, unit)[1] != before, f"{unit}'s return")


def test_process_comes_back_however_often_it_ends(lab: NodeLab, node: Node) -> None:
    """systemd gives up after five ends in ten seconds, unless told otherwise."""
    unit = "mimamori-panel.service"
    for _ in range(8):
        node.run("systemctl", "kill", "--signal=KILL", unit)
        node.run("systemctl", "restart", unit)
    lab.until(lambda: process(node, unit)[0] == "active", f"{unit}'s return")
    node.write("/run/systemd/system/gives-up.service", "[Service]\nExecStart=/bin/sleep 99\n")
    tries = "for one in 1 2 3 4 5 6 7 8; do systemctl restart gives-up.service; done"
    assert node.shell(tries, check=False).status != 0, "the control: another unit is given up"


def test_recorder_without_masks_waits_for_the_sign_off(lab: NodeLab, node: Node) -> None:
    node.run("systemctl", "stop", RECORDER)
    node.run("mv", MASKS, f"{MASKS}.away")
    node.run("systemctl", "start", RECORDER, check=False)
    lab.until(lambda: process(node, RECORDER)[0] == "failed", "the end for want of masks")
    assert node.property(RECORDER, "ExecMainStatus") == "78"
    assert node.property(RECORDER, "SubState") == "failed", "not auto-restart: a person must act first"
    node.run("mv", f"{MASKS}.away", MASKS)
    node.write(SIGN_OFF, "{}", owner="mimamori-commission:mimamori", mode=0o640)
    lab.until(lambda: process(node, RECORDER)[0] == "active", "the start that the sign-off brings")


def test_other_status_than_78_is_started_again(lab: NodeLab, node: Node) -> None:
    """The control of the one above: the same unit, ending by another status."""
    node.shell(
        f"mkdir -p /run/systemd/system/{RECORDER}.d; cd /run/systemd/system/{RECORDER}.d;"
        " printf '[Service]\\nType=exec\\nExecStart=\\nExecStart=/bin/sh -c \"exit 77\"\\n' >99-lab.conf"
    )
    node.shell(f"systemctl daemon-reload; systemctl restart {RECORDER}", check=False)
    lab.until(lambda: int(node.property(RECORDER, "NRestarts")) >= 7, "the seventh start")
    node.shell(f"rm -r /run/systemd/system/{RECORDER}.d; systemctl daemon-reload; systemctl restart {RECORDER}")
    assert process(node, RECORDER)[0] == "active"


def test_recorder_that_stands_still_is_ended_and_started_again(lab: NodeLab, node: Node) -> None:
    assert node.property(RECORDER, "WatchdogUSec") == "45s"
    node.shell(
        f"mkdir -p /run/systemd/system/{RECORDER}.d; cd /run/systemd/system/{RECORDER}.d;"
        " printf '[Service]\\nWatchdogSec=5\\nTimeoutAbortSec=1\\n' >99-lab.conf"
        f"; systemctl daemon-reload; systemctl restart {RECORDER}"
    )
    pid = node.property(RECORDER, "MainPID")
    node.run("kill", "-STOP", pid)
    lab.until(lambda: "Watchdog timeout" in node.journal("-u", RECORDER), "the watchdog")
    lab.until(lambda: process(node, RECORDER)[0] == "active" and process(node, RECORDER)[1] != pid, "the next run")
    node.shell(f"rm -r /run/systemd/system/{RECORDER}.d; systemctl daemon-reload; systemctl restart {RECORDER}")


def test_recorder_finds_what_its_last_run_said(lab: NodeLab, node: Node) -> None:
    """The run directory outlives the unit: the GAP of an end that nobody expected gets its cause from there."""
    lab.until(lambda: _segments(node) > 0, "footage")
    before = node.property(RECORDER, "MainPID")
    node.run("kill", "-KILL", before)
    assert _segments(node) > 0
    lab.until(lambda: process(node, RECORDER)[1] not in {before, "0"}, "the next run")
    lab.until(lambda: "unknown" in node.read("/run/mimamori/recorder.json"), "the GAP, unknown where it was killed")


def test_aim_is_asked_for_by_the_page_alone_and_refuses_without_a_visit(lab: NodeLab, node: Node) -> None:
    unit = "mimamori-aim.service"
    assert process(node, unit)[0] == "inactive"
    node.run("touch", "/run/mimamori/aim.wanted", user="mimamori-commission")
    lab.until(lambda: node.property(unit, "ExecMainStatus") == "77", "aim's refusal")
    lab.until(lambda: process(node, unit)[0] == "inactive", "aim's end, which is no failure")
    assert process(node, RECORDER)[0] == "active"


def test_journal_stays_in_memory_and_is_bounded(node: Node) -> None:
    assert node.run("ls", "/var/log/journal", check=False).out == ""
    said = node.run("systemd-analyze", "cat-config", "systemd/journald.conf").out
    assert "Storage=volatile" in said and "RuntimeMaxUse=16M" in said
    assert node.run("ls", "/run/log/journal").out


def _segments(node: Node) -> int:
    said = node.run("cat", "/run/mimamori/recorder.json", check=False).out
    return int(json.loads(said)["segments"]) if said else 0
