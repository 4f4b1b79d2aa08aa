"""The process table of ``docs/architecture.md``, by behaviour: each process's own unit, in a node that records."""

from __future__ import annotations

import json

import pytest

from tests.ansible.tables import ANSIBLE
from tests.lab.nodes import Node, NodeLab
from tests.lab.nodes.probes import tried, tried_without
from tests.lab.nodes.provision import documents, provision, provisioned, settings

PROCESSES = ("recorder", "uplink", "aim", "commission", "panel")
LASTING = ("recorder", "uplink", "commission", "panel")
MIB = 2**20
OPEN_NETWORK = ("PrivateNetwork=no", "RestrictAddressFamilies=", "IPAddressDeny=")
OPEN_RUN = ("TemporaryFileSystem=",)
OPEN_DEVICES = ("PrivateDevices=no", "DevicePolicy=auto", "DeviceAllow=", "SupplementaryGroups=video gpio")
AS_RECORDER = ("User=mimamori-recorder", "InaccessiblePaths=")
AS_UPLINK = ("User=mimamori-uplink", "InaccessiblePaths=")
OPEN_SPOOL = (*AS_RECORDER, "ReadOnlyPaths=", "ReadWritePaths=/var/spool/mimamori")
AS_ROOT = ("User=root", "Group=root", "CapabilityBoundingSet=~", "InaccessiblePaths=", "ProtectSystem=no")
MAY_NOT = {
    "recorder": {
        "tcp": OPEN_NETWORK, "inet": OPEN_NETWORK, "inet6": OPEN_NETWORK, "netlink": OPEN_NETWORK,
        "abstract": OPEN_NETWORK, "dbus": OPEN_RUN, "systemd": (*OPEN_RUN, *AS_ROOT), "tls-key": AS_UPLINK,
        "pins": OPEN_DEVICES, "etc-write": AS_ROOT,
    },
    "uplink": {
        "dbus": OPEN_RUN, "camera": OPEN_DEVICES, "pins": OPEN_DEVICES, "signing-key": AS_RECORDER,
        "floor": AS_RECORDER, "spool-write": OPEN_SPOOL, "spool-create": OPEN_SPOOL, "etc-write": AS_ROOT,
        "port-80": AS_ROOT,
    },
    "aim": {
        "tcp": OPEN_NETWORK, "inet": OPEN_NETWORK, "netlink": OPEN_NETWORK, "abstract": OPEN_NETWORK, "dbus": OPEN_RUN,
        "signing-key": AS_RECORDER, "tls-key": AS_UPLINK, "spool-read": OPEN_SPOOL, "spool-write": OPEN_SPOOL,
        "pins": OPEN_DEVICES,
    },
    "commission": {
        "tcp": OPEN_NETWORK, "port-8443": ("SocketBindDeny=", "SocketBindAllow="), "dbus": OPEN_RUN,
        "camera": OPEN_DEVICES, "pins": OPEN_DEVICES, "signing-key": AS_RECORDER, "floor": AS_RECORDER,
        "tls-key": AS_UPLINK, "spool-read": OPEN_SPOOL, "spool-write": OPEN_SPOOL, "etc-write": AS_ROOT,
    },
    "panel": {
        "tcp": OPEN_NETWORK, "inet": OPEN_NETWORK, "abstract": OPEN_NETWORK, "dbus": OPEN_RUN, "camera": OPEN_DEVICES,
        "signing-key": AS_RECORDER, "floor": AS_RECORDER, "tls-key": AS_UPLINK, "receipts": AS_UPLINK,
        "spool-read": OPEN_SPOOL, "spool-write": OPEN_SPOOL,
    },
}  # fmt: skip
"""Of each process what it may not, and the lines without which it could."""
MAY = {
    "recorder": (
        "notify",
        "signing-key",
        "floor",
        "receipts",
        "spool-write",
        "spool-create",
        "run-create",
        "clock-asked",
    ),
    "uplink": ("notify", "tcp", "tls-key", "register", "receipts", "spool-read", "run-create", "clock-asked"),
    "aim": ("floor", "run-create", "clock-asked"),
    "commission": ("notify", "page-key", "receipts", "port-443", "port-80", "port-8444", "run-create", "clock-asked"),
    "panel": ("notify", "run-create"),
}
NODE_ROLES = ("baseline", "management_link", "password_rotation")
STANDS_IN = "[Service]\nExecStart=/bin/true\n"
"""For a service that the lab's base lacks."""
LISTENER = (
    "import socket, time; one = socket.socket(socket.AF_UNIX); one.bind(chr(0) + 'lab-probe'); one.listen(99);"
    " time.sleep(86400)"
)


