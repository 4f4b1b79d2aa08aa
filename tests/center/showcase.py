"""A fleet in various states, written into an opened center by its own functions; for tests and to look at the page."""

from __future__ import annotations

import base64
import random
from typing import Any

from sqlalchemy import insert

from edge.base.clock import ClockQuality
from edge.center import alarm
from edge.center.batch import Address
from edge.center.center import Center
from edge.center.certify import enrol_node
from edge.center.documents import publish_key_list, put_registration
from edge.center.intake import take_batch
from edge.center.pulse import take_heartbeat, take_link
from edge.center.schema import spans
from edge.center.visits import name_visitor
from edge.wire.heartbeat import Heartbeat, dump_heartbeat
from edge.wire.status import RecorderState, RecorderStatus
from edge.wire.visit import Scope
from tests.center.city import City, Node, digest_of, enrolment_body, joined

HOUR = 3600 * 1_000_000
MINUTE = 60 * 1_000_000
LABELS = """
[nodes.matsudo-012]
label = "本町通り 3丁目角"
host_contact = "山側商店 047-000-0012"
[nodes.matsudo-013]
label = "駅西口 ロータリー"
host_contact = "西口自治会館 047-000-0013"
[nodes.matsudo-027]
label = "小学校 通学路"
host_contact = "学校事務室 047-000-0027"
[nodes.matsudo-031]
label = "河川敷 入口"
host_contact = "河川事務所 047-000-0031"
[nodes.matsudo-044]
label = "旧街道 交差点"
host_contact = "街道郵便局 047-000-0044"
[nodes.matsudo-058]
label = "中央公園 北門"
host_contact = "公園管理室 047-000-0058"
"""


def enrolled(center: Center, city: City, name: str, now: int, *, registered: bool = True) -> Node:
    """Enrols a node as its first boot would, and registers it as the desk would."""
    node = Node(name, now_us=now)
    ticket = city.ticket(name)
    enrol_node(center, enrolment_body(ticket, node.enrolment(ticket)))
    if registered:
        put_registration(center, name, city.registration(node))
    publish_key_list(center, name, city.key_list(name).data)
    return node


def upload(center: Center, node: Node, records: list[Any]) -> bytes:
    """Uploads records as the node would."""
    data = joined(records)
    address = Address(node.name, node.chain.chain, records[0].header.sequence, records[-1].header.sequence)
    return take_batch(center, address, digest_of(data), data)


def beat(center: Center, node: Node, header: bytes | None, now: int, **changes: Any) -> None:
    """Sends a heartbeat with the header of the newest record."""
    state = changes.pop("state", RecorderState.RECORDING)
    recorder = RecorderStatus(
        node=node.name, updated=now, boot="b" * 32, state=state, message=changes.pop("message", ""),
        faults=changes.pop("faults", {}), slow_syncs_24h=changes.pop("slow_syncs", 0), slowest_sync_24h_ms=41,
        bitrate_bps=changes.pop("bitrate_bps", 1_500_000),
        frames_seen=1, frames_encoded=1, frames_missed=0, frames_waiting=0, segments=1, accounted_until=now,
        gaps_24h={}, evicted_24h=0, masks="a" * 64,
        floor="a" * 64, clock=changes.pop("clock", ClockQuality.SYNCHRONISED), self_check=now, key_list_version=1,
        guard="in-place",
        view="clear",
        mask_order=changes.pop("mask_order", 0),
        mask_order_refused=changes.pop("mask_order_refused", ""),
        key_list_expires=now, spool_bytes=1, firmware="0.1.0",
    )  # fmt: skip
    values: dict[str, Any] = {
        "node": node.name, "sent": now, "header": None if header is None else base64.b64encode(header).decode(),
        "recorder": recorder, "upload": "all", "backlog_records": 1, "backlog_bytes": 740_000,
        "card_bytes": 128_000_000_000, "card_free_bytes": 60_000_000_000, "temperature_mc": 48_300, "signal_dbm": -71,
        "certificate_expires": None, "password_age_days": 12, "firmware": "0.1.0",
    }  # fmt: skip
    take_heartbeat(center, node.name, dump_heartbeat(Heartbeat(**values | changes)), retained=False)


