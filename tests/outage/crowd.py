"""500 nodes and one center with a queue: how many requests a second arrive when all of them come back together.

The nodes' waits are the real code's (``Backoff``, ``Timer``); the control hands the same code a source of chance that
always draws the upper end, which is exponential backoff without jitter.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from edge.base.backoff import Backoff
from edge.uplink.mqtt import FIRST_WAIT_S
from edge.uplink.upkeep import HOUR_S, Timer
from tests.clocks import HandClock

NODES = 500
PER_SECOND = 40.0
"""What the center answers: one core's batches of 8 MiB."""
ANSWER_S = 60.0
"""A node gives up on an answer after this (``answer_timeout_s``)."""
BATCH_S = 20.0
"""A batch is on the line that long; then the next one comes."""


class NoJitter(random.Random):
    """Chance that always draws the upper end."""

    def uniform(self, a: float, b: float) -> float:
        return b


def chance(node: int) -> random.Random:
    """Returns a node's own source of chance."""
    return random.Random(node)


def no_chance(_: int) -> random.Random:
    """The control's."""
    return NoJitter()


Chance = Callable[[int], random.Random]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is down from second 0 on.

    Attributes:
        length_s: how long.
        costs_s: how long a try takes until it has failed: a line that is gone is noticed by time-out.
        asks_s: how long the center asks everybody to wait (Retry-After).
    """

    length_s: float
    costs_s: float = 0.0
    asks_s: float = 0.0


LINE_DOWN = Fault(4 * 3600.0, costs_s=10.0)
SERVER_DOWN = Fault(4 * 3600.0, costs_s=0.01)
ASKED_TO_WAIT = Fault(600.0, costs_s=0.01, asks_s=120.0)


class Queue:
    """The center: one after another, at its own pace."""

    def __init__(self, per_second: float) -> None:
        self._each_s, self._free_s = 1.0 / per_second, 0.0

    def answered_s(self, at_s: float) -> float:
        """Takes a request in and returns when it is answered; what nobody waits for any more is not worked on."""
        done_s = max(self._free_s, at_s) + self._each_s
        if done_s - at_s <= ANSWER_S:
            self._free_s = done_s
        return done_s


def uploads(fault: Fault, chance_of: Chance, after_s: float = 900.0) -> Iterator[float]:
    """Yields the times of all requests, from the fault's beginning on; every node has a backlog to send."""
    backoffs = [Backoff(chance_of(node)) for node in range(NODES)]
    due = [(0.0, node) for node in range(NODES)]
    queue = Queue(PER_SECOND)
    while due:
        at_s, node = heapq.heappop(due)
        if at_s >= fault.length_s + after_s:
            return
        yield at_s
        answered_s = queue.answered_s(at_s) if at_s >= fault.length_s else at_s + 2 * ANSWER_S
        if at_s < fault.length_s:
            next_s = at_s + fault.costs_s + backoffs[node].failed(fault.asks_s)
        elif answered_s - at_s > ANSWER_S:
            next_s = at_s + ANSWER_S + backoffs[node].failed()
        else:
            backoffs[node].succeeded()
            next_s = answered_s + BATCH_S
        heapq.heappush(due, (next_s, node))


def reconnects(first_wait_s: float = FIRST_WAIT_S, chance_of: Chance = chance) -> Iterator[float]:
    """Yields when nodes knock at a broker that dropped all of them at second 0 and is back at once."""
    for node in range(NODES):
        yield Backoff(chance_of(node), first_s=first_wait_s).failed()


def hourly(hours: int, chance_of: Chance) -> Iterator[float]:
    """Yields when nodes that started at one instant ask for their key list."""
    for node in range(NODES):
        clock = HandClock(0)
        timer = Timer(cast(Any, clock), chance_of(node))
        while clock.at_ns < hours * HOUR_S * 1e9:
            yield clock.at_ns / 1e9
            timer.done(HOUR_S)
            clock.at_ns = timer.due_ns


def per_second(times: Iterator[float], begin_s: float, end_s: float) -> list[int]:
    """Counts requests in each second of a stretch."""
    counts = Counter(int(at_s - begin_s) for at_s in times if begin_s <= at_s < end_s)
    return [counts[second] for second in range(int(end_s - begin_s))]
