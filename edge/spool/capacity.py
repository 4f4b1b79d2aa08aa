"""How large a ring must be to hold a retention at a bitrate, and how a ring in memory is divided."""

from __future__ import annotations

from edge.seal.record import BLOCK_BYTES, padded
from edge.spool.layout import REEL_BYTES, REEL_BYTES_MIN, REELS_MIN, record_limit_bytes

SEGMENT_S = 2
SEGMENT_OVERHEAD_BYTES = 40 * 1024
"""Most that a segment adds to its MP4: 32 KiB of padding that hides its size, two age layers, preamble and manifest."""
REELS_IN_MOTION = 2
"""The reel being written and the one being emptied hold no full measure."""
MEMORY_REELS = 8
"""Of a full ring in memory an eighth is lost at once."""


def memory_reel_bytes(memory_bytes: int, segment_bytes: int) -> int | None:
    """Returns the length of a reel in memory: that of the most reels, up to ``MEMORY_REELS``, that take a segment each.

    None where fewer than ``REELS_MIN`` would.
    """
    for reels in range(MEMORY_REELS, REELS_MIN - 1, -1):
        reel_bytes = memory_bytes // reels // BLOCK_BYTES * BLOCK_BYTES
        if reel_bytes >= REEL_BYTES_MIN and record_limit_bytes(reel_bytes) >= segment_bytes:
            return reel_bytes
    return None


def required_bytes(bitrate_bps: int, retention_days: int, reel_bytes: int = REEL_BYTES) -> int:
    """Returns the capacity that holds ``retention_days`` of uninterrupted footage.

    Args:
        bitrate_bps: of the encoder, mean over a segment.
    """
    segment_bytes = padded(bitrate_bps * SEGMENT_S // 8 + SEGMENT_OVERHEAD_BYTES)
    segments = retention_days * 86_400 // SEGMENT_S
    a_reel = max(1, record_limit_bytes(reel_bytes) // segment_bytes)
    return (-(-segments // a_reel) + REELS_IN_MOTION) * reel_bytes
