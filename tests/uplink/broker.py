"""A real mosquitto on a free loopback port, with the center's configuration, and a client that watches."""

from __future__ import annotations

import queue
import shutil
import socket
import ssl
import string
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import paho.mqtt.client as paho
from cryptography.hazmat.primitives.asymmetric import ec
from paho.mqtt.enums import CallbackAPIVersion

from edge.base.clock import SystemClock
from edge.center.render import TEMPLATES
from edge.wire.certificates import new_tls_key, save_key
from tests.uplink.town import Pki

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
WAIT_S = 15.0


@dataclass
class Mosquitto:
    """One broker process; ``start`` again after ``kill`` takes the same port."""

    pki: Pki
    folder: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.port = self.port or _free_port()
        configuration = self.folder / "mosquitto.conf"
        configuration.write_text(self._configuration(), encoding="utf-8")
        assert MOSQUITTO is not None
        self.process = subprocess.Popen(
            [MOSQUITTO, "-c", str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _until_listening(self.process, self.port)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(WAIT_S)
            self.process = None

    def _configuration(self) -> str:
        template = string.Template((TEMPLATES / "mosquitto.conf.template").read_text(encoding="utf-8"))
        return template.substitute(
            user_line="user root",
            run_dir=self.folder,
            log=f"file {self.folder}/mosquitto.log",
            port=self.port,
            address="127.0.0.1",
            client_ca=self.pki.folder / "ca.pem",
            server_certificate=self.pki.folder / "server.pem",
            server_key=self.pki.folder / "server-key.pem",
            acl_file=self._acl(),
            refusals=self._refusals(),
            max_connections=100,
        )

    def _refusals(self) -> Path:
        path = self.folder / "clients.crl"
        path.write_bytes(self.pki.issuer.revoked({}, self.pki.now_us))
        return path

    def _acl(self) -> Path:
        path = self.folder / "acl"
        path.write_text((TEMPLATES / "mosquitto.acl").read_text(encoding="utf-8"), encoding="utf-8")
        path.chmod(0o600)
        return path


@dataclass
class Watcher:
    """The center's client: sees every message of one node, in order."""

    broker: Mosquitto
    node: str
    messages: queue.Queue[tuple[str, bytes]] = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        folder = self.broker.folder
        key = new_tls_key()
        save_key(key, folder / "center-key.pem")
        (folder / "center.pem").write_bytes(self.broker.pki.client(key.public_key(), "@center"))
        context = ssl.create_default_context(cafile=str(self.broker.pki.folder / "ca.pem"))
        context.load_cert_chain(folder / "center.pem", folder / "center-key.pem")
        self.client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=f"watcher-{uuid.uuid4()}", protocol=paho.MQTTv5
        )
        self.client.tls_set_context(context)
        self.client.on_connect = lambda client, *_: client.subscribe(f"nodes/{self.node}/#", qos=1)
        self.client.on_subscribe = lambda *_: self.messages.put(("ready", b""))
        self.client.on_message = lambda _, __, message: self.messages.put((message.topic, bytes(message.payload)))
        self.client.connect("127.0.0.1", self.broker.port, clean_start=True)
        self.client.loop_start()
        assert self.messages.get(timeout=WAIT_S)[0] == "ready"

    def next(self, topic: str) -> bytes:
        """Waits for the next message on a topic; those on others are passed over."""
        while True:
            found, payload = self.messages.get(timeout=WAIT_S)
            if found == topic:
                return payload

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@contextmanager
def broker(pki: Pki, folder: Path) -> Iterator[Mosquitto]:
    """Runs mosquitto as long as the context lasts."""
    process = Mosquitto(pki, folder)
    process.start()
    try:
        yield process
    finally:
        process.kill()


@contextmanager
def watching(mosquitto: Mosquitto, node: str) -> Iterator[Watcher]:
    """Runs a watcher as long as the context lasts."""
    watcher = Watcher(mosquitto, node)
    try:
        yield watcher
    finally:
        watcher.close()


def certify(pki: Pki, folder: Path, name: str) -> tuple[Path, Path]:
    """Makes a TLS key and a client's certificate, and returns their files."""
    key: ec.EllipticCurvePrivateKey = new_tls_key()
    save_key(key, folder / f"{name}-key.pem")
    (folder / f"{name}.pem").write_bytes(pki.client(key.public_key(), name))
    return folder / f"{name}.pem", folder / f"{name}-key.pem"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until_listening(process: subprocess.Popen[bytes], port: int) -> None:
    clock = SystemClock()
    end_ns = clock.monotonic_ns() + int(WAIT_S * 1e9)
    while clock.monotonic_ns() < end_ns:
        assert process.poll() is None, "mosquitto ended at its start"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        clock.sleep(0.02)
    raise AssertionError("mosquitto does not listen")
