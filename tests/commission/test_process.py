"""``mimamori node commission`` as a process: its ports in every state, its end, its fingerprint."""

from __future__ import annotations

import hashlib
import logging
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.base.clock import SystemClock
from edge.base.files import publish
from edge.cli import main
from edge.commission import listening
from edge.commission.certificate import OnSite, make_pair
from edge.commission.register import Register
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.registerentry import Acknowledged, dump_acknowledged
from edge.wire.visit import Scope, VisitTicket, normal_code
from edge.wire.visitevents import What, read_events
from edge.wire.visitreport import VisitState
from tests.commission.house import Browser, free_ports
from tests.commission.listeners import listeners
from tests.commission.running import PATIENCE_S, Running
from tests.commission.site import code, window_of
from tests.commission.test_register import ENTRY
from tests.node.town import NODE, ROLES, ROOT, make_authority

HOUR_US = 3600 * 1_000_000
TOML = """
node = "{node}"
camera = "MATSUDO 17"
demo = true
root = "root.pub"
authority = "authority.json"
masks = "masks.json"
state = "recorder"
run = "run"
retention_days = 7
[source]
kind = "street"
[spool]
folder = "spool"
capacity_bytes = 1_000_000_000
[uplink]
center_url = "https://center.example"
mqtt_host = "center.example"
ca = "ca.pem"
state = "uplink"
upload = "all"
"""
VISIT = """
[visit]
state = "visit"
address = "127.0.0.1"
https_port = {https}
http_port = {http}
[panel]
kind = "mock"
"""


