"""The time that a process goes by which keeps none itself: the clock's where that is believed, else what has passed."""

from __future__ import annotations

from pathlib import Path

from edge.base.clock import Clock, ClockQuality
from edge.base.errors import BadInput, Refused
from edge.base.files import read_bounded
from edge.wire.authority import Authority
from edge.wire.keylist import parse_key_list
from edge.wire.signed import DOCUMENT_LIMIT_BYTES


def present(clock: Clock, key_list: Path, authority: Authority, node: str) -> tuple[int, bool]:
    """Returns UTC in microseconds, and whether it is the present; else it has passed for certain.

    Args:
        key_list: the newest one fetched; both custodians signed when it was issued.
    """
    if clock.quality() is not ClockQuality.UNTRUSTED:
        return clock.now_us(), True
    try:
        data = read_bounded(key_list, limit_bytes=DOCUMENT_LIMIT_BYTES)
        return parse_key_list(data, authority, node).payload.issued, False
    except (BadInput, Refused):
        return 0, False
