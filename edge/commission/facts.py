"""What a host may know of the camera: whether it records, when the city last confirmed, whether the line is up.

Read from other processes' files as hostile, for show alone; no picture, no message that could name a place.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from edge.base.clock import SECOND_US, Clock
from edge.base.errors import BadInput, Refused
from edge.panel.seen import LINE_UP_S
from edge.wire import signed
from edge.wire.authority import Authority, Role
from edge.wire.line import read_line
from edge.wire.receipt import Receipt
from edge.wire.receipts import LINE_LIMIT_BYTES
from edge.wire.status import read_status

STALE_US = 60 * SECOND_US


@dataclass(frozen=True, slots=True)
class Facts:
    """What is shown.

    Attributes:
        recorder: its state, or ``unknown`` where it has not spoken for a minute.
        receipted_us: UTC of the newest receipt; None before the first.
        line_up: center or broker acknowledged something of late, as the panel shows it.
    """

    recorder: str
    receipted_us: int | None
    line_up: bool


@dataclass(frozen=True, slots=True)
class Sources:
    """Where it is read: the recorder's status, the uplink's report on the line, its folder of receipts."""

    status: Path
    line: Path
    receipts: Path


def look(sources: Sources, authority: Authority, node: str, clock: Clock) -> Facts:
    """Looks at them all."""
    now_us = clock.now_us()
    return Facts(
        _recorder(sources.status, node, now_us),
        _newest(sources.receipts, authority, node),
        _line_up(sources.line, node, now_us),
    )


def _recorder(path: Path, node: str, now_us: int) -> str:
    try:
        status = read_status(path)
    except (BadInput, Refused):
        return "unknown"
    fresh = status.node == node and abs(now_us - status.updated) < STALE_US
    return status.state.value if fresh else "unknown"


def _line_up(path: Path, node: str, now_us: int) -> bool:
    try:
        report = read_line(path)
    except (BadInput, Refused):
        return False
    fresh = report.node == node and abs(now_us - report.updated) < STALE_US
    return fresh and report.quiet_s is not None and report.quiet_s <= LINE_UP_S


def _newest(folder: Path, authority: Authority, node: str) -> int | None:
    """Returns the time of the last whole receipt in the file written last."""
    try:
        path = max(folder.glob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns)
        lines = _tail(path).split(b"\n")
    except (OSError, ValueError):
        return None
    for line in reversed(lines):
        receipt = _receipt(line, authority, node)
        if receipt is not None:
            return receipt.time
    return None


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - 2 * LINE_LIMIT_BYTES))
        return file.read(2 * LINE_LIMIT_BYTES)


def _receipt(line: bytes, authority: Authority, node: str) -> Receipt | None:
    try:
        document = signed.parse("receipt", Receipt, line)
        authority.require(document, Role.RECEIPT, document.payload.time)
    except Refused:
        return None
    return document.payload if document.payload.node == node else None
