"""A node whose root is a board's: an ext4 mounted read-only, which whatever changes it opens and closes again."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.fleet.rotation.passwords import materials, new_password
from edge.fleet.rotation.program import program
from edge.passwords.messages import Request
from edge.wire.decommissioned import parse_decommissioned
from edge.wire.keys import SigningKey
from tests.ansible.tables import ANSIBLE
from tests.fleet.rotation.lab import ADMIN, KEYFILE, NODE, ROLE, WIFI, kinds_of, signs_in, wifi_word
from tests.lab.nodes import Done, File, Files, Node, NodeLab, open_lab
from tests.lab.nodes.provision import documents, provision, provisioned, settings
from tests.lab.update.street import Street

pytestmark = pytest.mark.timeout(1200)

NAME, MIB = "matsudo-017", 2**20
BASELINE = ANSIBLE / "roles" / "baseline" / "files"
REVERT = ANSIBLE / "roles" / "baseline" / "templates" / "mimamori-revert.service.j2"
TASKS = ANSIBLE / "playbooks" / "tasks"
START = "mimamori-rotation-start.service"
CLOSES, TIMER = "mimamori-close-root.service", "mimamori-root-closes"
TRIED_AGAIN_S = 120.0


@dataclass(frozen=True, slots=True)
class Board:
    """A node that records from a closed root."""

    lab: NodeLab
    node: Node
    street: Street
    folder: Path

    def closed(self) -> bool:
        """Whether the root takes no writes, as the node's own table of mounts has it."""
        lines = [line.split() for line in self.node.read("/proc/mounts").splitlines()]
        (options,) = [fields[3].split(",") for fields in lines if fields[1] == "/"]
        return options[0] == "ro"

    def open(self) -> None:
        self.node.run("systemctl", "start", "mimamori-open-root.service")
        assert not self.closed()

    def close(self) -> None:
        self.node.run("systemctl", "start", CLOSES)
        assert self.closed()

    def closes(self) -> None:
        """Waits for it."""
        self.lab.until(self.closed, "a closed root", TRIED_AGAIN_S)

    def starts_anew(self) -> None:
        """Shuts it down and boots it, from a root that is closed."""
        self.node.shutdown()
        self.node.boot()
        assert self.closed()
        self.street.records_again()

    def play(self, *tasks: str) -> Done:
        """Plays tasks by the real program, over SSH; ``open`` and ``close`` are the playbooks' own."""
        lines = [f"    - ansible.builtin.import_tasks: {TASKS / one}.yml" if one in ("open", "close") else one
                 for one in tasks]  # fmt: skip
        book = self.folder / "book.yml"
        book.write_text("\n".join(["- hosts: all", "  gather_facts: false", "  tasks:", *lines]) + "\n")
        words = " ".join(self.node.ssh_options)
        return self.lab.run(
            "env", "-C", str(ANSIBLE), str(Path(sys.executable).with_name("ansible-playbook")), "-u", "root",
            "-i", f"{self.node.address},", f"--ssh-common-args={words}", str(book),
            environment={"ANSIBLE_HOME": str(self.folder / "ansible"), "ANSIBLE_NOCOLOR": "1"},
        )  # fmt: skip


def brought() -> Files:
    """Returns what playbooks put on a node that first boot does not."""
    units = {f"/etc/systemd/system/{path.name}": path.read_text() for path in ROLE.glob("*.service")}
    hook = "52mimamori-upgrades"
    return {
        **units,
        "/usr/local/sbin/mimamori-rotation": File(program(), 0o755),
        "/etc/mimamori/rotation.json": json.dumps({"v": 1, "accounts": NODE, "revert_s": 300}),
        KEYFILE: File(WIFI.encode(), 0o600),
        f"/etc/apt/apt.conf.d/{hook}": (BASELINE / hook).read_text(),
        "/usr/local/sbin/mimamori-revert": File((BASELINE / "revert.py").read_bytes(), 0o755),
        "/etc/systemd/system/mimamori-revert.service": REVERT.read_text(),
        "/etc/systemd/system/mimamori-revert.timer": "[Timer]\nOnActiveSec=1h\n[Install]\nWantedBy=timers.target\n",
        "/etc/systemd/system/mimamori-decommission.service.d/wait.conf": "[Service]\nEnvironment=WAIT_S=5\n",
    }


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """Made with its root open, as first boot does, then booted with it closed."""
    folder = tmp_path_factory.mktemp("board")
    with open_lab(tmp_path_factory.mktemp("nodes")) as lab:
        city = provisioned(folder / "city")
        node = lab.node(
            NAME, files={**documents(city, lab.address), **brought()}, ext4_root=True, packages=("hello",),
            links={f"/etc/systemd/system/sysinit.target.wants/{START}": f"/etc/systemd/system/{START}"},
            disks={"mimamori-state": 640 * MIB, "mimamori-spool": 96 * MIB}, formatted=("mimamori-state",),
        )  # fmt: skip
        node.boot()
        provision(node, city, settings(NAME))
        node.shell(f"useradd --create-home --shell /bin/bash {ADMIN}; echo {ADMIN}:delivered-word | chpasswd")
        street = Street(lab, node, city, folder)
        street.records_again()
        node.shutdown()
        node.read_only = True
        node.boot()
        yield Board(lab, node, street, folder)


