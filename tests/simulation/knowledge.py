"""What a node could know of the time, as the city knows it: from its clock, this run's receipts, and its key list."""

from __future__ import annotations

from edge.center.batch import local_day
from edge.node.time.dayrule import in_use_us
from edge.node.time.knowntime import HOLD_US
from edge.wire.keylist import KeyList
from tests.simulation.city import ZONE, last_day
from tests.simulation.clocks import Time


class Knowledge:
    """Of one board; a run begins it anew, but for the newest moment that was known."""

    def __init__(self, time: Time) -> None:
        self._time = time
        self._told_us: int | None = None
        self._known_us = self._started_us = self._doubted_us = 0

    def begin(self) -> None:
        """The recorder starts."""
        self._started_us, self._told_us = self._time.now_us, None

    def receipted(self) -> None:
        """A receipt of this run tells the time."""
        self._told_us = self._time.now_us if self._told_us is None else self._told_us

    def certain_since_us(self, key_list: KeyList | None) -> int | None:
        """Returns since when the node can know the time; None where it cannot.

        A kept clock alone is believed after it has held for so long, and within the key list's days; with a receipt of
        this run at once.
        """
        if not self._time.kept:
            return None
        if key_list is not None and self._told_us is None and self._time.now_us > in_use_us(key_list)[1]:
            self._doubted_us = self._time.now_us
        since_us = max(self._time.kept_since_us, self._started_us, self._doubted_us)
        return since_us + HOLD_US if self._told_us is None else max(since_us, self._told_us)

    def day(self, key_list: KeyList) -> str:
        """Returns a day that the node could know to have come.

        Beyond the key list's end nobody's word counts: both custodians signed which days can be.
        """
        end = max(last_day(pair.period) for pair in (*key_list.days, *key_list.spares)).isoformat()
        today = local_day(self._time.now_us, ZONE)
        if (self._time.kept or self._told_us is not None) and today <= end:
            self._known_us = self._time.now_us
        return min(local_day(self._known_us, ZONE), end)
