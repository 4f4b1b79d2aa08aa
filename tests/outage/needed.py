"""Which line drains a backlog before it expires: arithmetic, held against the simulation by a test.

After an outage of O hours, records wait in the order of their age. Live goes first, so the backlog gets what the line
has to spare: line less recorded. The first record of the backlog is O old when the line comes back; the last is new,
and its turn comes when all of the backlog was sent, after O * recorded / spare. Every record between lies between these
two: nothing expires when both are below the retention R: spare >= recorded * O / R, O < R. The ring must hold O, too.
"""

from __future__ import annotations

from tests.outage.virtual import HOUR_S, recorded_bps

EFFICIENCY = 0.9
"""Of the line; the rest goes to requests."""
OUTAGES_H = (12, 24, 48, 96, 144)
RETENTIONS_DAYS = (2, 3, 7, 14, 31)


def needed_line_bps(outage_s: float, retention_s: float, bitrate_bps: int = 1_500_000) -> float | None:
    """Returns the line that drains in time; None where the oldest records expire during the outage."""
    if outage_s >= retention_s:
        return None
    return recorded_bps(bitrate_bps) * (1 + outage_s / retention_s) / EFFICIENCY


def backlog_bytes(outage_s: float, bitrate_bps: int = 1_500_000) -> float:
    """Returns what an outage leaves on the card."""
    return recorded_bps(bitrate_bps) * outage_s / 8


def table(bitrate_bps: int = 1_500_000) -> str:
    """Returns the table of the documentation, Mbit/s."""
    head = "| outage | on the card | " + " | ".join(f"{days} days" for days in RETENTIONS_DAYS) + " |"
    lines = [head, "|---" * (len(RETENTIONS_DAYS) + 2) + "|"]
    for hours in OUTAGES_H:
        cells = [needed_line_bps(hours * HOUR_S, days * 24 * HOUR_S, bitrate_bps) for days in RETENTIONS_DAYS]
        texts = ["expires" if bps is None else f"{bps / 1e6:.1f}" for bps in cells]
        lines.append(f"| {hours} h | {backlog_bytes(hours * HOUR_S, bitrate_bps) / 1e9:.0f} GB | {' | '.join(texts)} |")
    return "\n".join(lines)
