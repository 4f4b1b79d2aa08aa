"""Which footage may be kept, from what the moved-camera guard saw while it was taken and shortly after.

Rules:
  1. Footage of a look that said "moved" is not kept.
  2. Footage of looks that said "lost" waits. Where the camera is found in place again within ``LOST_S``, somebody
     walked close by: it is kept. Else it is not.
  3. The look before the footage counts as well: what was taken between two looks is worth no more than either.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto

from edge.mask.sight import Sight

LOST_S = 2.0
_LOOKS_MAX = 240


class Keep(Enum):
    """What becomes of footage."""

    YES = auto()
    NO = auto()
    WAIT = auto()


@dataclass(frozen=True, slots=True)
class _Seen:
    at_ns: int
    sight: Sight


@dataclass(slots=True)
class Past:
    """The newest looks, in order of time."""

    _looks: deque[_Seen] = field(default_factory=lambda: deque(maxlen=_LOOKS_MAX))

    def add(self, at_ns: int, sight: Sight) -> None:
        """Notes a look."""
        self._looks.append(_Seen(at_ns, sight))

    def keep(self, start_ns: int, end_ns: int) -> Keep:
        """Returns what is to be done with footage from ``start_ns`` to ``end_ns``, monotonic."""
        looks = list(self._looks)
        before = sum(look.at_ns < start_ns for look in looks)
        touching = [look for look in looks[max(0, before - 1) :] if look.at_ns < end_ns]
        if any(look.sight is Sight.MOVED for look in touching):
            return Keep.NO
        if not any(look.sight is Sight.LOST for look in touching):
            return Keep.YES
        return self._of_lost(looks, touching)

    def _of_lost(self, looks: list[_Seen], touching: list[_Seen]) -> Keep:
        """Decides by how each run of lost looks, of which one touches the footage, goes on."""
        for run, over in _runs(looks):
            if any(look in touching for look in run):
                lasted_s = (run[-1].at_ns - run[0].at_ns) / 1e9
                if lasted_s >= LOST_S or any(look.sight is Sight.MOVED for look in run):
                    return Keep.NO
                if not over:
                    return Keep.WAIT
        return Keep.YES


def _runs(looks: list[_Seen]) -> list[tuple[list[_Seen], bool]]:
    """Returns the runs of looks that found the camera not in place, each with whether a later look ended it."""
    runs: list[tuple[list[_Seen], bool]] = []
    run: list[_Seen] = []
    for look in looks:
        if not look.sight.trusted:
            run.append(look)
        elif run:
            runs.append((run, True))
            run = []
    return [*runs, (run, False)] if run else runs
