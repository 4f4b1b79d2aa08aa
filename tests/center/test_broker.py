"""The real mosquitto: who may say what, heartbeats in, commands out."""

from __future__ import annotations

import base64
import queue
import ssl
from collections.abc import Iterator
from typing import Any

import paho.mqtt.client as mqtt
import pytest
import requests
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from edge.base.clock import SystemClock
from edge.cli import main
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.command import Command, parse_command
from edge.wire.heartbeat import Heartbeat, dump_heartbeat
from tests.center.stack import Stack, until
from tests.center.test_live import TIMEOUT, Caller, Camera


class Speaker:
    """An MQTT 5 client with a certificate; what it hears waits in ``heard``."""

    def __init__(self, stack: Stack, name: str, certificate: tuple[str, str]) -> None:
        self.heard: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.subscribed: queue.Queue[list[int]] = queue.Queue()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv5)
        context = ssl.create_default_context(cafile=str(stack.city.folder / "ca.pem"))
        context.load_cert_chain(*certificate)
        self.client.tls_set_context(context)
        self.client.on_message = lambda _, __, message: self.heard.put((message.topic, bytes(message.payload)))
        self.client.on_subscribe = self._subscribed
        self.client.connect("localhost", stack.mqtt, keepalive=30)
        self.client.loop_start()
        until(self.client.is_connected, "the broker's welcome")

    def say(self, topic: str, payload: bytes, *, retain: bool = True) -> bool:
        """Publishes; False where the broker does not authorise it."""
        refused: list[bool] = []

        def published(_: Any, __: Any, ___: Any, reason: Any, ____: Any) -> None:
            refused.append(reason.is_failure)

        self.client.on_publish = published
        self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(TIMEOUT)
        until(lambda: bool(refused), "the broker's answer")
        return not refused[0]

    def subscribe(self, topic: str) -> bool:
        self.client.subscribe(topic, qos=1)
        return self.subscribed.get(timeout=TIMEOUT)[0] < 128

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _subscribed(self, _: Any, __: Any, ___: Any, reasons: list[Any], ____: Any) -> None:
        self.subscribed.put([reason.value for reason in reasons])


@pytest.fixture
def camera(stack: Stack, request: pytest.FixtureRequest) -> Iterator[Camera]:
    camera = Camera(stack, f"mq-{abs(hash(request.node.name)) % 10**9}")
    yield camera
    camera.call.close()


@pytest.fixture
def speaker(stack: Stack, camera: Camera) -> Iterator[Speaker]:
    speaker = Speaker(stack, camera.node.name, camera.files)
    yield speaker
    speaker.close()


def heartbeat(camera: Camera, header: bytes | None) -> bytes:
    now = SystemClock().now_us()
    word = Heartbeat(
        node=camera.node.name, sent=now, header=None if header is None else base64.b64encode(header).decode(),
        recorder=None, upload="all", backlog_records=7, backlog_bytes=1, card_bytes=1, card_free_bytes=1,
        temperature_mc=None, signal_dbm=None, certificate_expires=None, password_age_days=None, firmware="0.1.0",
    )  # fmt: skip
    return dump_heartbeat(word)


def metric(stack: Stack, camera: Camera, name: str) -> str:
    text = requests.get(stack.staff_url + "/metrics", timeout=TIMEOUT).text
    lines = [line for line in text.splitlines() if line.startswith(f"{name}{{") and f'"{camera.node.name}"' in line]
    return "\n".join(lines)


def test_a_heartbeat_with_proof_makes_the_node_recording(stack: Stack, camera: Camera, speaker: Speaker) -> None:
    camera.node.now_us = SystemClock().now_us() - 2_000_000
    records = [camera.node.segment()]
    camera.put(records)
    assert speaker.say(f"nodes/{camera.node.name}/heartbeat", heartbeat(camera, records[0].header.data))
    assert speaker.say(f"nodes/{camera.node.name}/link", b"online")
    until(lambda: metric(stack, camera, "mimamori_node_backlog_records").endswith(" 7.0"), "the heartbeat")
    assert 'state="recording"} 1.0' in metric(stack, camera, "mimamori_node_state")