def test_node_records_with_its_root_closed_and_nothing_complains(board: Board) -> None:
    board.street.records_again()
    assert board.closed()
    assert board.node.run("systemctl", "--failed", "--no-legend").out == ""
    assert "ead-only file system" not in board.node.journal("-b")
    assert "EROFS" not in board.node.journal("-b")
    assert board.node.run("systemctl", "is-system-running").out == "running\n"


def test_lab_that_opens_the_root_sees_it_open(board: Board) -> None:
    """The control: on a root that cannot be remounted all else here would be well."""
    write = ("touch", "/probe")
    assert board.closed()
    assert "Read-only file system" in board.node.run(*write, check=False).err
    board.node.run("mount", "-o", "remount,rw", "/")
    assert not board.closed()
    assert board.node.run(*write).status == 0
    board.node.run("mount", "-o", "remount,ro", "/")
    assert board.closed()
    assert board.node.run(*write, check=False).status != 0


def test_update_opens_it_and_closes_it(board: Board) -> None:
    board.street.bring("1.0.0")
    status, said = board.street.update()
    assert status == 0, said
    assert board.closed()
    board.starts_anew()
    assert board.street.version() == "1.0.0"


def test_update_that_a_power_cut_ended_is_led_back_with_the_root_closed_again(board: Board) -> None:
    link = board.street.link()
    board.street.bring("2.0.0")
    board.street.cut_when(lambda: board.street.link() != link, "the switch")
    board.street.records_again()
    board.closes()
    assert (board.street.link(), board.street.status()["trial"]) == (link, None)


def rotated(board: Board, do: str, words: dict[str, str]) -> None:
    request = Request(do, turn="7" * 32, made=1, accounts=materials(kinds_of(NODE), words) if do == "stage" else {})
    said = json.loads(board.node.run("mimamori-rotation", "serve", stdin=request.dump().decode()).out)
    assert said["ok"], said


def test_passwords_are_changed_in_a_root_that_is_closed_before_and_after(board: Board) -> None:
    words = {account: new_password() for account in NODE}
    for do in ("stage", "confirm"):
        assert board.closed()
        rotated(board, do, words)
        assert board.closed()
    board.starts_anew()
    assert signs_in(board.node, words["console"])
    assert wifi_word(board.node) == words["access-point"]


def test_passwords_that_nobody_confirms_go_back_at_the_next_start(board: Board) -> None:
    before, words = wifi_word(board.node), {account: new_password() for account in NODE}
    rotated(board, "stage", words)
    assert wifi_word(board.node) == words["access-point"]
    board.starts_anew()
    assert wifi_word(board.node) == before
    assert not signs_in(board.node, words["console"])


def test_apt_has_its_lists_and_packages_and_leaves_the_root_closed(board: Board) -> None:
    node = board.node
    assert "hello" not in node.run("apt-cache", "policy", "hello", check=False).out
    assert node.run("apt-get", "update", check=False).status != 0, "the control: apt alone cannot write its lists"
    node.run("systemctl", "start", "apt-daily.service")
    board.closes()
    assert "Candidate: 2" in node.run("apt-cache", "policy", "hello").out
    node.run("systemctl", "start", "apt-daily-upgrade.service")
    board.closes()
    node.run("systemctl", "start", "mimamori-open-root.service")
    node.run("apt-get", "--yes", "install", "hello", environment={"DEBIAN_FRONTEND": "noninteractive"})
    board.closes()
    board.starts_anew()
    assert node.run("hello").out == "Hello, world!\n"


def test_play_opens_it_changes_something_and_closes_it(board: Board) -> None:
    board.play("open", "    - ansible.builtin.copy: {content: played, dest: /etc/played, mode: '0644'}", "close")
    assert board.closed()
    assert board.node.property(f"{TIMER}.timer", "ActiveState") == "inactive"
    board.starts_anew()
    assert board.node.read("/etc/played") == "played"


def test_play_that_never_returns_leaves_a_closing_behind_that_waits_for_the_next(board: Board) -> None:
    node = board.node
    board.play("open")
    assert not board.closed()

    def due_s() -> float:
        left = node.run("systemctl", "list-timers", "--output=json", f"{TIMER}.timer").out
        return float(json.loads(left)[0]["next"]) / 1e6 - float(node.run("date", "+%s").out)

    first = due_s()
    assert 3000 < first <= 3600
    board.lab.until(lambda: due_s() < first - 2, "some of the hour")
    board.play("open")
    assert due_s() > first - 2, "it would have closed it under the second one"
    node.run("systemctl", "start", node.property(f"{TIMER}.timer", "Unit"))
    assert board.closed(), "what the timer starts closes it"
    board.play("open")
    board.play("open", "close")
    assert board.closed()
    assert node.property(f"{TIMER}.timer", "ActiveState") == "inactive"


