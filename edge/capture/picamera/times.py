"""From the camera's two clocks to ours: pure."""

from __future__ import annotations

from edge.capture.v4l2 import SILENCE_S

_AGREES_US = 2_000
"""Less than half of what counts as a clock that was set (``edge.base.clock.STEP_US``)."""
_NANOSECONDS = 10**17
"""What FrameWallClock says lies above it in nanoseconds, and below it in microseconds, as until mid-2025: in both it is
a time between 1973 and 5138."""


def on_our_clock(sensor_ns: int, now_ns: int) -> int:
    """Returns the sensor's timestamp, which counts on the monotonic clock; now, where it is of another clock."""
    return sensor_ns if 0 <= now_ns - sensor_ns < SILENCE_S * 1e9 else now_ns


def wall_us(camera: int, ours_us: int) -> int:
    """Returns the wall time of an exposure, microseconds: the camera's, where it agrees with ours; else ours.

    The camera's follows from many readings and wavers less; after the clock was set it lags behind.

    Args:
        camera: FrameWallClock.
        ours_us: the same moment by one reading of ours.
    """
    told_us = camera // 1000 if camera > _NANOSECONDS else camera
    return told_us if abs(told_us - ours_us) <= _AGREES_US else ours_us
