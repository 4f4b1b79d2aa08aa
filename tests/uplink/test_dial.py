"""Connections that another thread breaks off: real sockets on loopback that never answer."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from edge.base.clock import SystemClock
from edge.base.errors import Unavailable
from edge.base.workers import Worker
from edge.uplink.dial import Dialer
from edge.uplink.https import Credentials, HttpsServer, Timeouts
from edge.uplink.mqtt import Broker, MqttLink
from edge.uplink.server import Request
from tests.clocks import HandClock
from tests.uplink.town import Town

LONG_S = 200.0
"""Longer than the suite allows a test: who is not broken off fails by it."""
JOIN_S = 30.0


@pytest.fixture
def deaf() -> Iterator[socket.socket]:
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def full() -> Iterator[socket.socket]:
    """Answers no SYN: its queue is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield listener
        for one in waiting:
            one.close()


def in_thread(work: Callable[[], object]) -> tuple[Worker, threading.Event]:
    """Starts ``work`` in a thread; the event is set when it ends, however."""
    ended = threading.Event()

    def run(_: threading.Event) -> None:
        try:
            work()
        finally:
            ended.set()

    worker = Worker("waits", run)
    worker.start()
    return worker, ended


def server_of(town: Town, port: int) -> HttpsServer:
    config = town.config()
    credentials = Credentials(config.ca, town.places.certificate, town.places.tls_key)
    server = HttpsServer(f"https://127.0.0.1:{port}", credentials, SystemClock(), Timeouts(LONG_S, LONG_S))
    town.servers.append(server)
    return server


def test_wait_for_a_connection_is_broken_off(full: socket.socket) -> None:
    dialer = Dialer()
    worker, ended = in_thread(lambda: dialer.dial("127.0.0.1", full.getsockname()[1], LONG_S))
    assert not ended.wait(0.2)
    dialer.break_off()
    with pytest.raises(OSError, match=r"."):
        worker.join(JOIN_S)


def test_wait_for_a_handshake_is_broken_off(town: Town, deaf: socket.socket) -> None:
    server = server_of(town, deaf.getsockname()[1])
    worker, _ = in_thread(lambda: server.exchange(Request("GET", "/")))
    accepted, _ = deaf.accept()
    assert accepted.recv(1) == b"\x16"  # the client's hello
    server.break_off()
    with accepted, pytest.raises(Unavailable):
        worker.join(JOIN_S)


def test_wait_for_an_answer_is_broken_off(town: Town) -> None:
    config = town.config(connect_timeout_s=100.0, answer_timeout_s=LONG_S)
    server = town.server(config)
    town.center.usually = "stall"
    path = f"/v1/nodes/demo-1/chains/{'c0' * 16}/records/0-0"
    worker, ended = in_thread(lambda: server.exchange(Request("PUT", path, b"x")))
    while not town.center.seen:
        assert not ended.wait(0.01)
    server.break_off()
    with pytest.raises(Unavailable):
        worker.join(JOIN_S)
    with pytest.raises(Unavailable, match="broken off"):
        server.exchange(Request("GET", "/"))


def test_wait_for_the_brokers_handshake_is_broken_off(town: Town, deaf: socket.socket) -> None:
    files = Credentials(town.config().ca, town.places.certificate, town.places.tls_key)
    clock, stop = HandClock(0), threading.Event()
    link = MqttLink(
        Broker("127.0.0.1", deaf.getsockname()[1], files, LONG_S),
        "demo-1",
        lambda: b"",
        lambda _: None,
        lambda: 0,
        clock=clock,
        random_source=random.Random(1),
    )
    worker, _ = in_thread(lambda: link.run(stop))
    accepted, _ = deaf.accept()
    assert accepted.recv(1) == b"\x16"
    stop.set()
    link.break_off()
    with accepted:
        worker.join(JOIN_S)


def test_family_that_answered_last_goes_first(deaf: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    """With IPv6 broken, each new connection would otherwise wait its whole time for it."""
    asked: list[int] = []
    v6, v4 = (socket.AF_INET6, ("::1", 1)), (socket.AF_INET, deaf.getsockname())

    def resolve(*_: object, **__: object) -> list[object]:
        return [(family, socket.SOCK_STREAM, 0, "", address) for family, address in (v6, v4)]

    class Noting(socket.socket):
        def connect(self, address: object) -> None:
            asked.append(self.family)
            super().connect(address)  # type: ignore[arg-type]

    monkeypatch.setattr("edge.uplink.dial.socket.getaddrinfo", resolve)
    monkeypatch.setattr("edge.uplink.dial.socket.socket", Noting)
    dialer = Dialer()
    for _ in range(2):
        dialer.dial("center", 1, 5.0).close()
        dialer.settle(None)
    assert asked == [socket.AF_INET6, socket.AF_INET, socket.AF_INET]


def test_name_without_an_address_is_a_fault_of_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.uplink.dial.socket.getaddrinfo", lambda *_, **__: [])
    with pytest.raises(OSError, match="has no address"):
        Dialer().dial("center", 1, 1.0)