@pytest.fixture(scope="module")
def node(lab: NodeLab, tmp_path_factory: pytest.TempPathFactory) -> Node:
    city = provisioned(tmp_path_factory.mktemp("city"))
    made = lab.node(
        "matsudo-017", files=documents(city, lab.address), formatted=("mimamori-state",),
        disks={"mimamori-state": 64 * MIB, "mimamori-spool": 96 * MIB},
    )  # fmt: skip
    made.boot()
    made.shell("ip addr add 192.168.70.1/24 dev host0; mknod /dev/video0 c 81 0; mknod /dev/gpiochip0 c 254 0")
    made.shell("chgrp video /dev/video0; chgrp gpio /dev/gpiochip0; chmod 660 /dev/video0 /dev/gpiochip0")
    made.run("systemd-run", "-q", "/usr/bin/python3", "-c", LISTENER)
    provision(made, city, settings("matsudo-017"))
    lab.until(lambda: segments(made) > 0, "footage")
    return made


def segments(node: Node) -> int:
    """Segments of footage that the recorder's run has kept."""
    said = node.run("cat", "/run/mimamori/recorder.json", check=False).out
    return int(json.loads(said)["segments"]) if said else 0


def test_node_records_as_users_of_their_own(node: Node) -> None:
    for process in LASTING:
        assert node.property(f"mimamori-{process}.service", "ActiveState") == "active"
        pid = node.property(f"mimamori-{process}.service", "MainPID")
        assert node.run("stat", "-c", "%U", f"/proc/{pid}/cgroup").out.strip() in {f"mimamori-{process}", "root"}
        assert f"Uid:\t{node.run('id', '-u', f'mimamori-{process}').out.strip()}\t" in node.read(f"/proc/{pid}/status")


@pytest.mark.parametrize("process", PROCESSES)
def test_process_cannot(node: Node, process: str) -> None:
    said = tried(node, process, tuple(MAY_NOT[process]))
    assert [name for name, error in said.items() if not error] == []


@pytest.mark.parametrize("process", PROCESSES)
def test_process_could_without_its_properties(node: Node, process: str) -> None:
    assert tried_without(node, process, MAY_NOT[process]) == dict.fromkeys(MAY_NOT[process], "")


@pytest.mark.parametrize("process", PROCESSES)
def test_process_can_what_its_work_needs(node: Node, process: str) -> None:
    assert tried(node, process, MAY[process]) == dict.fromkeys(MAY[process], "")


def test_recorder_leaves_no_core_and_nobody_reads_its_memory(node: Node) -> None:
    pid = node.property("mimamori-recorder.service", "MainPID")
    assert "Max core file size        0                    0" in node.read(f"/proc/{pid}/limits")
    assert node.property("mimamori-recorder.service", "LimitMEMLOCK") == "infinity"  # here no limit can be raised
    assert node.run("cat", f"/proc/{pid}/environ", user="mimamori-recorder", check=False).status != 0
    own = "sleep 99 & cat /proc/$!/environ >/dev/null; kill $!"
    assert node.shell(own, user="mimamori-recorder").status == 0, "the control: another process of the user can be read"


def test_nobody_replaces_the_file_of_another_in_the_run_directory(node: Node) -> None:
    replace = "cd /run/mimamori; echo forged >forged; mv -f forged recorder.json"
    assert node.shell(replace, user="mimamori-panel", check=False).status != 0
    node.shell("rm -f /run/mimamori/forged; chmod -t /run/mimamori")
    assert node.shell(replace, user="mimamori-panel").status == 0, "the control: without the sticky bit it could"
    node.shell("rm -f /run/mimamori/recorder.json; chmod +t /run/mimamori")


def test_exposure_is_at_most_two_but_for_what_remounts_the_root(node: Node) -> None:
    """The units of the roles too, which an ordinary node has besides."""
    for path in sorted((ANSIBLE / "roles").glob("*/*/mimamori-*.service*")):
        if path.parents[1].name in NODE_ROLES:
            node.write(f"/run/systemd/system/{path.name.removesuffix('.j2')}", path.read_text())
    node.run("systemctl", "daemon-reload")
    listed = node.shell("ls /usr/lib/systemd/system /run/systemd/system | grep '^mimamori-.*[.]service$'").out.split()
    assert {f"mimamori-{name}.service" for name in (*PROCESSES, "storage", "update", "decommission")} <= set(listed)
    words = ("systemd-analyze", "security", "--no-pager", "--threshold=20")
    exposed = {unit for unit in listed if node.run(*words, unit, check=False).status}
    assert exposed == {"mimamori-open-root.service", "mimamori-close-root.service"}
    assert node.run(*words, "ssh.service", check=False).status != 0, "the control"


def test_upgrades_run_by_their_timer_alone_and_nothing_of_them_waits_in_memory(node: Node) -> None:
    assert node.run("systemctl", "is-enabled", "unattended-upgrades.service", check=False).out == "masked\n"
    assert node.run("pgrep", "--full", "unattended-upgrade", check=False).out == ""
    assert node.run("unattended-upgrade", "--help").status == 0, "the control: it is installed"


def test_units_verify_without_a_word(node: Node) -> None:
    node.write("/run/systemd/system/ModemManager.service", STANDS_IN)
    units = node.shell(
        "cd /usr/lib/systemd/system; ls mimamori*.service mimamori*.path mimamori*.target mimamori*.slice var-*.mount"
    ).out
    said = node.run("systemd-analyze", "verify", *units.split())
    assert (said.out, said.err) == ("", "")
