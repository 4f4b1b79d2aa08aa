"""The ring's reels in memory, and which of them comes next; decisions only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from edge.seal.reel import ERASED, ReelHeader
from edge.spool.disk import ReelFile

LOOK_REELS = 256
"""Oldest reels (16 GiB) among which a spent one is looked for, so that a full card does not stop the recorder."""


@dataclass(slots=True)
class Reel:
    """What the spool knows of one reel.

    Attributes:
        file: None where the reel is missing or cannot be opened.
        header: None for a reel that was never used or whose header is lost.
        begins_us: start of its first record; None where there is none, so that nothing would be lost with it.
        oldest: lowest sequence that it still holds.
        damaged: its header is there but cannot be used.
        abandoned: a write or sync failed; it is read but not written again before the next start.
        suspect: its first block cannot be read; it is written only where no other can be: writing may mend it.
    """

    index: int
    file: ReelFile | None
    header: ReelHeader | None = None
    begins_us: int | None = None
    oldest: int = 0
    damaged: bool = False
    abandoned: bool = False
    suspect: bool = False

    @property
    def usable(self) -> bool:
        """Whether it may be written."""
        return self.file is not None and not self.abandoned

    @property
    def holds(self) -> bool:
        """Whether it holds records."""
        return self.file is not None and self.header is not None and self.begins_us is not None


def oldest_first(ring: Iterable[Reel], chain: str) -> list[Reel]:
    """Returns the reels that hold records, oldest first; those of earlier chains come before ``chain``'s."""
    keyed = [
        ((reel.header.chain == chain, reel.header.chain, reel.header.first, reel.index), reel)
        for reel in ring
        if reel.holds and reel.header is not None
    ]
    return [reel for _, reel in sorted(keyed, key=lambda item: item[0])]


def next_reel(ring: Sequence[Reel], chain: str, current: Reel | None, is_spent: Callable[[Reel], bool]) -> Reel | None:
    """Chooses the reel to write next: an empty one; else the oldest that is spent; else the oldest; else a suspect one.

    Args:
        is_spent: whether all records of a reel are receipted (expired ones are erased: they are empty).

    Returns:
        None where no other reel can be written.
    """
    after = -1 if current is None else current.index
    turned = sorted(ring, key=lambda reel: (reel.index - after - 1) % len(ring))
    empty = [reel for reel in turned if reel.usable and not reel.holds and reel is not current]
    sound = [reel for reel in empty if not reel.suspect]
    if sound:
        return sound[0]
    used = [reel for reel in oldest_first(ring, chain) if reel.usable and reel is not current]
    return next((reel for reel in used[:LOOK_REELS] if is_spent(reel)), (used + empty)[0] if used or empty else None)


def next_lap(ring: Iterable[Reel], reel: Reel) -> int:
    """Returns the lap of a reel about to be entered; one whose header is lost comes after every other."""
    if reel.header is not None:
        return reel.header.lap + 1
    return 1 + (max((other.header.lap for other in ring if other.header is not None), default=0) if reel.damaged else 0)


def last_of(ring: Iterable[Reel], header: ReelHeader) -> int | None:
    """Returns the highest sequence that a reel can have held; None for the newest of its chain."""
    firsts = [reel.header.first for reel in ring if reel.header is not None and reel.header.chain == header.chain]
    return min((first - 1 for first in firsts if header.first < first < ERASED), default=None)
