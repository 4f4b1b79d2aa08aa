"""The heartbeat: a node's word every 30 s, and its proof of recording.

The node's word is only a claim. The proof is the newest synced record's signed header, which the center verifies: its
signature, and that its sequence and time move on.
"""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from edge.base.errors import Refused
from edge.base.model import Hex16, NodeId, OpaqueId, Strict, Utc, from_json, to_json
from edge.wire.status import Count, RecorderStatus
from edge.wire.visit import Scope

HEARTBEAT_LIMIT_BYTES = 32 * 1024
HEARTBEAT_INTERVAL_S = 30.0


def heartbeat_topic(node: str) -> str:
    """Returns the MQTT topic of a node's heartbeats (retained, QoS 1)."""
    return f"nodes/{node}/heartbeat"


def link_topic(node: str) -> str:
    """Returns the MQTT topic of a node's link: ``online``, or ``offline`` as its last will (retained, QoS 1)."""
    return f"nodes/{node}/link"


def command_topic(node: str) -> str:
    """Returns the MQTT topic on which signed commands reach a node."""
    return f"nodes/{node}/commands"


def _check_base64(value: str) -> str:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not base64") from error
    return value


class CardHealth(Strict):
    """What the node can tell of the card that holds its spool; None where it cannot.

    Attributes:
        device: the kernel's name of the spool's file system's device.
        model: what its maker calls it.
        read_only: the file system takes nothing any more.
        written_bytes: to the spool's file system in its life.
        bytes_a_day: to the whole card, in the last 24 h or since the board's start.
        io_errors_24h: commands that the disk failed.
        ext4_errors: that the file system has met since it was last repaired; ``ext4_last_error`` is the newest.
        wear_percent: the card's own word, the upper end of a step of ten; above 100: worn out.
        reserve: the card's own word on its spare blocks.
        days_left: until it is worn out, at ``bytes_a_day``.
    """

    device: Annotated[str, Field(pattern=r"^[A-Za-z0-9!_.-]{1,32}$")]
    model: Annotated[str, Field(pattern=r"^[ -~]{1,40}$")] | None = None
    read_only: bool
    written_bytes: Count | None = None
    bytes_a_day: Count | None = None
    io_errors_24h: Count | None = None
    ext4_errors: Count | None = None
    ext4_last_error: Utc | None = None
    wear_percent: Annotated[int, Field(ge=0, le=110)] | None = None
    reserve: Literal["normal", "warning", "urgent"] | None = None
    days_left: Count | None = None


class VisitNow(Strict):
    """The visit that is going on, by the ticket that opened it, which the uplink has checked.

    Attributes:
        installer: opaque id, never a name.
        since: when it was opened.
    """

    ticket: Hex16
    installer: OpaqueId
    scope: Annotated[Scope, Field(strict=False)]
    since: Utc


class Heartbeat(Strict):
    """What a node sends.

    Attributes:
        header: base64 of the newest synced record's signed header (``edge.seal``); none before the first.
        recorder: the recorder's own status; none where it cannot be read.
        card_bytes, card_free_bytes: of the spool's file system, whatever lies below it.
        card: none where no disk lies below the spool.
        temperature_mc: of the board, thousandths of a degree Celsius.
        signal_dbm: of the radio line; none on cable.
        line_bps: what the line carried of late while it was in use; none as long as it was not measured.
        drained_us: when the backlog will be gone, UTC; none where nothing waits or it does not shrink.
        budget_limit_bytes, budget_sent_bytes: of this calendar month; none where the node has no data budget.
        budget_forecast_bytes: what will have been sent by the month's end if nothing is held back.
        visit: none where nobody works at the camera.
        decommission_asked: when a hand last asked for it at the open case; none if it never did.
    """

    v: Literal[1] = 1
    node: NodeId
    sent: Utc
    header: Annotated[str, Field(max_length=16 * 1024), AfterValidator(_check_base64)] | None
    recorder: RecorderStatus | None
    upload: Literal["all", "on_request", "none"]
    backlog_records: Count
    backlog_bytes: Count
    card_bytes: Count
    card_free_bytes: Count
    card: CardHealth | None = None
    temperature_mc: Annotated[int, Field(ge=-100_000, le=200_000)] | None
    signal_dbm: Annotated[int, Field(ge=-200, le=50)] | None
    line_bps: Count | None = None
    drained_us: Utc | None = None
    budget_limit_bytes: Count | None = None
    budget_sent_bytes: Count | None = None
    budget_forecast_bytes: Count | None = None
    visit: VisitNow | None = None
    decommission_asked: Utc | None = None
    certificate_expires: Utc | None
    password_age_days: Count | None
    firmware: Annotated[str, Field(max_length=64)]

    def header_bytes(self) -> bytes | None:
        """Returns the signed header's bytes."""
        return None if self.header is None else base64.b64decode(self.header)


def dump_heartbeat(heartbeat: Heartbeat) -> bytes:
    """Returns the MQTT payload."""
    return to_json(heartbeat)


def parse_heartbeat(data: bytes, node: str) -> Heartbeat:
    """Parses a payload that arrived on ``node``'s topic.

    Raises:
        Refused: ``wrong-node``, ``bad-document`` or strict JSON's failures.
    """
    heartbeat = from_json(Heartbeat, data, "heartbeat", limit_bytes=HEARTBEAT_LIMIT_BYTES)
    if heartbeat.node != node:
        raise Refused("wrong-node", f"heartbeat of {heartbeat.node!r} on the topic of {node!r}")
    return heartbeat
