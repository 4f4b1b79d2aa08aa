"""The line to the broker: heartbeats up, commands down, a last will. MQTT 5 over mutual TLS, by ``paho-mqtt``.

Rules:
  1. One thread does all of it: it drives the client's loop itself, so that stopping is bounded and waits have jitter.
  2. Each connection is a new client with a clean start: no stale heartbeat is ever sent again.
  3. ``online`` and ``offline`` are retained; the broker says ``offline`` for a node that is gone (last will).
  4. A refusal by the broker (MQTT 5 reason code) is an alarm in the log, never silence.
"""

from __future__ import annotations

import logging
import random
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from edge.base.backoff import Backoff
from edge.base.clock import Clock
from edge.base.errors import Unavailable
from edge.uplink.dial import Dialer
from edge.uplink.https import Credentials, tls_fault
from edge.wire.heartbeat import HEARTBEAT_INTERVAL_S, command_topic, heartbeat_topic, link_topic

_log = logging.getLogger(__name__)
_KEEPALIVE_S = 30
_LOOP_S = 0.2
FIRST_WAIT_S = 10.0
"""A broker that restarts drops all of its nodes at one instant; 500 of them come back at 50 a second."""
_COMMAND_LIMIT_BYTES = 16 * 1024
_DISCONNECT_WITH_WILL = 4
"""MQTT 5, section 3.14.2.1: the broker publishes the last will, so a clean end says ``offline`` too."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker listens, and the files of the connection.

    Attributes:
        answer_s: how long connecting may take.
    """

    host: str
    port: int
    credentials: Credentials
    answer_s: float = 20.0


class _Client(paho.Client):
    """Has its connections opened by a dialer."""

    def __init__(self, dialer: Dialer, node: str) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, client_id=node, protocol=paho.MQTTv5)
        self._dialer = dialer

    def _create_socket_connection(self) -> socket.socket:
        return self._dialer.dial(self._host, self._port, self._connect_timeout)

    def _ssl_wrap_socket(self, tcp_sock: socket.socket) -> ssl.SSLSocket:
        try:
            wrapped = super()._ssl_wrap_socket(tcp_sock)
        except BaseException:
            self._dialer.settle(None)
            raise
        self._dialer.settle(wrapped)
        return wrapped


class _ClosedOnFailure(ssl.SSLSocket):
    """Closes itself where the handshake fails; the client library would leave that to the garbage collector."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


class MqttLink:
    """Keeps one node connected to its broker.

    Args:
        beat: returns the next heartbeat's bytes.
        command: takes a command as it arrived.
        certificates: how many certificates were obtained so far; when it changes, the link connects anew.
        heard: called when the broker has acknowledged something.
    """

    def __init__(
        self,
        broker: Broker,
        node: str,
        beat: Callable[[], bytes],
        command: Callable[[bytes], None],
        certificates: Callable[[], int],
        *,
        clock: Clock,
        random_source: random.Random,
        heard: Callable[[], None] = lambda: None,
    ) -> None:
        self._heard = heard
        self._broker, self._node, self._beat, self._command = broker, node, beat, command
        self._certificates, self._clock = certificates, clock
        self._backoff = Backoff(random_source, first_s=FIRST_WAIT_S)
        self._fault: str | None = None
        self._connected = threading.Event()
        self._dialer = Dialer()

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted the connection."""
        return self._connected.is_set()

    def break_off(self) -> None:
        """Ends a connection that is being opened; for a connection that stands, ``stop`` does it in order."""
        if not self.connected:
            self._dialer.break_off()

    def run(self, stop: threading.Event) -> None:
        """Connects, beats and listens until ``stop`` is set; for a ``Worker``."""
        while not stop.is_set():
            if not self._broker.credentials.certificate.exists():
                self._clock.sleep(1.0, stop)
                continue
            try:
                self._hold(stop)
            except Unavailable as error:
                wait_s = self._backoff.failed()
                _log.warning("%s; next try in %.1f s", error, wait_s)
                self._clock.sleep(wait_s, stop)

    def _hold(self, stop: threading.Event) -> None:
        """Holds one connection; returns on stop or after a renewal."""
        client, certificates = self._connect(), self._certificates()
        try:
            self._converse(client, stop, certificates)
        finally:
            self._connected.clear()
            client.disconnect(reasoncode=ReasonCode(PacketTypes.DISCONNECT, identifier=_DISCONNECT_WITH_WILL))

    def _converse(self, client: paho.Client, stop: threading.Event, certificates: int) -> None:
        started_ns = self._clock.monotonic_ns()
        due_ns: int | None = None
        while not stop.is_set() and self._certificates() == certificates:
            status = client.loop(timeout=_LOOP_S)
            if self._fault is not None or status != paho.MQTT_ERR_SUCCESS:
                raise Unavailable(f"{self._where}: {self._fault or paho.error_string(status)}")
            now_ns = self._clock.monotonic_ns()
            if not self.connected:
                if now_ns - started_ns > self._broker.answer_s * 1e9:
                    raise Unavailable(f"{self._where}: no answer within {self._broker.answer_s:.0f} s")
            elif due_ns is None or now_ns >= due_ns:
                client.publish(heartbeat_topic(self._node), self._beat(), qos=1, retain=True)
                due_ns = now_ns + int(HEARTBEAT_INTERVAL_S * 1e9)

    def _connect(self) -> paho.Client:
        self._fault = None
        client = _Client(self._dialer, self._node)
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_publish, client.on_subscribe, client.on_message = (
            self._on_publish,
            self._on_subscribe,
            self._on_message,
        )
        client.connect_timeout = self._broker.answer_s
        client.will_set(link_topic(self._node), "offline", qos=1, retain=True)
        try:
            client.tls_set_context(self._tls())
            client.connect(self._broker.host, self._broker.port, keepalive=_KEEPALIVE_S, clean_start=True)
        except (OSError, ValueError) as error:
            raise Unavailable(f"{self._where}: {tls_fault(error) or error}") from error
        return client

    def _tls(self) -> ssl.SSLContext:
        files = self._broker.credentials
        context = ssl.create_default_context(cafile=str(files.ca))
        context.sslsocket_class = _ClosedOnFailure
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(files.certificate, files.key)
        return context

    @property
    def _where(self) -> str:
        return f"broker {self._broker.host}:{self._broker.port}"

    def _on_connect(self, client: paho.Client, _: object, __: object, reason: ReasonCode, ___: object) -> None:
        if reason.is_failure:
            self._fault = f"refused the connection ({reason})"
            return
        client.subscribe(command_topic(self._node), qos=1)
        client.publish(link_topic(self._node), "online", qos=1, retain=True)
        self._connected.set()

    def _on_disconnect(self, _: paho.Client, __: object, ___: object, reason: ReasonCode, ____: object) -> None:
        self._fault = f"connection lost ({reason})"

    def _on_publish(self, _: paho.Client, __: object, ___: int, reason: ReasonCode, ____: object) -> None:
        if reason.is_failure:
            _log.error("ALARM %s refuses what this node publishes (%s); check the broker's ACL", self._where, reason)
        else:
            self._backoff.succeeded()
            self._heard()

    def _on_subscribe(self, _: paho.Client, __: object, ___: int, reasons: list[ReasonCode], ____: object) -> None:
        for reason in reasons:
            if reason.is_failure:
                _log.error("ALARM %s refuses commands to this node (%s); check the broker's ACL", self._where, reason)

    def _on_message(self, _: paho.Client, __: object, message: Any) -> None:
        if message.topic == command_topic(self._node) and 0 < len(message.payload) <= _COMMAND_LIMIT_BYTES:
            self._command(bytes(message.payload))
