"""Announces and carries out erasure by age, chain by chain."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from itertools import groupby

from edge.base.clock import SECOND_US
from edge.seal.manifest import Kind
from edge.spool.ageing import Erasure, erase, find_expired
from edge.spool.census import find_beginning
from edge.spool.eviction import Eviction
from edge.spool.layout import Layout
from edge.spool.losses import Loss, loss_of
from edge.spool.ring import Reel, last_of, oldest_first

_log = logging.getLogger(__name__)

LOOK_EVERY_US = 600 * SECOND_US
"""Records outstay their age by at most this: a notice and an erasure with every segment would wear the card."""


class Expiry:
    """Erasure in two steps, so that the signed notice is durable before anything goes.

    Args:
        retention_us: age beyond which nothing stays.
    """

    def __init__(self, ring: Sequence[Reel], layout: Layout, eviction: Eviction, retention_us: int) -> None:
        self._ring, self._layout, self._eviction, self._retention_us = ring, layout, eviction, retention_us
        self._not_before_us = self._asked_us = 0
        self._found: list[Erasure] = []

    def due(self, now_us: int, newest: int, current: Reel | None) -> tuple[Loss, ...]:
        """Finds what is too old and returns one notice a chain for it."""
        if now_us < self._asked_us:
            self._not_before_us = 0  # the clock was set back: what it said of later counts no more
        self._asked_us = now_us
        self._found = [] if now_us < self._not_before_us else self._find(now_us, newest, current)
        return tuple(loss for loss in map(self._notice, _by_chain(self._found)) if loss is not None)

    def erase(self, now_us: int) -> int:
        """Erases what was found and announced, unless the clock was set back since; returns how many records went."""
        found, self._found = self._found if now_us >= self._asked_us else [], []
        return sum(self._erase(erasure) for erasure in found if self._may_go(erasure))

    def _find(self, now_us: int, newest: int, current: Reel | None) -> list[Erasure]:
        erasures: list[Erasure] = []
        again = []
        ordered = [reel for reel in oldest_first(self._ring, self._layout.chain) if reel.usable]
        for chain, reels in groupby(ordered, key=_chain_of):
            stays = newest if chain == self._layout.chain else -1
            found = find_expired(reels, self._layout.reel_bytes, now_us, self._retention_us, stays)
            erasures += [erasure for erasure in found.erasures if not (erasure.whole and erasure.reel is current)]
            again.append(found.not_before_us)
        soonest = min(again, default=now_us)
        self._not_before_us = max(soonest, now_us + LOOK_EVERY_US) if soonest else 0
        return erasures

    def _notice(self, erasures: Sequence[Erasure]) -> Loss | None:
        """Returns the notice; what cannot be read before the first record that stays goes as well."""
        loss = loss_of(Kind.EXPIRED, [header for erasure in erasures for header in erasure.headers])
        if loss is None:
            return None
        last = max(loss.detail.last, *(self._last(erasure) for erasure in erasures))
        return Loss(loss.kind, loss.detail.model_copy(update={"last": last}))

    def _last(self, erasure: Erasure) -> int:
        """Returns the highest sequence that an erasure may take; -1 where nobody knows it."""
        if erasure.stays is not None:
            return erasure.stays - 1
        last = None if erasure.entry is None else last_of(self._ring, erasure.entry)
        return -1 if last is None else last

    def _may_go(self, erasure: Erasure) -> bool:
        notice = self._notice([erasure])
        announced = notice is None or self._eviction.is_announced(notice)
        return announced and erasure.reel.usable and erasure.reel.header == erasure.entry

    def _erase(self, erasure: Erasure) -> int:
        try:
            erase(erasure)
        except OSError as error:
            _log.error("reel %d: expired records cannot be erased (%s)", erasure.reel.index, error.strerror)
            erasure.reel.abandoned = True
            return 0
        find_beginning(erasure.reel, self._layout.reel_bytes)
        return len(erasure.headers)


def _by_chain(erasures: Sequence[Erasure]) -> Iterator[list[Erasure]]:
    for _, group in groupby(erasures, key=lambda erasure: _chain_of(erasure.reel)):
        yield list(group)


def _chain_of(reel: Reel) -> str:
    assert reel.header is not None
    return reel.header.chain
