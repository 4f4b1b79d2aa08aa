"""The spool: appends signed records to the ring of reels on the card, and says what is lost before it is lost.

Rules:
  1. ``append`` writes once, syncs once, publishes the position, and only then returns: the record is recorded.
  2. A record never crosses reels; a reel's header and its first record are one write.
  3. A reel whose write or sync failed is not written again; the same record goes to the next one.
  4. What is neither receipted nor expired is overwritten last, and only after its EVICTED notice is durable where the
     recorder asked first (``prepare``); where a disk fault forced it, the notice is due at once afterwards.
  5. (chain, sequence) is never written twice: a record must lie above the highest sequence ever seen.
  6. Nothing is erased by a clock that is not trusted.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from edge.base.errors import Refused
from edge.base.files import Lock
from edge.seal.manifest import Range
from edge.seal.record import Header, Record
from edge.seal.reel import Held, Position
from edge.spool.eviction import Eviction
from edge.spool.expiry import Expiry
from edge.spool.layout import Layout, largest_record_bytes
from edge.spool.losses import Loss
from edge.spool.position import PositionFile
from edge.spool.recovery import Recovery
from edge.spool.ring import Reel, oldest_first
from edge.spool.writer import ReelWriter

_log = logging.getLogger(__name__)


class Spool:
    """An open spool; made by ``edge.spool.opening.open_spool``.

    Attributes:
        recovery: what opening found.
        position: newest published position; None before the first record of this run.
        unpublished: why the newest position could not be published; empty where it was.
        volatile: why the spool lies in memory, which a power cut takes; empty on a card.
    """

    def __init__(
        self,
        *,
        layout: Layout,
        ring: Sequence[Reel],
        writer: ReelWriter,
        eviction: Eviction,
        recovery: Recovery,
        expiry: Expiry,
        position_file: PositionFile,
        held: Held | None,
        volatile: str,
        lock: Lock,
    ) -> None:
        self.recovery = recovery
        self.position: Position | None = None
        self.unpublished = ""
        self.volatile = volatile
        self._held = held
        self._layout, self._ring, self._writer, self._eviction = layout, ring, writer, eviction
        self._expiry, self._position_file, self._lock = expiry, position_file, lock
        self._highest = -1 if recovery.tip is None else recovery.tip.sequence
        self._newest = recovery.newest

    def prepare(self, body_bytes: int = 0) -> tuple[Loss, ...]:
        """Returns the notices to sign and append before a record with such a body is made.

        Call it before every ``Chain.make``; it is empty but for the moments when a reel is about to be overwritten.
        A run's first record is its BOOT, which declares what was never synced: nothing comes before it.
        """
        if self.position is None:
            return ()
        if self._writer.fits(largest_record_bytes(body_bytes), notice=False):
            return self._eviction.due
        return self._eviction.plan(self._writer.current)

    def append(self, record: Record) -> Position:
        """Makes the record durable, then publishes and returns the position.

        Raises:
            Refused: ``too-long``, ``foreign-chain`` or ``used-sequence``; nothing was written.
            StorageFault: no reel takes it.
        """
        header = record.header
        self._require_next(header)
        self._highest = header.sequence
        reel = self._writer.write(record)
        self._newest = header.sequence
        if isinstance(header.manifest.detail, Range):
            self._eviction.announced(header.manifest.detail)
        self.position = self._position(reel, header)
        self._publish(self.position)
        return self.position

    def expired(self, now_us: int, *, trusted: bool) -> tuple[Loss, ...]:
        """Returns the EXPIRED notices to sign and append before ``erase_expired``; none unless the time is trusted."""
        return self._expiry.due(now_us, self._newest, self._writer.current) if trusted else ()

    def erase_expired(self, now_us: int, *, trusted: bool) -> int:
        """Makes unreadable what ``expired`` found and is announced by now; returns how many records went.

        A reel that cannot be erased is abandoned.
        """
        return self._expiry.erase(now_us) if trusted else 0

    @property
    def abandoned(self) -> tuple[int, ...]:
        """Reels that are not written before the next start, or only in need: more than none is an alarm."""
        return tuple(reel.index for reel in self._ring if not reel.usable or reel.suspect)

    @property
    def synced(self) -> Held:
        """How far the chain is synced, for whoever goes on elsewhere."""
        chain, tip = self._layout.chain, self.recovery.tip
        if self.position is not None:
            return Held(chain=chain, end=self.position.sequence + 1, sha256=self.position.sha256)
        return Held(chain=chain, end=tip.sequence + 1 if tip else 0, sha256=tip.sha256 if tip else None)

    @property
    def capacity_bytes(self) -> int:
        """Room of all reels."""
        return self._layout.reels * self._layout.reel_bytes

    def close(self) -> None:
        """Lets go of the reels and the lock."""
        for reel in self._ring:
            if reel.file is not None:
                reel.file.close()
        self._lock.release()

    def _require_next(self, header: Header) -> None:
        if header.record_bytes > self._layout.record_limit_bytes:
            raise Refused(
                "too-long",
                f"record {header.sequence} has {header.record_bytes} bytes; a reel of this spool takes "
                f"{self._layout.record_limit_bytes}: lower the bitrate or make larger reels",
            )
        if header.manifest.chain != self._layout.chain:
            raise Refused("foreign-chain", f"record of chain {header.manifest.chain}; this is {self._layout.chain}")
        if header.sequence <= self._highest:
            raise Refused("used-sequence", f"sequence {header.sequence} is not above {self._highest}, the highest seen")

    def _position(self, reel: Reel, header: Header) -> Position:
        assert reel.header is not None
        return Position(
            chain=self._layout.chain,
            reel=reel.index,
            lap=reel.header.lap,
            end=self._writer.end,
            sequence=header.sequence,
            sha256=header.sha256,
            oldest=oldest_sequence(self._ring, self._layout.chain, header.sequence),
            held=self._held,
        )

    def _publish(self, position: Position) -> None:
        try:
            self._position_file.publish(position)
            self.unpublished = ""
        except OSError as error:
            # The record is durable all the same; the next position says so too.
            self.unpublished = f"position cannot be published ({error.strerror}); the uplink waits for the next"
            _log.error("%s", self.unpublished)


def oldest_sequence(ring: Sequence[Reel], chain: str, newest: int) -> int:
    """Returns the lowest sequence of the chain still on the card."""
    own = [reel.oldest for reel in oldest_first(ring, chain) if reel.header and reel.header.chain == chain]
    return min([newest, *own])
