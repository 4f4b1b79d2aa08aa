"""Chooses the reel to overwrite next, and keeps account of the notices that its records are owed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from edge.seal.manifest import Kind, Range
from edge.seal.record import Header
from edge.seal.reel import scan
from edge.spool.layout import Layout
from edge.spool.losses import Loss, Receipts, joined, lost_range
from edge.spool.ring import Reel, last_of, next_reel

_REMEMBERED = 64
"""Notices looked back on, so that a restart between notice and overwriting does not sign the same loss twice."""


class Eviction:
    """Which reel goes next and what must be signed before or, where a disk fault forced it, at once after.

    Args:
        notices: ranges of EVICTED and EXPIRED records found by recovery.
    """

    def __init__(self, ring: Sequence[Reel], layout: Layout, receipts: Receipts, notices: Iterable[Range]) -> None:
        self._ring, self._layout, self._receipts = ring, layout, receipts
        self._announced = deque(notices, maxlen=_REMEMBERED)
        self._candidate: Reel | None = None
        self._planned: Reel | None = None
        self._asked: tuple[Loss, ...] = ()
        self._renewed: list[Range] = []
        self._due: list[Loss] = []

    @property
    def due(self) -> tuple[Loss, ...]:
        """Notices of what was overwritten already, because a disk fault left no time to sign first."""
        return tuple(self._due)

    def plan(self, current: Reel | None) -> tuple[Loss, ...]:
        """Settles which reel comes next and returns the notices to sign before it may be entered."""
        reel = self.next(current)
        self._asked = () if reel is None else tuple(self._unannounced(reel))
        return (*self._due, *self._asked)

    def next(self, current: Reel | None) -> Reel | None:
        """Returns the reel that comes next; once its loss was announced it stays the next."""
        if self._planned is not None and self._planned.usable:
            return self._planned
        self._candidate = next_reel(self._ring, self._layout.chain, current, self._is_spent)
        return self._candidate

    def entering(self, reel: Reel) -> list[Loss]:
        """Returns what overwriting ``reel`` now would lose unannounced."""
        losses = self._unannounced(reel)
        self._planned = self._candidate = None
        self._renewed = []
        return losses

    def owe(self, losses: Iterable[Loss]) -> None:
        """Takes note of losses that could not be announced beforehand."""
        self._due += losses

    def announced(self, notice: Range) -> None:
        """Takes note that an EVICTED or EXPIRED record is durable."""
        self._announced.append(notice)
        self._due = [loss for loss in self._due if not _covers(notice, loss.detail)]
        if any(_covers(notice, loss.detail) for loss in self._asked):
            self._renewed.append(notice)
            self._asked = tuple(loss for loss in self._asked if not _covers(notice, loss.detail))
            if not self._asked:
                self._planned = self._candidate

    def is_announced(self, loss: Loss) -> bool:
        """Whether a durable notice covers the loss."""
        return any(_covers(notice, loss.detail) for notice in self._announced)

    def _headers(self, reel: Reel) -> list[Header]:
        if reel.file is None or reel.header is None or not reel.holds:
            return []
        return [located.header for located in scan(reel.file.read, reel.header, end=self._layout.reel_bytes)]

    def _unannounced(self, reel: Reel) -> list[Loss]:
        lost = self._lost(reel)
        own = [] if lost is None else [Loss(Kind.EVICTED, lost)]
        owed = [loss for loss in own if not self.is_announced(loss)]
        again = [loss for loss in self._carried(reel) if not any(_covers(new, loss.detail) for new in self._renewed)]
        return joined((*owed, *again), self._receipts)

    def _carried(self, reel: Reel) -> list[Loss]:
        """Returns what the reel's own notices say: overwritten unreceipted, they are owed again by a new one."""
        headers = [header for header in self._headers(reel) if header.kind in (Kind.EVICTED, Kind.EXPIRED)]
        if not headers:
            return []
        known = self._receipts.hashes(headers[0].manifest.chain, headers[0].sequence, headers[-1].sequence)
        owed = [header for header in headers if known.get(header.sequence) != header.sha256]
        return [
            Loss(header.kind, header.manifest.detail) for header in owed if isinstance(header.manifest.detail, Range)
        ]

    def _lost(self, reel: Reel) -> Range | None:
        headers = self._headers(reel)
        if reel.header is None or not headers:
            return None
        last = max(headers[-1].sequence, last_of(self._ring, reel.header) or 0)
        known = self._receipts.hashes(reel.header.chain, reel.header.first, last)
        return lost_range(headers, known, reel.header.first, last)

    def _is_spent(self, reel: Reel) -> bool:
        assert reel.header is not None
        last = last_of(self._ring, reel.header)
        known = self._receipts.hashes(reel.header.chain, reel.oldest, 2**53 - 1 if last is None else last)
        return bool(known) and self._lost(reel) is None


def _covers(notice: Range, lost: Range) -> bool:
    return notice.chain == lost.chain and notice.first <= lost.first and lost.last <= notice.last
