"""Where line, backlog and data budget are heading: figures for the heartbeat, and advice for the recorder."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from edge.base.clock import SECOND_US, Clock
from edge.seal.reel import Position
from edge.uplink.adaptation import Footage, Outlook, drain_s, judge
from edge.uplink.adviser import Adviser
from edge.uplink.budget import Budget
from edge.uplink.config import Places, UplinkConfig
from edge.uplink.measure import Line, Written
from edge.uplink.pace import open_share

_EVERY_NS = 60 * 10**9


@dataclass(frozen=True, slots=True)
class Figures:
    """What a heartbeat says of the line; ``None`` where it is not known or there is none.

    Attributes:
        line_bps: what the line carries while it is in use, over the last hour of use.
        drained_us: when the backlog will be gone, UTC; none where nothing waits or it does not shrink.
        budget_forecast_bytes: what will have been sent by the month's end if nothing stops it.
    """

    line_bps: int | None = None
    drained_us: int | None = None
    budget_limit_bytes: int | None = None
    budget_sent_bytes: int | None = None
    budget_forecast_bytes: int | None = None


class Prospects:
    """Looks ahead.

    Args:
        line: measured by whoever sends.
    """

    def __init__(
        self,
        config: UplinkConfig,
        places: Places,
        node: str,
        footage: Footage,
        line: Line,
        budget: Budget,
        clock: Clock,
    ) -> None:
        self._config, self._footage, self._line, self._budget, self._clock = config, footage, line, budget, clock
        self._open_share = open_share(config.quiet_hours)
        self._written = Written()
        self._adviser = Adviser(places.advice, node, footage.rungs, clock)
        self._due_ns = 0

    def seen(self, position: Position | None) -> None:
        """Takes in how far the recorder is."""
        if position is not None:
            self._written.seen(position, self._clock.monotonic_ns())

    def advise(self, backlog_bytes: int, *, connected: bool) -> None:
        """Thinks the bitrate over, once a minute, where all footage is to be sent."""
        if self._config.upload == "all" and self._clock.monotonic_ns() >= self._due_ns:
            self._due_ns = self._clock.monotonic_ns() + _EVERY_NS
            self._adviser.wish(judge(self._footage, self._outlook(backlog_bytes, connected=connected)))

    def figures(self, backlog_bytes: int) -> Figures:
        """Returns the figures of this moment."""
        drained_s = drain_s(self._footage, self._outlook(backlog_bytes, connected=True))
        ahead = backlog_bytes > 0 and isfinite(drained_s)
        limit = self._config.monthly_budget_bytes
        return Figures(
            line_bps=self._line.bps,
            drained_us=self._clock.now_us() + int(drained_s * SECOND_US) if ahead else None,
            budget_limit_bytes=limit,
            budget_sent_bytes=None if limit is None else self._budget.sent_bytes,
            budget_forecast_bytes=None if limit is None else self._forecast_bytes(backlog_bytes),
        )

    def _forecast_bytes(self, backlog_bytes: int) -> int | None:
        sends_all, recorded_bps = self._config.upload == "all", self._written.bps
        if sends_all and recorded_bps is None:
            return None
        return self._budget.forecast_bytes(recorded_bps if sends_all else None, backlog_bytes, self._permitted_bps())

    def _outlook(self, backlog_bytes: int, *, connected: bool) -> Outlook:
        permitted, allowed = self._permitted_bps(), self._budget.allowed_bps(self._footage.retention_s)
        return Outlook(
            rung=self._adviser.rung,
            line_bps=permitted if permitted is None or allowed is None else min(permitted, allowed),
            recorded_bps=self._written.bps,
            backlog_bytes=backlog_bytes,
            connected=connected,
        )

    def _permitted_bps(self) -> int | None:
        """Returns what may be sent on a day's average by line, rate limit and quiet hours."""
        line_bps = self._line.proven_bps
        if line_bps is None:
            return None
        return int(min(line_bps, self._config.rate_limit_bps or line_bps) * self._open_share)
