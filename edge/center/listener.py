"""The center's end of MQTT: hears heartbeats and links, publishes commands that wait in the index."""

from __future__ import annotations

import logging
import ssl
import threading
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.base.clock import SECOND_US
from edge.base.errors import BadConfiguration, MimamoriError
from edge.center.center import Center
from edge.center.config import Broker
from edge.center.documents import Pending, mark_published, pending_commands
from edge.center.pulse import take_heartbeat, take_link
from edge.wire.command import Command
from edge.wire.heartbeat import command_topic
from edge.wire.signed import parse

_log = logging.getLogger(__name__)
_LOOK_S = 1.0
_PUBLISH_S = 5.0
_SUBSCRIPTIONS = [("nodes/+/heartbeat", 1), ("nodes/+/link", 1)]


class Listener:
    """A connection that comes back by itself; ``run`` is a worker's work.

    Args:
        broker: where mosquitto is.

    Raises:
        BadConfiguration: certificate, key or CA cannot be used.
    """

    def __init__(self, center: Center, broker: Broker) -> None:
        self._center, self._broker = center, broker
        self._wake = threading.Event()
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id="@center", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.tls_set_context(_tls(broker))
        self._client.reconnect_delay_set(1, 30)
        self._client.on_connect = self._connected
        self._client.on_message = self._heard

    def wake(self) -> None:
        """Has waiting commands published now."""
        self._wake.set()

    def run(self, stop: threading.Event) -> None:
        """Listens and publishes until ``stop`` is set."""
        self._client.connect_async(self._broker.host, self._broker.port, keepalive=60)
        self._client.loop_start()
        try:
            while not stop.is_set():
                self._publish_waiting()
                self._wake.wait(_LOOK_S)
                self._wake.clear()
        finally:
            self._client.disconnect()
            self._client.loop_stop()

    def _connected(self, client: mqtt.Client, _: Any, __: Any, reason: ReasonCode, ___: Any) -> None:
        if reason.is_failure:
            _log.warning("broker refused the center: %s", reason)
            return
        client.subscribe(_SUBSCRIPTIONS)

    def _heard(self, _: mqtt.Client, __: Any, message: mqtt.MQTTMessage) -> None:
        try:
            payload = bytes(message.payload)
            node, matter = message.topic.split("/")[1:]
            if matter == "heartbeat":
                take_heartbeat(self._center, node, payload, retained=message.retain)
            else:
                take_link(self._center, node, payload)
        except MimamoriError as error:
            _log.warning("%s: %s", message.topic[:80], error)
        except Exception:  # noqa: BLE001 - a worker's outermost loop: one message must not end the listening
            _log.exception("%s: could not be taken", message.topic[:80])

    def _publish_waiting(self) -> None:
        if not self._client.is_connected():
            return
        try:
            now = self._center.clock.now_us()
            with self._center.database.read() as connection:
                waiting = pending_commands(connection, now)
            for pending in waiting:
                self._publish(pending, now)
        except (MimamoriError, RuntimeError, ValueError) as error:
            _log.warning("commands wait: %s", error)

    def _publish(self, pending: Pending, now_us: int) -> None:
        command = parse("command", Command, pending.document).payload
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.MessageExpiryInterval = max(1, (command.expires - now_us) // SECOND_US)
        topic = command_topic(pending.node)
        sent = self._client.publish(topic, pending.document, qos=1, retain=True, properties=properties)
        sent.wait_for_publish(_PUBLISH_S)
        if sent.is_published():
            with self._center.database.write() as connection:
                mark_published(connection, pending, now_us)


def _tls(broker: Broker) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(broker.ca))
        context.load_cert_chain(str(broker.certificate), str(broker.key))
    except (OSError, ssl.SSLError) as error:
        raise BadConfiguration(f"mqtt: ca, certificate or key cannot be used ({error}); look at their paths") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
