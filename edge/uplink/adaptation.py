"""Whether the bitrate must step down, or may step up again: a pure decision.

Rules:
  1. Down when the backlog could no longer drain before it expires: records wait in the order of their age, none is
     older than the retention now, so none expires if the newest of them is sent within the retention from now on.
     "Can drain" keeps a fifth of that in hand. A backlog of a few minutes is no reason.
  2. Down when the ring would end: while nothing goes out, the room that is left must last an eighth of the time that
     the whole ring lasts.
  3. Up when at the higher rung the line carries a fifth more than is recorded, the backlog drains in half of the
     retention, and rule 2 holds. Between 1 and 3 nothing changes.
  4. A line that was never measured by uploads long enough to tell its rate decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import inf

OVERHEAD_BPS = 90_000
"""What a record adds to its segment of 2 s, on average: half of 32 KiB of padding, layers, header, whole blocks."""
_SMALL_S = 600
_IN_HAND = 0.8
_SAFE = 0.5
_SAFE_LINE = 1.2
_QUIET = 0.8
_RING_SHARE = 8


class Step(Enum):
    """What to do about the bitrate."""

    DOWN = "down"
    STAY = "stay"
    UP = "up"


@dataclass(frozen=True, slots=True)
class Footage:
    """What the recorder is set to.

    Attributes:
        rungs: bitrates that it may use, highest first; see ``edge.wire.advice``.
        retention_s: after which a record expires.
        ring_bytes: how much the card holds.
    """

    rungs: tuple[int, ...]
    retention_s: int
    ring_bytes: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known of line and backlog.

    Attributes:
        rung: the place of the bitrate in force in ``Footage.rungs``.
        line_bps: what may be sent on average over the retention: measured line, rate limit, quiet hours, data budget;
            None as long as it is not known.
        recorded_bps: what the recorder writes at this rung; a quiet street takes less than the bitrate allows.
        backlog_bytes: left to send.
        connected: the last exchange of records succeeded.
    """

    rung: int
    line_bps: int | None
    recorded_bps: int | None
    backlog_bytes: int
    connected: bool


def judge(footage: Footage, outlook: Outlook) -> Step:
    """Returns which way the bitrate must or may step."""
    here = outlook.rung
    if here + 1 < len(footage.rungs) and not (_drains(footage, outlook) and _ring_lasts(footage, outlook, here)):
        return Step.DOWN
    return Step.UP if here and _safe(footage, outlook, here - 1) else Step.STAY


def drain_s(footage: Footage, outlook: Outlook, rung: int | None = None) -> float:
    """Returns in how many seconds the backlog is gone, at ``rung`` or the one in force; infinite: never, or unknown."""
    if outlook.line_bps is None:
        return inf
    spare_bps = outlook.line_bps - _recorded_bps(footage, outlook, outlook.rung if rung is None else rung)
    return outlook.backlog_bytes * 8 / spare_bps if spare_bps > 0 else inf


def _drains(footage: Footage, outlook: Outlook) -> bool:
    small = outlook.backlog_bytes * 8 <= _SMALL_S * _recorded_bps(footage, outlook, outlook.rung)
    return small or outlook.line_bps is None or drain_s(footage, outlook) <= _IN_HAND * footage.retention_s


def _ring_lasts(footage: Footage, outlook: Outlook, rung: int) -> bool:
    left_s = (footage.ring_bytes - outlook.backlog_bytes) * 8 / _recorded_bps(footage, outlook, rung)
    whole_s = footage.ring_bytes * 8 / (footage.rungs[0] + OVERHEAD_BPS)
    return outlook.connected or left_s * _RING_SHARE >= whole_s


def _safe(footage: Footage, outlook: Outlook, rung: int) -> bool:
    if outlook.line_bps is None or outlook.line_bps < _SAFE_LINE * _recorded_bps(footage, outlook, rung):
        return False
    return drain_s(footage, outlook, rung) <= _SAFE * footage.retention_s and _ring_lasts(footage, outlook, rung)


def _recorded_bps(footage: Footage, outlook: Outlook, rung: int) -> int:
    """Returns what would be written at ``rung``: at most what it allows, and no more than a quiet street takes."""
    most, limit_here = footage.rungs[rung] + OVERHEAD_BPS, footage.rungs[outlook.rung] + OVERHEAD_BPS
    recorded = outlook.recorded_bps
    if recorded is None or (rung < outlook.rung and recorded >= _QUIET * limit_here):
        return most
    return max(1, min(most, recorded))
