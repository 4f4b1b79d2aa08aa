"""How fast a card is written, and how long it will last at that: pure computations over what the kernel counts.

Nothing is stored for it, for that would wear the card. The kernel counts from its start on and outlives every process,
so the rate is that of the last 24 h once this process has seen them, and until then the mean since the board's start.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

DAY_S = 86_400
STEP_S = 3600
"""A look is kept once an hour; a board that is younger tells no rate."""
_STEP_PERCENT = 10


@dataclass(frozen=True, slots=True)
class Look:
    """What was counted at one moment.

    Attributes:
        uptime_s: of the board.
        written_bytes: since its start.
        io_errors: None where the disk counts none.
    """

    uptime_s: float
    written_bytes: int
    io_errors: int | None = None


class LastDay:
    """The looks of the last 24 h, begun at the board's start, when nothing was written."""

    def __init__(self) -> None:
        self._looks = deque([Look(0.0, 0)])
        self._seen: Look | None = None

    def add(self, look: Look) -> None:
        """Takes the newest look; counts that run back are those of another disk, and the day begins anew."""
        if self._seen is not None and _ran_back(self._seen, look):
            self._looks = deque([look])
        elif self._seen is None or look.uptime_s - self._looks[-1].uptime_s >= STEP_S:
            self._looks.append(look)
        while len(self._looks) > 1 and look.uptime_s - self._looks[1].uptime_s >= DAY_S:
            self._looks.popleft()
        self._seen = look

    @property
    def bytes_a_day(self) -> int | None:
        """Bytes written in a day at the present rate; None before an hour's worth was seen."""
        if self._seen is None:
            return None
        first = self._looks[0]
        took_s = self._seen.uptime_s - first.uptime_s
        return round((self._seen.written_bytes - first.written_bytes) * DAY_S / took_s) if took_s >= STEP_S else None

    @property
    def io_errors(self) -> int | None:
        """Errors since this process looked first, 24 h back at most: a disk fails questions that it does not know at
        every start, and those say nothing."""
        counted = [look.io_errors for look in self._looks if look.io_errors is not None]
        if self._seen is None or self._seen.io_errors is None or not counted:
            return None
        return self._seen.io_errors - counted[0]


def days_left(
    *, bytes_a_day: int | None, written_bytes: int | None, endurance_bytes: int | None, wear_percent: int | None
) -> int | None:
    """Returns the days until the card is worn out, by its rated endurance or its own word, whichever comes first.

    None where neither is known. The first step of wear says nothing yet: it stands for anything up to a tenth.

    Args:
        written_bytes: in the card's life.
        endurance_bytes: that its maker rates it for.
        wear_percent: the upper end of a step of ten; above 100: worn out.
    """
    rooms = []
    if wear_percent is not None and wear_percent > 100:
        rooms.append(0)
    if endurance_bytes is not None and written_bytes is not None:
        rooms.append(max(0, endurance_bytes - written_bytes))
    if wear_percent is not None and written_bytes and _STEP_PERCENT < wear_percent <= 100:
        middle = wear_percent - _STEP_PERCENT // 2
        rooms.append(written_bytes * (100 - middle) // middle)
    if not rooms or (min(rooms) and not bytes_a_day):
        return None
    return min(rooms) // (bytes_a_day or 1)


def _ran_back(before: Look, now: Look) -> bool:
    return now.written_bytes < before.written_bytes or (now.io_errors or 0) < (before.io_errors or 0)
