"""The line to a real mosquitto: heartbeats, last will, ACL, commands, renewal, a broker that dies."""

from __future__ import annotations

import hashlib
import logging
import queue
import random
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge.base.clock import SystemClock
from edge.base.workers import Worker
from edge.seal.record import parse_header
from edge.uplink.heartbeat import Heart, Vitals
from edge.uplink.https import Credentials
from edge.uplink.mqtt import Broker, MqttLink
from edge.uplink.newest import NewestHeader
from edge.uplink.progress import Progress
from edge.wire.heartbeat import command_topic, heartbeat_topic, link_topic, parse_heartbeat
from tests.uplink.broker import MOSQUITTO, WAIT_S, Mosquitto, Watcher, broker, certify, watching
from tests.uplink.town import Pki, Spool

pytestmark = pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed; run make setup")


class Impatient(SystemClock):
    """The machine's clock, but whoever waits for the next try does not wait, and the waits are noted."""

    def __init__(self) -> None:
        self.waits: queue.Queue[float] = queue.Queue()

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        self.waits.put(seconds)
        super().sleep(min(seconds, 0.01), stop)


@pytest.fixture(scope="module")
def mosquitto(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with broker(pki, tmp_path_factory.mktemp("mosquitto")) as process:
        yield process


@pytest.fixture
def node(request: pytest.FixtureRequest) -> str:
    """A node id of its own for each test, because what a broker retains outlives a test."""
    return hashlib.sha256(request.node.name.encode()).hexdigest()[:16]


@pytest.fixture
def watcher(mosquitto: Mosquitto, node: str) -> Iterator[Watcher]:
    with watching(mosquitto, node) as watcher:
        yield watcher


def link_to(
    mosquitto: Mosquitto,
    folder: Path,
    node: str,
    *,
    name: str | None = None,
    beat: Callable[[], bytes] = lambda: b"beat",
    command: Callable[[bytes], None] = lambda _: None,
    certificates: Callable[[], int] = lambda: 0,
    clock: SystemClock | None = None,
    heard: Callable[[], None] = lambda: None,
) -> MqttLink:
    certificate, key = certify(mosquitto.pki, folder, name or node)
    credentials = Credentials(mosquitto.pki.folder / "ca.pem", certificate, key)
    address = Broker("127.0.0.1", mosquitto.port, credentials)
    return MqttLink(
        address,
        node,
        beat,
        command,
        certificates,
        clock=clock or Impatient(),
        random_source=random.Random(1),
        heard=heard,
    )


@contextmanager
def running(link: MqttLink) -> Iterator[Worker]:
    worker = Worker("heartbeat", link.run)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()
        worker.join(WAIT_S)


def test_heartbeat_carries_the_newest_signed_header(
    mosquitto: Mosquitto, watcher: Watcher, tmp_path: Path, node: str
) -> None:
    spool = Spool(tmp_path)
    spool.boot()
    spool.segments(2)
    spool.publish()
    heart = Heart(
        node=node,
        upload="all",
        firmware="0.1.0",
        newest=NewestHeader((spool.folder,), spool.position_file),
        status=tmp_path / "recorder.json",
        progress=lambda: Progress(backlog_records=3),
        vitals=Vitals,
        clock=SystemClock(),
    )
    with running(link_to(mosquitto, tmp_path, node, beat=heart.beat)):
        assert watcher.next(link_topic(node)) == b"online"
        heartbeat = parse_heartbeat(watcher.next(heartbeat_topic(node)), node)
    data = heartbeat.header_bytes()
    assert data is not None
    header = parse_header(data)
    header.require_signature(spool.key.public_key)
    assert header.sequence == 2
    assert heartbeat.backlog_records == 3
    assert heartbeat.recorder is None


def test_heartbeat_and_link_are_retained(mosquitto: Mosquitto, watcher: Watcher, tmp_path: Path, node: str) -> None:
    with running(link_to(mosquitto, tmp_path, node)):
        watcher.next(heartbeat_topic(node))
        with watching(mosquitto, node) as late:
            assert {late.messages.get(timeout=WAIT_S) for _ in range(2)} == {
                (heartbeat_topic(node), b"beat"),
                (link_topic(node), b"online"),
            }


def test_broker_that_acknowledges_is_heard(mosquitto: Mosquitto, watcher: Watcher, tmp_path: Path, node: str) -> None:
    heard = threading.Event()
    with running(link_to(mosquitto, tmp_path, node, heard=heard.set)):
        assert heard.wait(WAIT_S)


def test_clean_end_says_offline(mosquitto: Mosquitto, watcher: Watcher, tmp_path: Path, node: str) -> None:
    with running(link_to(mosquitto, tmp_path, node)):
        assert watcher.next(link_topic(node)) == b"online"
    assert watcher.next(link_topic(node)) == b"offline"


_KILLED = """
import random, sys, threading
from pathlib import Path
from edge.base.clock import SystemClock
from edge.uplink.https import Credentials
from edge.uplink.mqtt import Broker, MqttLink
port, ca, certificate, key, node = int(sys.argv[1]), *map(Path, sys.argv[2:5]), sys.argv[5]
link = MqttLink(
    Broker("127.0.0.1", port, Credentials(ca, certificate, key)), node, lambda: b"beat", print, lambda: 0,
    clock=SystemClock(), random_source=random.Random(1),
)
link.run(threading.Event())
"""


def test_broker_says_offline_for_a_node_that_was_killed(
    mosquitto: Mosquitto, watcher: Watcher, tmp_path: Path, node: str
) -> None:
    certificate, key = certify(mosquitto.pki, tmp_path, node)
    files = (mosquitto.pki.folder / "ca.pem", certificate, key)
    process = subprocess.Popen([sys.executable, "-c", _KILLED, str(mosquitto.port), *map(str, files), node])
    try:
        assert watcher.next(link_topic(node)) == b"online"
    finally:
        process.kill()
        process.wait(WAIT_S)
    assert watcher.next(link_topic(node)) == b"offline"


def test_command_reaches_the_node_even_when_it_connects_later(
    mosquitto: Mosquitto, watcher: Watcher, tmp_path: Path, node: str
) -> None:
    arrived: queue.Queue[bytes] = queue.Queue()
    watcher.client.publish(command_topic(node), b"first", qos=1, retain=True).wait_for_publish(WAIT_S)
    with running(link_to(mosquitto, tmp_path, node, command=arrived.put)):
        assert arrived.get(timeout=WAIT_S) == b"first"
        for payload in (b"", b"x" * 20_000, b"second"):
            watcher.client.publish(command_topic(node), payload, qos=1)
        assert arrived.get(timeout=WAIT_S) == b"second"


def test_broker_that_refuses_a_topic_raises_an_alarm(
    mosquitto: Mosquitto, tmp_path: Path, caplog: pytest.LogCaptureFixture, node: str
) -> None:
    seen, heard = queue.Queue[str](), threading.Event()
    handler = logging.Handler()
    handler.emit = lambda record: seen.put(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("edge.uplink.mqtt").addHandler(handler)
    try:
        with running(link_to(mosquitto, tmp_path, "demo-2", name=node, heard=heard.set)):
            message = seen.get(timeout=WAIT_S)
    finally:
        logging.getLogger("edge.uplink.mqtt").removeHandler(handler)
    assert message.startswith("ALARM")
    assert "check the broker's ACL" in message
    assert not heard.is_set()


def test_renewed_certificate_is_used_at_once(mosquitto: Mosquitto, watcher: Watcher, tmp_path: Path, node: str) -> None:
    renewals = [0]
    with running(link_to(mosquitto, tmp_path, node, certificates=lambda: renewals[0])):
        assert watcher.next(link_topic(node)) == b"online"
        renewals[0] = 1
        assert watcher.next(link_topic(node)) == b"offline"
        assert watcher.next(link_topic(node)) == b"online"


def test_node_comes_back_after_the_broker_was_killed(pki: Pki, tmp_path: Path, node: str) -> None:
    clock = Impatient()
    with broker(pki, tmp_path) as mosquitto:
        link = link_to(mosquitto, tmp_path, node, clock=clock)
        with running(link):
            with watching(mosquitto, node) as before:
                before.next(heartbeat_topic(node))
            mosquitto.kill()
            clock.waits.get(timeout=WAIT_S)
            assert not link.connected
            mosquitto.start()
            with watching(mosquitto, node) as after:
                assert after.next(heartbeat_topic(node)) == b"beat"


def test_certificate_of_another_city_is_refused(mosquitto: Mosquitto, tmp_path: Path, node: str) -> None:
    foreign = Pki(tmp_path / "foreign", mosquitto.pki.now_us)
    certificate, key = certify(foreign, tmp_path, node)
    credentials = Credentials(mosquitto.pki.folder / "ca.pem", certificate, key)
    clock = Impatient()
    link = MqttLink(
        Broker("127.0.0.1", mosquitto.port, credentials), node, lambda: b"", lambda _: None, lambda: 0,
        clock=clock, random_source=random.Random(1),
    )  # fmt: skip
    with running(link):
        for _ in range(3):
            assert clock.waits.get(timeout=WAIT_S) >= 0
    assert not link.connected


def test_broker_of_another_city_is_refused(
    mosquitto: Mosquitto, tmp_path: Path, caplog: pytest.LogCaptureFixture, node: str
) -> None:
    foreign = Pki(tmp_path / "foreign", mosquitto.pki.now_us)
    certificate, key = certify(mosquitto.pki, tmp_path, node)
    clock = Impatient()
    link = MqttLink(
        Broker("127.0.0.1", mosquitto.port, Credentials(foreign.folder / "ca.pem", certificate, key)),
        node, lambda: b"", lambda _: None, lambda: 0, clock=clock, random_source=random.Random(1),
    )  # fmt: skip
    with running(link):
        clock.waits.get(timeout=WAIT_S)
    assert "not of the city's CA" in caplog.text


def test_node_without_a_certificate_waits(mosquitto: Mosquitto, tmp_path: Path, node: str) -> None:
    clock = Impatient()
    link = link_to(mosquitto, tmp_path, node, clock=clock)
    (tmp_path / f"{node}.pem").unlink()
    with running(link):
        assert clock.waits.get(timeout=WAIT_S) == 1.0
    assert not link.connected


def test_broker_that_never_answers_is_given_up(pki: Pki, tmp_path: Path, node: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        certificate, key = certify(pki, tmp_path, node)
        credentials = Credentials(pki.folder / "ca.pem", certificate, key)
        clock = Impatient()
        link = MqttLink(
            Broker("127.0.0.1", silent.getsockname()[1], credentials, answer_s=0.2), node, lambda: b"",
            lambda _: None, lambda: 0, clock=clock, random_source=random.Random(1),
        )  # fmt: skip
        with running(link):
            clock.waits.get(timeout=WAIT_S)
        assert not link.connected
