"""Advice on the bitrate: a small file in which the uplink, who knows the line, asks the recorder for fewer bits.

Rules:
  1. It can only name a rung of the ladder between the configured bitrate and its floor; the recorder makes that ladder
     itself, so the worst that a false advice can do is the picture that the city has set as still good enough.
  2. Missing, damaged, another node's, older than ``ADVICE_AGE_US`` or dated ahead by as much: the configured bitrate.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from edge.base.clock import SECOND_US
from edge.base.errors import BadInput, Refused
from edge.base.model import NodeId, Strict, Utc, read_json, to_json

ADVICE_LIMIT_BYTES = 1024
ADVICE_AGE_US = 3600 * SECOND_US


class Advice(Strict):
    """What the uplink asks for.

    Attributes:
        updated: when it was last thought over.
        bitrate_bps: the encoder's limit.
    """

    v: Literal[1] = 1
    node: NodeId
    updated: Utc
    bitrate_bps: Annotated[int, Field(ge=1, lt=2**31)]


def ladder(bitrate_bps: int, floor_bps: int) -> tuple[int, ...]:
    """Returns the bitrates that may be used, highest first: each three quarters of the one above, the floor last."""
    rungs = [bitrate_bps]
    while (below := rungs[-1] * 3 // 4 // 1000 * 1000) > floor_bps:
        rungs.append(below)
    return (*rungs, floor_bps) if floor_bps < bitrate_bps else tuple(rungs[:1])


def dump_advice(advice: Advice) -> bytes:
    """Returns the file's bytes."""
    return to_json(advice)


def read_advice(path: Path) -> Advice:
    """Reads the file.

    Raises:
        BadInput: missing or unreadable.
        Refused: ``bad-document`` or strict JSON's failures.
    """
    return read_json(Advice, path, limit_bytes=ADVICE_LIMIT_BYTES)


def advised_bps(path: Path, node: str, rungs: tuple[int, ...], now_us: int) -> int:
    """Returns the bitrate to record at: the advised one where the advice counts, else the first of ``rungs``."""
    try:
        advice = read_advice(path)
    except (BadInput, Refused):
        return rungs[0]
    fresh = abs(now_us - advice.updated) < ADVICE_AGE_US
    return advice.bitrate_bps if fresh and advice.node == node and advice.bitrate_bps in rungs else rungs[0]
