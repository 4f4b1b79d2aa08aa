"""Whether a process stays the size that it has: a stated rule over what was sampled of its last life.

Rules:
  1. The first third of a life is warming up and does not count.
  2. Fewer than ``SAMPLES_LEAST`` samples after that are too few to tell.
  3. Memory is flat where the Theil-Sen line (the median of all slopes between two samples, so that peaks do not count)
     rises by no more than ``NOISE_BYTES`` over what is judged, or by no more than ``RISE_BYTES_AN_HOUR`` an hour of
     footage.
  4. File descriptors and threads are flat where the median of the last third is no more than ``MORE_AT_MOST`` above
     that of the first.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

MIB = 1024 * 1024
WARM_UP_SHARE = 1 / 3
SAMPLES_LEAST = 40
NOISE_BYTES = 1 * MIB
RISE_BYTES_AN_HOUR = MIB // 4
MORE_AT_MOST = 1
_POINTS_AT_MOST = 300
"""Of which all pairs are looked at."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at one process.

    Attributes:
        real_s: since the soak's start.
        footage_s: by the node's clock.
        rss_bytes: resident memory.
    """

    real_s: float
    footage_s: float
    pid: int
    rss_bytes: int
    descriptors: int
    threads: int


class Shape(StrEnum):
    """What became of a process's size."""

    FLAT = "flat"
    GROWS = "GROWS"
    SHORT = "too short to tell"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one process.

    Attributes:
        rise_bytes: of the memory's line over what was judged; ``rise_bytes_an_hour``: an hour of footage.
    """

    shape: Shape
    samples: int
    rise_bytes: float = 0.0
    rise_bytes_an_hour: float = 0.0
    more_descriptors: float = 0.0
    more_threads: float = 0.0

    def __str__(self) -> str:
        memory = (
            f"memory {self.rise_bytes / 1024:+.0f} KiB, {self.rise_bytes_an_hour / 1024:+.0f} KiB an hour of footage"
        )
        counts = f"descriptors {self.more_descriptors:+g}, threads {self.more_threads:+g}"
        return f"{self.shape}: {memory}, {counts} ({self.samples} samples)"


def judge(samples: Sequence[Sample]) -> Verdict:
    """Returns the verdict on a process's last life."""
    life = [sample for sample in samples if sample.pid == samples[-1].pid]
    judged = life[round(len(life) * WARM_UP_SHARE) :]
    if len(judged) < SAMPLES_LEAST:
        return Verdict(Shape.SHORT, len(judged))
    slope = _slope([(sample.real_s, sample.rss_bytes) for sample in judged])
    rise = slope * (judged[-1].real_s - judged[0].real_s)
    hours = max(judged[-1].footage_s - judged[0].footage_s, 1.0) / 3600
    descriptors = _more([sample.descriptors for sample in judged])
    threads = _more([sample.threads for sample in judged])
    grows = (rise > NOISE_BYTES and rise / hours > RISE_BYTES_AN_HOUR) or max(descriptors, threads) > MORE_AT_MOST
    return Verdict(Shape.GROWS if grows else Shape.FLAT, len(judged), rise, rise / hours, descriptors, threads)


def _slope(points: list[tuple[float, float]]) -> float:
    thinned = points[:: -(-len(points) // _POINTS_AT_MOST)]
    return statistics.median((b - a) / (t - s) for (s, a), (t, b) in combinations(thinned, 2) if t > s)


def _more(counts: list[int]) -> float:
    third = len(counts) // 3
    return statistics.median(counts[-third:]) - statistics.median(counts[:third])
