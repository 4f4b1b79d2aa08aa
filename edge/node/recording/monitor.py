"""The monitor: a thread that sees what stands still, says so, and ends the process where nothing else helps.

Rules:
  1. It waits for nothing but the run directory, in memory, which the sealing thread writes too: it can speak of both.
  2. systemd's watchdog is fed here, and only while everything makes progress (``edge.node.recording.stalls``).
  3. A stall is a fault of the status under its cause's name until it is over; the next run reads there why this
     one ended.
  4. What stands still for too long ends the process at once, without clean-up: a thread that hangs in the kernel lets
     nobody clean up. systemd starts it again; what was lost becomes a GAP with the stall's cause.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable

from edge.base.clock import Clock
from edge.base.workers import Worker
from edge.node.recording.progress import Progress, Stage
from edge.node.recording.stalls import LOOK_S, Stall, Stalls
from edge.node.records.tally import Tally
from edge.node.watchdog import Watchdog
from edge.seal.manifest import Cause
from edge.wire.status import RecorderState

_PUBLISH_EVERY = 2
_JOIN_TIMEOUT_S = 5.0
_OPENING = (Stage.VISIT, Stage.OPEN_CAMERA, Stage.OPEN_SPOOL)

_log = logging.getLogger(__name__)


class Monitor:
    """Watches one run.

    Args:
        end: ends the process with an exit status.

    Attributes:
        progress: what it looks at.
        watchdog: what it feeds.
        tally: what it publishes; none before the spool is this process's own, for the status may be another's.
    """

    def __init__(
        self, progress: Progress, watchdog: Watchdog, clock: Clock, end: Callable[[int], object] = os._exit
    ) -> None:
        self.tally: Tally | None = None
        self.progress, self.watchdog, self._clock, self._end = progress, watchdog, clock, end
        self._stalls, self._told = Stalls(progress), dict[Cause, Stall]()
        self._last_ns, self._looks = clock.monotonic_ns(), 0
        self._worker = Worker("monitor", self._run)

    def start(self) -> None:
        """Begins to look."""
        self._worker.start()

    def stop(self) -> None:
        """Ends the thread.

        Raises:
            Stop: it did not end.
        """
        self._worker.stop()
        self._worker.join(_JOIN_TIMEOUT_S)

    def _run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self.look()
            self._clock.sleep(LOOK_S, stop)

    def look(self) -> None:
        """Looks once."""
        now_ns = self._clock.monotonic_ns()
        passed_s, self._last_ns = (now_ns - self._last_ns) / 1e9, now_ns
        stalls = {stall.cause: stall for stall in self._stalls.look(passed_s)}
        changed = stalls.keys() != self._told.keys()
        self._tell(stalls)
        fatal = next((stall for stall in stalls.values() if stall.exit_status is not None), None)
        if changed or fatal or self._looks % _PUBLISH_EVERY == 0:
            self._publish()
        self._looks += 1
        if fatal is not None and fatal.exit_status is not None:
            _log.critical("%s: the process ends, to be started again", fatal.message)
            self._end(fatal.exit_status)
        elif not stalls:
            self._feed()

    def _tell(self, stalls: dict[Cause, Stall]) -> None:
        for cause, stall in stalls.items():
            if cause not in self._told:
                _log.error("%s", stall.message)
            if self.tally is not None:
                self.tally.fault(cause.value, RecorderState.FAULT, stall.message)
        for cause in self._told.keys() - stalls.keys():
            _log.warning("the stall is over (%s)", cause)
            if self.tally is not None:
                self.tally.clear(cause.value)
        self._told = stalls

    def _publish(self) -> None:
        if self.tally is not None:
            self.tally.publish(self._clock.now_us())

    def _feed(self) -> None:
        if self.progress.loop.stage in _OPENING:
            self.watchdog.starting()
        else:
            self.watchdog.progress()
