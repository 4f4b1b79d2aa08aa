"""The lab of nodes: what it promises to the tests that use it."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.base.clock import SystemClock
from tests.lab.nodes import File, Files, MissingRights, Node, NodeLab, open_lab
from tests.lab.nodes.ground import children, run
from tests.lab.nodes.rights import cgroup_roots

GONE_WITHIN_S = 60
KILLED = """
import sys
from pathlib import Path
from tests.lab.nodes import open_lab
with open_lab(Path(sys.argv[1])) as lab:
    node = lab.node("cam-killed", bare=True, on_image=True, disks={"spool": 2**24})
    node.boot()
    print(flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def node(lab: NodeLab) -> Node:
    files: Files = {"/etc/mimamori/note.toml": "x = 1\n", "/etc/mimamori/secret": File("s", 0o600, 7)}
    made = lab.node("matsudo-017", files=files, links={"/etc/there": "mimamori"})
    made.boot()
    return made


def test_node_boots_whole_with_what_is_installed(node: Node) -> None:
    assert node.run("systemctl", "--failed", "--no-legend").out == ""
    assert node.run("hostname").out == "matsudo-017\n"
    assert "mimamori" in node.run("mimamori", "--help").out
    assert "mimamori-recorder" in node.run("id", "mimamori-recorder").out
    assert node.run("/opt/mimamori/current/bin/python", "-c", "import av, cv2, pyrage, sdnotify").status == 0


def test_files_lie_there_with_mode_and_owner(node: Node) -> None:
    assert node.read("/etc/there/note.toml") == "x = 1\n"
    assert node.run("stat", "-c", "%a %u", "/etc/mimamori/secret", "/etc").out == "600 7\n755 0\n"
    node.write("/etc/mimamori/secret", "t", mode=0o640, owner="root:daemon")
    assert node.run("stat", "-c", "%a %G", "/etc/mimamori/secret").out == "640 daemon\n"
    assert node.run("cat", "/etc/mimamori/secret", user="daemon").out == "t"
    assert node.run("cat", "/etc/mimamori/secret", user="games", check=False).status != 0


def test_node_is_reached_by_ssh_and_by_sockets(lab: NodeLab, node: Node) -> None:
    assert lab.run(*node.ssh, "hostname").out == "matsudo-017\n"
    with lab.network(), socket.create_connection((node.address, 22), timeout=30) as connection:
        assert connection.recv(3) == b"SSH"


def test_nodes_differ_and_reach_each_other_and_nothing_else(lab: NodeLab, node: Node) -> None:
    other = lab.node("cam-other", bare=True)
    other.boot()
    assert other.read("/etc/machine-id") != node.read("/etc/machine-id")
    assert other.identity.host_key != node.identity.host_key
    assert other.run("ping", "-c1", "-W30", node.address).status == 0
    assert other.run("ip", "route", "show", "default").out == ""
    other.close()


def test_node_goes_on_after_shutdown_and_cut(lab: NodeLab) -> None:
    node = lab.node("cam-cut", bare=True)
    node.boot()
    node.shell("echo kept >/root/kept")
    node.shutdown()
    node.boot()
    node.freeze()
    node.cut()
    assert not node.running
    node.boot()
    assert node.read("/root/kept") == "kept\n"


def test_power_cut_keeps_what_was_synced_and_nothing_else(lab: NodeLab) -> None:
    node = lab.node("cam-power", bare=True, on_image=True, disks={"card": 2**26})
    node.boot()
    disk = "/dev/disk/by-label/card"
    node.shell(f"mkfs.ext4 -q -L card {disk}; mount -o commit=300 {disk} /mnt")
    for place in ("/root", "/mnt"):
        node.shell(f"echo synced >{place}/synced; sync {place}/synced; sync -f {place}; echo lost >{place}/unsynced")
    node.power_cut()
    node.boot()
    node.shell(f"mount {disk} /mnt")
    for place in ("/root", "/mnt"):
        assert node.read(f"{place}/synced") == "synced\n"
        assert node.run("cat", f"{place}/unsynced", check=False).out == ""


def test_cut_without_power_keeps_what_was_only_written(lab: NodeLab) -> None:
    node = lab.node("cam-control", bare=True, on_image=True)
    node.boot()
    node.shell("echo lost >/root/unsynced")
    node.cut()
    node.boot()
    assert node.read("/root/unsynced") == "lost\n", "what the power cut loses was written: the cut itself takes it"


def test_lab_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as lab:
        assert lab.stdout is not None and lab.stderr is not None
        assert lab.stdout.readline() == b"\n", lab.stderr.read().decode()
        below = set(_below(lab.pid))
        assert str(tmp_path) in _loops()
        lab.kill()
    assert len(below) > 10
    _await(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below), "processes")
    _await(lambda: str(tmp_path) not in _loops(), "loop devices")
    assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()
    (tmp_path / "next").mkdir()
    with open_lab(tmp_path / "next"):
        for root in cgroup_roots():
            assert not [one for one in root.glob("mml-*") if not Path("/proc", one.name.split("-")[1]).exists()]


def test_missing_rights_are_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(MissingRights, match="needs root"):
        open_lab(tmp_path).__enter__()
    monkeypatch.undo()
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingRights, match=r"systemd-nspawn, mmdebstrap, .*deploy/setup"):
        open_lab(tmp_path).__enter__()


def _below(pid: int) -> Iterator[int]:
    for child in children(pid):
        yield child
        yield from _below(child)


def _loops() -> str:
    return run("losetup", "--list", "--noheadings", "-O", "BACK-FILE").out


def _await(condition: Callable[[], bool], what: str) -> None:
    clock = SystemClock()
    end_ns = clock.monotonic_ns() + GONE_WITHIN_S * 10**9
    while not condition():
        assert clock.monotonic_ns() < end_ns, f"{what} are left"
        clock.sleep(0.1)
