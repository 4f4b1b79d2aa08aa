"""How large a ring must be to hold a retention at a bitrate, for ``check-config`` and the city's calculator."""

from __future__ import annotations

from edge.seal.record import padded
from edge.spool.layout import REEL_BYTES, record_limit_bytes

SEGMENT_S = 2
SEGMENT_OVERHEAD_BYTES = 40 * 1024
"""Most that a segment adds to its MP4: 32 KiB of padding that hides its size, two age layers, preamble and manifest."""
REELS_IN_MOTION = 2
"""The reel being written and the one being emptied hold no full measure."""


def required_bytes(bitrate_bps: int, retention_days: int, reel_bytes: int = REEL_BYTES) -> int:
    """Returns the capacity that holds ``retention_days`` of uninterrupted footage.

    Args:
        bitrate_bps: of the encoder, mean over a segment.
    """
    segment_bytes = padded(bitrate_bps * SEGMENT_S // 8 + SEGMENT_OVERHEAD_BYTES)
    segments = retention_days * 86_400 // SEGMENT_S
    a_reel = max(1, record_limit_bytes(reel_bytes) // segment_bytes)
    return (-(-segments // a_reel) + REELS_IN_MOTION) * reel_bytes
