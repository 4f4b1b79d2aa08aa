"""A node and its line without any bytes: what is sent next, the ring, budget and bitrate are decided by the real code.

Records are entries of a size, the line is a rate that changes with time, the clock jumps from one event to the next.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from edge.base.backoff import Backoff
from edge.base.clock import to_datetime
from edge.seal.record import padded
from edge.seal.reel import Position, ReelHeader
from edge.seal.sealing import PAD_BYTES
from edge.spool.disk import ReelFile
from edge.spool.layout import record_limit_bytes
from edge.spool.ring import Reel, next_reel
from edge.uplink.adaptation import Footage
from edge.uplink.budget import Budget
from edge.uplink.config import Places, UplinkConfig
from edge.uplink.pace import Rate, is_quiet
from edge.uplink.plan import LIVE_RECORDS, Lane, Plan, Rules, Share, next_plan
from edge.uplink.prospects import Prospects
from edge.uplink.reel_index import ReelIndex
from edge.wire.advice import advised_bps, ladder
from tests.clocks import HandClock
from tests.uplink.town import TOKYO

START_US = 1_775_574_000_000_000
"""2026-04-08 00:00 in Tokyo."""
SEGMENT_S = 2
HOUR_S, DAY_S = 3600, 86_400
GB = 10**9
CHAIN = "c0" * 16
NODE = "virtual-1"
_FILE = cast(ReelFile, object())
_SEALING_BYTES = 3072
"""Two layers' headers, preamble, manifest and signature."""
_FAILURE_S = 10.0

LineRate = Callable[[float], float]
"""Bits a second at a time in seconds since the beginning; 0 for no line."""


