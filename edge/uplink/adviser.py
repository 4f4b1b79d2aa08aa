"""Keeps the bitrate that the recorder is advised to use, and publishes it; steps are slow on purpose.

Rules:
  1. A step down must have been called for during ``DOWN_S`` without a break, a step up during ``UP_S``.
  2. One rung at a time; the wait begins anew after each.
  3. The file is written at each step and every ``PUBLISH_S``, so that a fresh one never gets old.
"""

from __future__ import annotations

import logging
from pathlib import Path

from edge.base.clock import Clock
from edge.base.errors import StorageFault
from edge.base.files import publish
from edge.uplink.adaptation import Step
from edge.wire.advice import Advice, advised_bps, dump_advice

_log = logging.getLogger(__name__)
DOWN_S = 600
UP_S = 3600
PUBLISH_S = 1200


class Adviser:
    """What is advised now; one that starts anew goes on from the advice that still counts.

    Attributes:
        rung: the place of the advised bitrate in ``rungs``.
    """

    def __init__(self, path: Path, node: str, rungs: tuple[int, ...], clock: Clock) -> None:
        self._path, self._node, self._rungs, self._clock = path, node, rungs, clock
        self.rung = rungs.index(advised_bps(path, node, rungs, clock.now_us()))
        self._wish, self._since_ns = Step.STAY, clock.monotonic_ns()
        self._published_ns: int | None = None

    def wish(self, step: Step) -> None:
        """Takes in what the moment calls for; steps once it has called for it long enough."""
        now_ns = self._clock.monotonic_ns()
        if step is not self._wish:
            self._wish, self._since_ns = step, now_ns
        held_s = (now_ns - self._since_ns) / 1e9
        if step is Step.DOWN and held_s >= DOWN_S:
            self._step_to(min(self.rung + 1, len(self._rungs) - 1), now_ns)
        elif step is Step.UP and held_s >= UP_S:
            self._step_to(max(self.rung - 1, 0), now_ns)
        if self._published_ns is None or now_ns - self._published_ns >= PUBLISH_S * 10**9:
            self._publish(now_ns)

    def _step_to(self, rung: int, now_ns: int) -> None:
        if rung != self.rung:
            _log.warning("bitrate: %d bit/s is advised instead of %d", self._rungs[rung], self._rungs[self.rung])
            self._published_ns = None
        self.rung, self._since_ns = rung, now_ns

    def _publish(self, now_ns: int) -> None:
        advice = Advice(node=self._node, updated=self._clock.now_us(), bitrate_bps=self._rungs[self.rung])
        try:
            publish(self._path, dump_advice(advice))
        except StorageFault as error:
            _log.warning("the recorder keeps its bitrate: %s", error)
        else:
            self._published_ns = now_ns