@pytest.mark.parametrize("matter", ["heartbeat", "link", "commands"])
def test_a_node_writes_on_its_own_topics_only(speaker: Speaker, camera: Camera, matter: str) -> None:
    assert not speaker.say(f"nodes/{camera.node.name}-x/{matter}", b"x")
    assert speaker.say(f"nodes/{camera.node.name}/{matter}", b"x") is (matter != "commands")
    assert not speaker.say("$SYS/x", b"x")


@pytest.mark.parametrize("topic", ["nodes/#", "nodes/+/commands", "nodes/other/commands", "nodes/other/heartbeat"])
def test_a_node_hears_nothing_of_others(stack: Stack, speaker: Speaker, camera: Camera, topic: str) -> None:
    granted = speaker.subscribe(topic)
    other = Camera(stack, f"{camera.node.name}-o")
    loud = Speaker(stack, other.node.name, other.files)
    loud.say(f"nodes/{other.node.name}/link", b"online")
    loud.close()
    other.call.close()
    assert speaker.subscribe(f"nodes/{camera.node.name}/commands")
    assert not granted or speaker.heard.empty()


def require_hang_up(stack: Stack, certificate: tuple[str, str] | None) -> None:
    """Connects, and is content once the broker hangs up before it said welcome."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    context = ssl.create_default_context(cafile=str(stack.city.folder / "ca.pem"))
    if certificate is not None:
        context.load_cert_chain(*certificate)
    client.tls_set_context(context)
    with pytest.raises((OSError, AssertionError)):
        client.connect("localhost", stack.mqtt)
        for _ in range(50):
            if client.loop(0.1) != mqtt.MQTT_ERR_SUCCESS:
                raise ConnectionError("the broker hung up")
            assert not client.is_connected()
        raise ConnectionError("the broker never said welcome")
    client.disconnect()


@pytest.mark.parametrize("kind", ["none", "foreign"])
def test_the_broker_wants_a_certificate_of_the_city(stack: Stack, kind: str) -> None:
    require_hang_up(stack, None if kind == "none" else stack.city.client("cam-1", foreign=True))


def test_node_out_of_service_is_hung_up_on_and_refused_once_the_broker_is_started_anew(
    stack: Stack, camera: Camera, speaker: Speaker
) -> None:
    other = Camera(stack, f"{camera.node.name}-o")
    assert main(["center", "revoke", "--config", str(stack.city.config_path), "--node", camera.node.name]) == 0
    assert speaker.client.is_connected(), "the control: until then it is let in"
    stack.kill("mosquitto")
    stack.start_mosquitto()
    until(lambda: not speaker.client.is_connected(), "the end of its session")
    require_hang_up(stack, camera.files)
    heard = Speaker(stack, other.node.name, other.files)
    other.node.now_us = SystemClock().now_us() - 2_000_000
    records = [other.node.segment()]
    other.put(records)
    assert heard.say(f"nodes/{other.node.name}/heartbeat", heartbeat(other, records[0].header.data))
    until(lambda: metric(stack, other, "mimamori_node_backlog_records").endswith(" 7.0"), "others, by the center")
    heard.close()
    other.call.close()
    stack.kill("mosquitto")
    stack.start_mosquitto(refused=stack.city.issuer.revoked({}, SystemClock().now_us()))
    until(speaker.client.is_connected, "the control: without the list it is let in again")


def test_a_command_reaches_its_node_and_waits_for_one_that_is_away(stack: Stack, camera: Camera) -> None:
    now = SystemClock().now_us()
    desk = Caller(stack, stack.city.client("@desk"))
    word = Command(
        node=camera.node.name, counter=1, issued=now, expires=now + 10**9, action="send-window", start_us=1, end_us=2
    )
    document = signed.sign("command", word, stack.city.roles[Role.COMMAND])
    path = f"/v1/nodes/{camera.node.name}/commands"
    assert desk("POST", path, document.data).status_code == 202
    assert desk("POST", path, document.data).status_code == 409
    desk.close()
    speaker = Speaker(stack, camera.node.name, camera.files)
    assert speaker.subscribe(f"nodes/{camera.node.name}/commands")
    topic, payload = speaker.heard.get(timeout=TIMEOUT)
    assert topic == f"nodes/{camera.node.name}/commands"
    assert parse_command(payload, stack.city.authority.payload, camera.node.name, now, 0).data == document.data
    speaker.close()