def test_way_back_from_a_lockout_opens_it_and_closes_it(board: Board) -> None:
    node, path = board.node, "/etc/sudoers.d/probe"
    board.open()
    node.run("mimamori-revert", "arm")
    node.write(path, "# locks everybody out\n", mode=0o440)
    board.close()
    node.run("systemctl", "start", "mimamori-revert.service")
    board.closes()
    board.starts_anew()
    assert node.run("test", "-e", path, check=False).status != 0
    assert node.property("mimamori-revert.timer", "ActiveState") == "inactive"


def test_way_back_that_fails_is_tried_again(board: Board) -> None:
    node, program = board.node, "/usr/local/sbin/mimamori-revert"
    board.open()
    node.run("mimamori-revert", "arm")
    node.run("mv", program, f"{program}.away")
    assert node.run("systemctl", "start", "mimamori-revert.service", check=False).status != 0
    node.run("mv", f"{program}.away", program)
    gone = ("test", "-e", "/var/lib/mimamori-revert/before.tar")
    board.lab.until(lambda: node.run(*gone, check=False).status != 0, "the second try", TRIED_AGAIN_S)
    board.closes()


def test_root_that_somebody_writes_to_is_closed_when_he_has_done(board: Board) -> None:
    node = board.node
    board.open()
    node.run("systemd-run", "-q", "--unit=writer", "sh", "-c", "exec 9>/etc/held; sleep 3600")
    board.lab.until(lambda: node.run("test", "-e", "/etc/held", check=False).status == 0, "the writer")
    assert node.run("systemctl", "start", CLOSES, check=False).status != 0
    assert not board.closed(), "the kernel closes nothing under a writer"
    assert "busy" in node.journal("-u", CLOSES)
    assert node.run("systemctl", "is-system-running").out == "running\n", "it is no fault, and tried again"
    node.run("systemctl", "stop", "writer")
    board.closes()


def test_change_that_cannot_be_closed_after_counts_all_the_same(board: Board) -> None:
    node, words = board.node, {account: new_password() for account in NODE}
    hold = "until true >>/etc/held; do sleep 0.02; done 2>/dev/null; exec 9>>/etc/held; sleep 3600"
    node.run("systemd-run", "-q", "--unit=writer", "sh", "-c", hold)  # writes as soon as somebody opens the root
    rotated(board, "stage", words)
    rotated(board, "confirm", words)
    assert not board.closed(), "the control"
    assert wifi_word(node) == words["access-point"]
    node.run("systemctl", "stop", "writer")
    board.closes()


def test_program_that_was_replaced_while_it_runs_keeps_nobody_from_closing_the_root(board: Board) -> None:
    """As after each security update of a library: the file system waits for the last process that has the old one."""
    node = board.node
    board.open()
    node.shell("cp /usr/bin/sleep /opt/lasting; systemd-run -q --unit=lasting /opt/lasting 3600; sleep 1")
    node.shell("rm /opt/lasting; sync")
    assert node.run("mount", "-o", "remount,ro", "/", check=False).status != 0, "the control"
    board.close()
    assert node.run("findmnt", "-no", "FS-OPTIONS", "/").out.split(",")[0].strip() == "rw"
    board.open()
    node.run("systemctl", "stop", "lasting")
    board.close()
    assert node.run("findmnt", "-no", "FS-OPTIONS", "/").out.split(",")[0].strip() == "ro"


def test_node_is_decommissioned_and_its_root_is_closed(board: Board) -> None:
    """Last, for it ends the node; the page's way to it is another test's."""
    node = board.node
    public = SigningKey.load(Path(f"/proc/{node.pid}/root/var/lib/mimamori/recorder/signing.pem")).public_key
    assert ":$" in node.read("/etc/shadow")
    board.play(
        "open",
        "    - ansible.builtin.command: systemctl stop mimamori.target mimamori-recorder.service",
        "    - ansible.builtin.command: mimamori node decommission --config /etc/mimamori/node.toml --reference T-1"
        " --unreceipted --access",
        "close",
    )
    board.closes()
    assert ":$" not in node.read("/etc/shadow")
    node.shutdown()
    node.boot()
    assert board.closed()
    assert ":$" not in node.read("/etc/shadow")
    node.run("systemctl", "start", "mimamori-storage.service")
    word = parse_decommissioned(node.read("/var/lib/mimamori/decommission/certificate.json").encode(), public)
    assert word.payload.node == NAME
