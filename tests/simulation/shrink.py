"""Makes a failing history small: takes decisions out as long as the same promise is broken.

First every kind of decision at once, then halves, quarters and so on (ddmin; Zeller and Hildebrandt, "Simplifying and
Isolating Failure-Inducing Input", 2002), until no single decision can go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar


class Named(Protocol):
    """A decision: of some kind."""

    @property
    def what(self) -> str:
        """Its kind."""


D = TypeVar("D", bound=Named)

PLAYS_LIMIT = 300


def shrink(decisions: tuple[D, ...], fails: Callable[[tuple[D, ...]], bool], plays: int = PLAYS_LIMIT) -> tuple[D, ...]:
    """Returns a smaller history that still fails.

    Args:
        fails: plays a history and tells whether it breaks the same promise.
        plays: how many it may take.
    """
    left = plays
    while True:
        for candidate in _smaller(decisions):
            if left == 0:
                return decisions
            left -= 1
            if fails(candidate):
                decisions = candidate
                break
        else:
            return decisions


def _smaller(decisions: tuple[D, ...]) -> Iterator[tuple[D, ...]]:
    kinds = sorted({decision.what for decision in decisions})
    for kind in kinds if len(kinds) > 1 else ():
        yield tuple(decision for decision in decisions if decision.what != kind)
    size = len(decisions) // 2
    while size:
        for start in range(0, len(decisions), size):
            yield decisions[:start] + decisions[start + size :]
        size //= 2
