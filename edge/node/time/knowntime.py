"""A time that has passed by now at least, whatever the wall clock says.

Age counts from it, and so does the week of a clock that is not trusted.

Rules:
  1. It goes on with the monotonic clock, also where nobody can tell the time, and is kept over restarts.
  2. It is not before the key list was issued, which both custodians signed. Where clock and receipt agree, it is what
     they say.
  3. One of them alone leads it by ``LEAP_US`` a run at most, counted from what was kept; further only once its word has
     held for ``HOLD_US`` of running. So a false time server, or a center that dates its receipts ahead, does not erase
     a card before people could notice.
Only the time that the node was switched off is missing from it, until a clock or a receipt tells.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path

from edge.base.clock import SECOND_US
from edge.base.errors import BadInput, StorageFault
from edge.base.files import read_bounded, write_durably
from edge.node.time.trust import DISAGREE_US

LEAP_US = 86_400 * SECOND_US
HOLD_US = 86_400 * SECOND_US
SAVE_EVERY_US = 600 * SECOND_US
"""A cut forgets at most this much of a run; one small file in ten minutes is nothing beside 300 segments."""

_log = logging.getLogger(__name__)


class KnownTime:
    """One time in a small file, and how it goes on in this run.

    Args:
        path: decimal UTC microseconds and a line feed.
        mono_us: the monotonic time of now.
    """

    def __init__(self, path: Path, mono_us: int) -> None:
        self._path = path
        kept_us = _read(path)
        self._kept_us = None if kept_us is None else kept_us - mono_us
        self._offset_us = self._kept_us
        self._claims: dict[str, tuple[int, int]] = {}
        self._saved_us = kept_us or 0

    @property
    def offset_us(self) -> int | None:
        """The known time less the monotonic one; None where nothing is known yet."""
        return self._offset_us

    def at(self, mono_us: int) -> int | None:
        """Returns what has passed by then at least; None where nothing is known yet."""
        return None if self._offset_us is None else self._offset_us + mono_us

    def at_least(self, moment_us: int, mono_us: int) -> None:
        """Takes a time that is past for certain."""
        offset_us = moment_us - mono_us
        self._kept_us = max(offset_us, offset_us if self._kept_us is None else self._kept_us)
        self._offset_us = max(offset_us, offset_us if self._offset_us is None else self._offset_us)

    def agreed(self, offset_us: int) -> None:
        """Takes what clock and receipt say alike."""
        self._offset_us = offset_us

    def told(self, who: str, offset_us: int, mono_us: int) -> None:
        """Takes what ``who`` alone says, as far as rule 3 goes."""
        claimed_us, since_us = self._claims.get(who, (offset_us, mono_us))
        if abs(offset_us - claimed_us) > DISAGREE_US:
            claimed_us, since_us = offset_us, mono_us
        self._claims[who] = claimed_us, since_us
        leap = self._kept_us is not None and offset_us <= self._kept_us + LEAP_US
        if (leap or mono_us - since_us >= HOLD_US) and offset_us > (self._offset_us or offset_us - 1):
            self._offset_us = offset_us

    def keep(self, mono_us: int) -> None:
        """Makes it durable, now and then; a disk that refuses is logged and does not stop the recorder."""
        now_us = self.at(mono_us)
        if now_us is None or abs(now_us - self._saved_us) < SAVE_EVERY_US:
            return
        self._saved_us = now_us
        try:
            write_durably(self._path, b"%d\n" % now_us)
        except StorageFault as error:
            _log.error("the known time is not kept: %s", error)


def _read(path: Path) -> int | None:
    """Returns what was kept; a damaged file counts as none, for it must not stop the recorder."""
    try:
        text = read_bounded(path, limit_bytes=64).decode("ascii", "replace").strip()
    except BadInput:
        return None
    return int(text) if re.fullmatch(r"\d{1,16}", text) else None