@cache
def record_bytes(bitrate_bps: int) -> int:
    """Returns what a segment that takes all of its bitrate becomes on the card."""
    envelope = -(-bitrate_bps * SEGMENT_S // 8 // PAD_BYTES) * PAD_BYTES
    return padded(envelope + _SEALING_BYTES)


def recorded_bps(bitrate_bps: int) -> int:
    """Returns the rate at which records grow."""
    return record_bytes(bitrate_bps) * 8 // SEGMENT_S


def outage(line_bps: float, begin_s: float, length_s: float) -> LineRate:
    """Returns a line that is gone for ``length_s``."""
    return lambda at_s: 0.0 if begin_s <= at_s < begin_s + length_s else line_bps


@dataclass(frozen=True, slots=True)
class Setup:
    """What a virtual node is set to; ``latency_s`` is what each request takes besides its bytes."""

    line: LineRate
    bitrate_bps: int = 1_500_000
    floor_bps: int = 1_500_000
    retention_s: int = 7 * 86_400
    ring_bytes: int = 128 * GB
    reel_bytes: int = 512 * 1024 * 1024
    latency_s: float = 0.3
    uplink: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sample:
    """Where the node stood; ``live_s`` is the age of the newest receipted record."""

    at_s: float
    backlog_bytes: int
    live_s: float
    bitrate_bps: int


@dataclass(slots=True)
class Totals:
    """What became of records: evicted and expired ones were never receipted."""

    recorded: int = 0
    receipted: int = 0
    evicted: int = 0
    expired: int = 0
    receipted_bytes: int = 0
    by_lane: dict[Lane, int] = field(default_factory=dict)


class VirtualNode:
    """Records and sends.

    Attributes:
        live_at_most_s: how old the newest receipted record ever got while there was a line.
    """

    def __init__(self, setup: Setup, folder: Path) -> None:
        (folder / "inbox").mkdir(parents=True)
        self.setup, self.clock, self.totals = setup, HandClock(START_US), Totals()
        self.samples: list[Sample] = []
        self.live_at_most_s = 0.0
        config = UplinkConfig.model_validate(_FIELDS | {"state": folder} | setup.uplink)
        self._config, self._places = config, Places((), folder, folder, folder, folder, folder, folder)
        self._rate, self._share, self._backoff = Rate(), Share(), Backoff(random.Random(1))
        self._budget = Budget(folder / "budget.json", config.monthly_budget_bytes, TOKYO, self.clock)
        self.rungs = ladder(setup.bitrate_bps, setup.floor_bps)
        footage = Footage(self.rungs, setup.retention_s, setup.ring_bytes)
        self._prospects = Prospects(
            config, self._places, NODE, footage, self._rate.line, self._budget, cast(Any, self.clock)
        )
        self.bitrate_bps = setup.bitrate_bps
        self._connected = False
        self._sequence = self._newest_receipted_us = 0
        self._ring = [
            Reel(index, _FILE, ReelHeader(index, 1, CHAIN, 0), 0)
            for index in range(setup.ring_bytes // setup.reel_bytes)
        ]
        self._indices: dict[int, ReelIndex] = {}
        self._order: list[ReelIndex] = []
        self._reel, self._header = self._ring[-1], _Header()
        self._room, self._end = 0, 0
        self._minute = self._next_record_s = 0

    @property
    def now_s(self) -> float:
        """Seconds since the beginning."""
        return (self.clock.at_us - START_US) / 1e6

    @property
    def backlog_bytes(self) -> int:
        """Bytes on the card that are not receipted."""
        return sum(index.size for index in self._order)

    def run(self, until_s: float, *, until_drained: bool = False) -> None:
        """Goes on until then, or until only live records are left."""
        while self.now_s < until_s:
            self._record()
            if self.now_s >= self._minute * 60:
                self._look_around()
                if until_drained and self.backlog_bytes <= LIVE_RECORDS * record_bytes(self.bitrate_bps):
                    return
            self._send()

    def _send(self) -> None:
        plan = next_plan(self._order, self._rules(), self._share)
        rate_bps = self.setup.line(self.now_s)
        if plan is None:
            self.clock.advance(max(0.5, self._next_record_s - self.now_s))
        elif rate_bps <= 0:
            self._connected = False
            self._rate.failed(int(_FAILURE_S * 1e9))
            self.clock.advance(_FAILURE_S + self._backoff.failed())
        else:
            limit = self._config.rate_limit_bps
            seconds = plan.size * 8 / min(rate_bps, limit or rate_bps) + self.setup.latency_s
            self.clock.advance(seconds)
            self._receipted(plan, seconds)

    def _receipted(self, plan: Plan, seconds: float) -> None:
        if self._connected:  # the first receipt after an outage is as old as the outage
            self.live_at_most_s = max(self.live_at_most_s, self._live_s())
        self._connected = True
        self._rate.measured(plan.size, int(seconds * 1e9))
        self._budget.add(plan.size)
        self._backoff.succeeded()
        self._share = self._share.after(plan)
        totals, entries = self.totals, plan.entries
        touched = [self._indices[reel] for reel in {entry.reel for entry in entries}]
        for index in touched:
            index.remove(entries[0].sequence, entries[-1].sequence)
        totals.receipted += len(entries)
        totals.receipted_bytes += plan.size
        totals.by_lane[plan.lane] = totals.by_lane.get(plan.lane, 0) + len(entries)
        self._newest_receipted_us = max(self._newest_receipted_us, entries[-1].end_us)
        if not all(index.records for index in touched):
            self._order = [index for index in self._order if index.records or index.header.index == self._reel.index]

    def _live_s(self) -> float:
        return (self.clock.at_us - max(self._newest_receipted_us, START_US)) / 1e6

    def _rules(self) -> Rules:
        now_us = self.clock.now_us()
        return Rules(
            mode=self._config.upload,
            live_chain=CHAIN,
            live_from=self._sequence - LIVE_RECORDS,
            limit_bytes=self._rate.batch_bytes(),
            only_asked=is_quiet(now_us, self._config.quiet_hours, TOKYO) or self._budget.spent(),
        )

    def _record(self) -> None:
        """Writes the records that are due by now."""
        now_s, size = self.now_s, record_bytes(self.bitrate_bps)
        while self._next_record_s <= now_s:
            if self._room < size:
                self._enter()
            start_us = START_US + (self._next_record_s - SEGMENT_S) * 10**6
            index = self._indices[self._reel.index]
            index.add(self._header.of(self._sequence, start_us, size), self._end)
            index.lowest = self._sequence + 1
            self._room, self._end = self._room - size, self._end + size
            self._sequence += 1
            self.totals.recorded += 1
            self._next_record_s += SEGMENT_S

    def _enter(self) -> None:
        """Takes the reel that the ring gives; what was still to be sent of it is lost."""
        found = next_reel(self._ring, CHAIN, self._reel, lambda reel: not self._left(reel))
        assert found is not None and found.header is not None
        self.totals.evicted += self._left(found)
        self._order = [index for index in self._order if index.header.index != found.index]
        found.header = ReelHeader(found.index, found.header.lap + 1, CHAIN, self._sequence)
        found.begins_us = self.clock.at_us
        index = self._indices[found.index] = ReelIndex(found.header)
        self._order.append(index)
        self._reel, self._room, self._end = found, record_limit_bytes(self.setup.reel_bytes), 4096

    def _left(self, reel: Reel) -> int:
        return self._indices[reel.index].records if reel.index in self._indices else 0

    def _look_around(self) -> None:
        """Once a minute: age, advice, a sample."""
        self._minute = int(self.now_s // 60) + 1
        self._expire()
        self._prospects.seen(_position(self._reel, self._end))
        self._prospects.advise(self.backlog_bytes, connected=self._connected)
        self.bitrate_bps = advised_bps(self._places.advice, NODE, self.rungs, self.clock.at_us)
        if self._minute % 10 == 1:
            self.samples.append(Sample(self.now_s, self.backlog_bytes, self._live_s(), self.bitrate_bps))

    def _expire(self) -> None:
        limit_us = self.clock.at_us - self.setup.retention_s * 10**6
        while self._order and (old := next(self._order[0].entries(), None)) and old.end_us < limit_us:
            self._order[0].remove(old.sequence, old.sequence)
            self.totals.expired += 1


_FIELDS = {"center_url": "https://center.example", "mqtt_host": "center.example", "ca": "ca.pem", "upload": "all"}


@cache
def _day(quarter_hour: int) -> str:
    return to_datetime(quarter_hour * 900 * 10**6).astimezone(TOKYO).date().isoformat()


class _Header:
    """What an index takes of a record's header; one object for all, since none is kept."""

    def __init__(self) -> None:
        self.segment = SimpleNamespace(day="")
        self.manifest = SimpleNamespace(start_us=0, end_us=0, segment=self.segment)
        self.sequence = self.record_bytes = 0
        self.sha256 = "0" * 64

    def of(self, sequence: int, start_us: int, size: int) -> Any:
        self.sequence, self.record_bytes = sequence, size
        self.segment.day = _day(start_us // (900 * 10**6))
        self.manifest.start_us, self.manifest.end_us = start_us, start_us + SEGMENT_S * 10**6
        return self


def _position(reel: Reel, end: int) -> Position:
    assert reel.header is not None
    place = reel.header
    return Position.model_construct(
        chain=CHAIN, reel=reel.index, lap=place.lap, end=end, sequence=place.first, sha256="0" * 64, oldest=0
    )