class Node(Running):
    """A node's folder and the page's process."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, NODE)
        self.https, self.http = free_ports(2)
        (folder / "uplink" / "inbox").mkdir(parents=True)
        (folder / "root.pub").write_text(ROOT.public_key.hex())
        (folder / "authority.json").write_bytes(make_authority().data)
        self.config.write_text(TOML.format(node=NODE) + VISIT.format(https=self.https, http=self.http))
        self.start("commission", "--verbose")
        (self.process,) = self.processes
        self.until(lambda: self.stands(VisitState.CLOSED))

    def stands(self, state: VisitState) -> bool:
        return self.state is state

    @property
    def wants_network(self) -> bool:
        return (self.folder / "run" / "onsite").exists()

    @property
    def ports(self) -> set[str]:
        return {f"tcp 127.0.0.1 {self.https}", f"tcp 127.0.0.1 {self.http}"}

    @property
    def events(self) -> list[What]:
        return [event.state for event in read_events(self.folder / "visit" / "visits.jsonl")]

    def ticket(self, scope: Scope) -> None:
        now_us = SystemClock().now_us()
        word = VisitTicket(
            ticket=os.urandom(16).hex(),
            node=NODE,
            installer="K-07",
            scope=scope,
            issued=now_us,
            begins=now_us - HOUR_US,
            ends=now_us + HOUR_US,
            window=window_of(scope),
            code_salt=code().salt,
            code_hash=code().hash,
        )
        data = signed.sign("visit-ticket", word, ROLES[Role.VISIT]).data
        (self.folder / "uplink" / "inbox" / "visit-ticket.json").write_bytes(data)

    def browser(self) -> Browser:
        return Browser(f"https://127.0.0.1:{self.https}", self.on_site)

    def answers(self) -> bool:
        """Whether both ports are open."""
        try:
            for port in (self.https, self.http):
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            return False
        return True

    def end(self) -> int:
        (status,) = self.stop()
        return status


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    node = Node(tmp_path)
    yield node
    if node.process.poll() is None:
        node.end()


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may look into an undumpable process")


def test_register_entry_is_deleted_once_the_uplink_says_that_the_center_has_it(node: Node) -> None:
    entry = node.folder / "visit" / "register" / "entry.json"
    Register(entry, node.folder / "unused", NODE).put(ENTRY.model_copy(update={"node": NODE}))
    said = Acknowledged(node=NODE, at=ENTRY.at)
    publish(node.folder / "uplink" / "inbox" / "register-acknowledged.json", dump_acknowledged(said))
    node.until(lambda: not entry.exists())
    assert node.end() == 0
    assert ENTRY.host_phone not in (node.folder / "said").read_text()


@needs_root
def test_ports_are_open_in_a_visit_alone_and_nothing_else_ever(node: Node) -> None:
    pid = node.process.pid
    assert listeners(pid) == set()
    node.ticket(Scope.INSPECT)
    node.press()
    node.until(lambda: listeners(pid) == node.ports)
    assert node.stands(VisitState.WAITING)
    browser = node.browser()
    assert browser.enter(code().text).status_code == 204
    assert node.stands(VisitState.OPEN)
    assert listeners(pid) == node.ports
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", node.https), timeout=5).close()
    node.press()
    node.until(lambda: node.stands(VisitState.ENDED))
    assert listeners(pid) == node.ports
    node.press()
    node.until(lambda: node.stands(VisitState.WAITING))
    node.press()
    node.until(lambda: listeners(pid) == set())
    assert node.stands(VisitState.CLOSED)
    browser.close()


@needs_root
def test_no_memory_of_the_process_goes_to_swap_and_no_core_is_left(node: Node) -> None:
    pid = Path(f"/proc/{node.process.pid}")
    fields = dict(line.split(":", 1) for line in (pid / "status").read_text().splitlines())
    assert int(fields["VmLck"].split()[0]) >= int(fields["RssAnon"].split()[0])
    core = next(line for line in (pid / "limits").read_text().splitlines() if line.startswith("Max core"))
    assert core.split()[4:6] == ["0", "0"]


def mapped(pid: int) -> set[str]:
    """Returns which of the large libraries a process has in memory."""
    maps = Path(f"/proc/{pid}/maps").read_text()
    return {name for name in ("numpy", "cv2", "pydantic_core") if f"/{name}" in maps}


@needs_root
def test_process_that_waits_has_nothing_of_the_page_in_memory(node: Node) -> None:
    assert mapped(node.process.pid) == {"pydantic_core"}
    node.press()
    node.until(node.answers)
    assert mapped(node.process.pid) == {"numpy", "cv2", "pydantic_core"}


@needs_root
def test_control_another_listener_is_found() -> None:
    before = listeners(os.getpid())
    with socket.create_server(("127.0.0.1", 0)) as one, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        found = listeners(os.getpid()) - before
        assert found == {f"tcp 127.0.0.1 {one.getsockname()[1]}", f"udp 127.0.0.1 {other.getsockname()[1]}"}


def test_process_that_ends_ends_its_visit_and_says_so(node: Node) -> None:
    node.ticket(Scope.FIRST)
    node.press()
    node.until(lambda: node.stands(VisitState.WAITING))
    browser = node.browser()
    node.until(node.answers)
    assert browser.enter("ZZZZ-ZZZZ").status_code == 403
    assert browser.enter(code().text).status_code == 204
    browser.close()
    assert node.end() == 0
    assert node.stands(VisitState.CLOSED)
    assert node.events == [What.OPENED, What.ENDED]
    said = (node.folder / "said").read_text()
    assert "Traceback" not in said
    assert code().text not in said
    assert normal_code(code().text) not in said


def test_phone_that_keeps_its_connection_is_no_error_at_closing(node: Node) -> None:
    node.press()
    node.until(node.answers)
    trust = ssl.create_default_context(cafile=str(node.folder / "visit" / "onsite.pem"))
    with (
        socket.create_connection(("127.0.0.1", node.https)) as bare,
        trust.wrap_socket(bare, server_hostname="127.0.0.1") as phone,
    ):
        phone.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{node.https}\r\n\r\n".encode())
        assert phone.recv(64).startswith(b"HTTP/1.1 200")
        node.press()
        node.until(lambda: node.stands(VisitState.CLOSED) and not node.answers())
        assert node.end() == 0
    said = (node.folder / "said").read_text()
    assert "Shutting down" in said and "Cancel" not in said


@pytest.mark.parametrize(("running", "news"), [(0, False), (2, True)])
def test_control_requests_that_were_cut_off_are_told(running: int, news: bool) -> None:
    text = "Cancel %s running task(s), timeout graceful shutdown exceeded"
    said = logging.LogRecord("uvicorn.error", logging.ERROR, __file__, 1, text, (running,), None)
    assert listening._is_news(said) is news


def test_killed_process_leaves_an_end_for_the_recorder(node: Node) -> None:
    node.ticket(Scope.FIRST)
    node.press()
    node.until(lambda: node.stands(VisitState.WAITING))
    node.until(node.answers)
    browser = node.browser()
    assert browser.enter(code().text).status_code == 204
    browser.close()
    node.process.kill()
    node.process.wait(PATIENCE_S)
    assert node.events == [What.OPENED]
    node.processes.remove(node.process)
    node.start("commission")
    (node.process,) = node.processes
    node.until(lambda: node.stands(VisitState.CLOSED))
    assert node.events == [What.OPENED, What.ENDED]
    node.until(lambda: not node.wants_network)


def test_network_is_wanted_exactly_while_a_visit_is_more_than_closed(node: Node) -> None:
    assert not node.wants_network
    node.press()
    node.until(lambda: node.stands(VisitState.WAITING) and node.wants_network)
    node.press()
    node.until(lambda: node.stands(VisitState.CLOSED) and not node.wants_network)
    node.press()
    node.until(lambda: node.wants_network)
    assert node.end() == 0
    assert not node.wants_network


def test_phone_sees_the_certificate_that_was_made_ahead(tmp_path: Path) -> None:
    pair = make_pair(NODE, "127.0.0.1")
    (tmp_path / "visit").mkdir(mode=0o700)
    (tmp_path / "visit" / "onsite-key.pem").write_bytes(pair.key)
    (tmp_path / "visit" / "onsite.pem").write_bytes(pair.certificate)
    node = Node(tmp_path)
    try:
        node.press()
        node.until(node.answers)
        seen = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", node.https), timeout=PATIENCE_S))
    finally:
        node.end()
    assert hashlib.sha256(seen).digest().hex(":").upper() == pair.fingerprint


def test_fingerprint_is_printed_before_and_after_the_first_start(
    node: Node, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["node", "fingerprint", "--config", str(node.config)]) == 0
    printed = capsys.readouterr().out.strip()
    state = node.folder / "visit"
    assert printed == OnSite(state / "onsite-key.pem", state / "onsite.pem").fingerprint


def test_second_process_is_refused(node: Node, capsys: pytest.CaptureFixture[str]) -> None:
    words = [sys.executable, "-m", "edge.cli", "node", "commission", "--config", str(node.config)]
    second = subprocess.run(words, capture_output=True, timeout=PATIENCE_S, check=False)
    assert second.returncode == 75


def test_node_without_a_visit_table_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "node.toml"
    config.write_text(TOML.format(node=NODE))
    assert main(["node", "fingerprint", "--config", str(config)]) == 78
    assert "[visit]" in capsys.readouterr().err


def test_first_visit_leads_to_the_steps_and_keeps_what_is_drawn(node: Node) -> None:
    node.ticket(Scope.FIRST)
    node.press()
    node.until(node.answers)
    browser = node.browser()
    assert browser.enter(code().text).status_code == 204
    assert 'href="/steps"' in browser.get("/").text
    assert browser.get("/steps").status_code == 200
    draft = b'{"v":1,"node":"%s","step":"line"}' % NODE.encode()
    assert browser.post("/steps/draft", draft).status_code == 200
    assert browser.get("/steps/draft").json()["draft"]["step"] == "line"
    assert len(browser.get("/steps/line").json()) == 5
    assert (node.folder / "visit" / "draft.json").stat().st_mode & 0o777 == 0o600
    browser.close()
    assert node.end() == 0
