"""In which order machines are rotated: one canary, then up to 5 %, then all. Pure.

A machine that is away counts for no wave: the next one takes its place, so that a wave is one that was seen to work.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

PART = 20
"""The second wave ends once one in so many machines is settled."""


def next_wave(order: Sequence[str], settled: Collection[str], away: Collection[str]) -> tuple[str, ...]:
    """Returns the machines of the next wave, empty where all are settled or away."""
    left = [node for node in order if node not in settled and node not in away]
    done = len(settled)
    few = -(-len(order) // PART)
    if done == 0:
        return tuple(left[:1])
    if done < few:
        return tuple(left[: few - done])
    return tuple(left)