def fill(center: Center, city: City, now: int) -> None:
    """Makes six nodes: recording, gaps and provisional, late, silent, painted over, frozen."""
    source = random.Random(7)
    names = [f"matsudo-{number:03d}" for number in (12, 13, 27, 31, 44, 58)]
    nodes = [enrolled(center, city, name, now - 4_000_000, registered=index != 1) for index, name in enumerate(names)]
    history = {
        0: [("recorded", -24 * HOUR, -2_000_000)],
        1: [
            ("recorded", -14 * HOUR, -9 * HOUR),
            ("power", -9 * HOUR, -9 * HOUR + 38 * MINUTE),
            ("recorded", -9 * HOUR + 38 * MINUTE, -5 * HOUR),
            ("camera", -5 * HOUR, -5 * HOUR + 48_000_000),
            ("recorded", -5 * HOUR + 48_000_000, 0),
        ],
        2: [("recorded", -24 * HOUR, -3 * HOUR)],
        3: [("recorded", -24 * HOUR, -100 * MINUTE)],
        4: [
            ("recorded", -24 * HOUR, -6 * HOUR),
            ("moved", -6 * HOUR, -6 * HOUR + 4_000_000),
            ("blanked", -6 * HOUR + 4_000_000, 0),
        ],
        5: [
            ("recorded", -24 * HOUR, -11 * HOUR),
            ("storage", -11 * HOUR, -11 * HOUR + 20 * MINUTE),
            ("recorded", -11 * HOUR + 20 * MINUTE, -25 * MINUTE),
        ],
    }
    with center.database.write() as connection:
        for index, stretches in history.items():
            for kind, start, end in stretches:
                row = {"node": names[index], "kind": kind, "start_us": now + start, "end_us": now + end}
                connection.execute(insert(spans).values(row))
        alarm.raise_alarm(
            connection, names[5], "fork", nodes[5].chain.chain, "record 4711 stands twice", now - 25 * MINUTE
        )
    qualities = {0: ClockQuality.SYNCHRONISED, 1: ClockQuality.UNTRUSTED, 4: ClockQuality.RECEIPTED}
    for index in (0, 1, 4):
        record = [nodes[index].boot(), nodes[index].segment(blanked=index == 4)]
        upload(center, nodes[index], record)
        message = "マスクの照合に失敗しました: the camera has moved, the whole picture is painted over"
        state = RecorderState.BLANKED if index == 4 else RecorderState.RECORDING
        beat(center, nodes[index], record[-1].header.data, now, state=state, message=message if index == 4 else "",
             faults={"moved": message} if index == 4 else {},
             temperature_mc=source.randrange(38_000, 61_000), clock=qualities[index])  # fmt: skip
    _visited(center, nodes[1], now)
    late = [nodes[2].boot(), nodes[2].segment()]
    beat(center, nodes[2], late[-1].header.data, now, backlog_records=5400, backlog_bytes=2_020_000_000)
    take_link(center, names[3], b"offline")


def _visited(center: Center, node: Node, now: int) -> None:
    """Has a node set up, refused, collected from and inspected; one ticket of them came by the center."""
    days = (
        (300, Scope.FIRST, ("opened", "signed-off")),
        (40, Scope.COLLECT, ("opened", "collected", "ended")),
        (9, Scope.INSPECT, ("refused", "opened", "ended")),
        (1, Scope.RE_AIM, ("opened", "signed-off")),
    )
    records = []
    for nth, (day, scope, whats) in enumerate(days):
        for number, what in enumerate(whats):
            at_us = now - day * 24 * HOUR + number * 7 * MINUTE
            records.append(node.visit(10 * nth + number, what, scope, f"{nth:032x}", at_us))
    upload(center, node, records)
    with center.database.write() as connection:
        name_visitor(connection, node.name, f"{3:032x}", "K-07", now)


__all__ = ["LABELS", "beat", "enrolled", "fill", "upload"]
