"""What to send next: a pure decision over what is left, what was asked for, and what the line allows.

Rules:
  1. Asked-for windows first, but with at most half of the line while anything else waits; then live; then the backlog,
     oldest first.
  2. A batch is contiguous sequences of one chain, of one local day; records without a body go with their neighbours.
  3. A batch has at most ``BATCH_LIMIT`` records and ``limit_bytes``, or is one record.
  4. ``on_request`` sends windows, and every record without a body: those carry no picture, only what happened.
  5. ``none`` sends nothing. While only windows may pass (quiet hours, data budget spent), nothing else does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from edge.uplink.reel_index import Entry, ReelIndex
from edge.wire.receipt import BATCH_LIMIT

Mode = Literal["all", "on_request", "none"]
LIVE_RECORDS = 30
"""The newest records are live: about a minute. Counted by sequence, because clocks jump."""


class Lane(StrEnum):
    """Why a record is sent now."""

    ASKED = "asked"
    LIVE = "live"
    BACKLOG = "backlog"


@dataclass(frozen=True, slots=True)
class Window:
    """A time that somebody asked for, UTC microseconds, ends included."""

    start_us: int
    end_us: int

    def touches(self, start_us: int, end_us: int) -> bool:
        """Tells whether a span overlaps the window."""
        return start_us <= self.end_us and end_us >= self.start_us


@dataclass(frozen=True, slots=True)
class Share:
    """Bytes sent for windows and for the rest while both waited."""

    asked_bytes: int = 0
    other_bytes: int = 0

    @property
    def asked_next(self) -> bool:
        """Whether a window's turn has come."""
        return self.asked_bytes <= self.other_bytes

    def after(self, plan: Plan) -> Share:
        """Returns the share after a batch; where only one side waited, both begin anew."""
        asked = plan.lane is Lane.ASKED
        if asked != self.asked_next:
            return Share()
        return Share(self.asked_bytes + plan.size * asked, self.other_bytes + plan.size * (not asked))


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for the next decision.

    Attributes:
        windows: what was asked for and has not expired.
        live_chain: the chain being written.
        live_from: records of it from this sequence on are live.
        only_asked: quiet hours, or the data budget is spent.
        frozen: chains that the center refuses because of a fork.
    """

    mode: Mode
    windows: tuple[Window, ...] = ()
    live_chain: str = ""
    live_from: int = 0
    limit_bytes: int = 1
    limit_records: int = BATCH_LIMIT
    only_asked: bool = False
    frozen: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """The records of the next batch, in order."""

    lane: Lane
    entries: tuple[Entry, ...]

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(entry.size for entry in self.entries)


Test = Callable[[Entry], bool]


def next_plan(reels: Sequence[ReelIndex], rules: Rules, share: Share) -> Plan | None:
    """Returns the next batch; none where nothing may or need be sent.

    Args:
        reels: oldest first.
    """
    if rules.mode == "none":
        return None
    usable = [reel for reel in reels if reel.records and reel.header.chain not in rules.frozen]
    lanes = (Lane.ASKED, Lane.LIVE, Lane.BACKLOG) if share.asked_next else (Lane.LIVE, Lane.BACKLOG, Lane.ASKED)
    for lane in lanes:
        if rules.only_asked and lane is not Lane.ASKED:
            continue
        entries = _of_lane(lane, usable, rules)
        if entries:
            return Plan(lane, entries)
    return None


def left_to_send(reels: Sequence[ReelIndex], rules: Rules) -> tuple[int, int]:
    """Returns how many records and bytes are to be sent under the mode, whatever the line allows now."""
    if rules.mode == "none":
        return 0, 0
    if rules.mode == "all":
        return sum(reel.records for reel in reels), sum(reel.size for reel in reels)
    sizes = [entry.size for reel in reels if _may_hold(reel, rules) for entry in reel.entries() if _due(entry, rules)]
    return len(sizes), sum(sizes)


def _of_lane(lane: Lane, reels: Sequence[ReelIndex], rules: Rules) -> tuple[Entry, ...]:
    if lane is Lane.ASKED and not rules.windows:
        return ()
    if lane is Lane.ASKED:
        reels = [reel for reel in reels if _windows_touch(reel.start_us, reel.end_us, rules)]
        return _batch(reels, lambda entry: _windows_touch(entry.start_us, entry.end_us, rules), rules)
    if rules.mode == "on_request":
        reels = [reel for reel in reels if reel.bodiless]
    if lane is Lane.LIVE:
        reels = [reel for reel in reels if reel.header.chain == rules.live_chain and reel.lowest > rules.live_from]
        return _batch(reels, lambda entry: entry.sequence >= rules.live_from and _usual(entry, rules), rules)
    return _batch(reels, lambda entry: _usual(entry, rules), rules)


def _batch(reels: Sequence[ReelIndex], wanted: Test, rules: Rules) -> tuple[Entry, ...]:
    taken: list[Entry] = []
    size = 0
    days: set[str] = set()
    for entry in _chained(reels):
        if not wanted(entry):
            if taken:
                break
            continue
        if taken and not _follows(taken[-1], entry):
            break
        size += entry.size
        days |= {entry.day} if entry.day else set()
        if taken and (size > rules.limit_bytes or len(taken) >= rules.limit_records or len(days) > 1):
            break
        taken.append(entry)
    return tuple(taken)


def _chained(reels: Sequence[ReelIndex]) -> Iterator[Entry]:
    for reel in reels:
        yield from reel.entries()


def _follows(before: Entry, entry: Entry) -> bool:
    return entry.chain == before.chain and entry.sequence == before.sequence + 1


def _windows_touch(start_us: int, end_us: int, rules: Rules) -> bool:
    return any(window.touches(start_us, end_us) for window in rules.windows)


def _usual(entry: Entry, rules: Rules) -> bool:
    return rules.mode == "all" or entry.day is None


def _due(entry: Entry, rules: Rules) -> bool:
    return _usual(entry, rules) or _windows_touch(entry.start_us, entry.end_us, rules)


def _may_hold(reel: ReelIndex, rules: Rules) -> bool:
    return bool(reel.bodiless) or _windows_touch(reel.start_us, reel.end_us, rules)
