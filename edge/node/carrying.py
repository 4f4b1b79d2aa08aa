"""Whether rate limit, quiet hours and data budget can carry what is recorded at all, for ``check-config``."""

from __future__ import annotations

from edge.node.config import NodeConfig
from edge.uplink.adaptation import OVERHEAD_BPS
from edge.uplink.pace import open_share

_MONTH_S = 31 * 86_400
_WAYS_OUT = "raise it, lower encoder.bitrate_bps, or set uplink.upload to on_request"


def warnings(config: NodeConfig) -> list[str]:
    """Returns a line for each limit that the configured bitrate exceeds; none where footage goes out on request."""
    uplink = config.uplink
    if uplink.upload != "all":
        return []
    needed_bps = config.encoder.bitrate_bps + OVERHEAD_BPS
    found = []
    budget = uplink.monthly_budget_bytes
    if budget is not None and budget * 8 < needed_bps * _MONTH_S:
        found.append(
            f"uplink.monthly_budget_bytes: {budget / 1e9:,.1f} GB carry {budget * 8 // _MONTH_S} bit/s, a busy street"
            f" takes up to {needed_bps} ({needed_bps * _MONTH_S / 8e9:,.0f} GB a month); {_WAYS_OUT}"
        )
    share = open_share(uplink.quiet_hours)
    limit_bps = uplink.rate_limit_bps
    if limit_bps is not None and limit_bps * share < needed_bps:
        quiet = f" in {24 * share:.1f} hours a day" if share < 1 else ""
        found.append(
            f"uplink.rate_limit_bps: {limit_bps} bit/s{quiet} carry {int(limit_bps * share)}, a busy street takes up to"
            f" {needed_bps}; {_WAYS_OUT}"
        )
    if share == 0:
        found.append("uplink.quiet_hours: no hour of the day is left; only asked-for windows would ever be sent")
    return found
