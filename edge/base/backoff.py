"""Waiting before the next try: exponential, with full jitter, so that many nodes do not return at one instant."""

from __future__ import annotations

import random


class Backoff:
    """Delays drawn evenly from 0 to a ceiling that doubles with each failure.

    Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 ("full jitter").
    """

    def __init__(self, random_source: random.Random, *, first_s: float = 1.0, ceiling_s: float = 300.0) -> None:
        self._random = random_source
        self._first_s = first_s
        self._ceiling_s = ceiling_s
        self._failures = 0

    def failed(self, at_least_s: float = 0.0) -> float:
        """Counts a failure and returns how many seconds to wait.

        Args:
            at_least_s: asked for by the other side. The jitter comes on top: it tells many nodes the same number.
        """
        ceiling = min(self._ceiling_s, self._first_s * 2.0 ** min(self._failures, 32))
        self._failures += 1
        return at_least_s + self._random.uniform(0.0, ceiling)

    def succeeded(self) -> None:
        """Starts over."""
        self._failures = 0
