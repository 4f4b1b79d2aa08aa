"""The infrared filter's coil: driven for a moment, never held.

Rules:
  1. A pulse lasts ``PULSE_S``; a held coil burns. Then the filter stays by itself where it is.
  2. Where it stood before the first pulse nobody knows: the first wish is always carried out.
  3. From one pulse to the next ``REST_S`` pass, whatever is wished meanwhile, so that no light that comes and goes
     warms the coil. What is wished then counts.
  4. Without a wish nothing moves.
"""

from __future__ import annotations

from edge.panel.port import Drive

PULSE_S = 0.1
"""Filters of M12 holders take 50 to 100 ms; their makers allow some hundred."""
REST_S = 5.0


class Coil:
    """Decides what the coil's lines do; the caller hands in the time of each look."""

    def __init__(self) -> None:
        self._stands: Drive | None = None
        self._begun_ns = 0

    def take(self, wish: Drive | None, now_ns: int) -> Drive:
        """Takes where the filter should be, ``IN`` or ``OUT``; returns what to drive now."""
        if self._stands is not None:
            passed_s = (now_ns - self._begun_ns) / 1e9
            if passed_s < PULSE_S:
                return self._stands
            if passed_s < REST_S:
                return Drive.REST
        if wish is None or wish is self._stands:
            return Drive.REST
        self._stands, self._begun_ns = wish, now_ns
        return wish
