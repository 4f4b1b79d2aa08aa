"""Says in a small file how the line is: when center or broker last acknowledged something, and what was measured."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from edge.base.clock import Clock
from edge.base.errors import StorageFault
from edge.base.files import publish
from edge.uplink.probe import LineProbe
from edge.wire.line import Access, LineReport, dump_line

EVERY_NS = 5_000_000_000

_log = logging.getLogger(__name__)


class LineWord:
    """The newest acknowledgement; any thread may call ``heard``.

    Args:
        access: returns how the node is joined to its line.
    """

    def __init__(self, path: Path, node: str, clock: Clock, access: Callable[[], Access] = Access) -> None:
        self._path, self._node, self._clock, self._access = path, node, clock, access
        self._heard_ns: int | None = None
        self._due_ns: int | None = None
        self._told_of_one = self._refused = False

    def heard(self) -> None:
        """Center or broker acknowledged something just now."""
        self._heard_ns = self._clock.monotonic_ns()

    def publish(self, probe: LineProbe | None = None) -> None:
        """Writes the file where it is time, and at the first acknowledgement.

        Args:
            probe: what measures the line; none where nothing does.

        A run directory that takes nothing is told once and ends nothing.
        """
        now_ns, heard_ns = self._clock.monotonic_ns(), self._heard_ns
        first = heard_ns is not None and not self._told_of_one
        if self._due_ns is not None and now_ns < self._due_ns and not first:
            return
        self._due_ns, self._told_of_one = now_ns + EVERY_NS, heard_ns is not None
        quiet_s = None if heard_ns is None else max(0, now_ns - heard_ns) // 10**9
        measured = (None, None, None) if probe is None else (probe.reached, probe.round_trip_ms, probe.rate_bps)
        report = LineReport(self._node, self._clock.now_us(), quiet_s, *measured, self._access())
        try:
            publish(self._path, dump_line(report))
            self._refused = False
        except StorageFault as error:
            if not self._refused:
                _log.warning("%s", error)
            self._refused = True
