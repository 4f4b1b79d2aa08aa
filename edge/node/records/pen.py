"""Makes the chain's records and appends them to the spool: on the card or, where that takes none, in memory.

Rules:
  1. What is lost for a record's room is announced before the record is made.
  2. Where the card takes a record no more, the same matter is recorded in memory, under a chain whose BOOT names the
     card's. The refused record's sequence stays used.
  3. Where memory does not take it either, the next record that is taken is a BOOT, which declares the lost sequence.
  4. The status names every reel that failed, and memory as long as records go there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace

from edge.base.clock import Clock
from edge.base.errors import Refused, StorageFault
from edge.node.records.memory import Memory
from edge.node.records.tally import Tally
from edge.node.time.timekeeping import ReceiptTimes
from edge.seal.chain import Chain, InForce, Stamp, Tip
from edge.seal.manifest import Boot, Detail, Gap, Kind, Segment
from edge.seal.record import Record
from edge.spool.losses import Loss
from edge.spool.spool import Spool
from edge.wire.status import RecorderState

_log = logging.getLogger(__name__)

Make = Callable[[str, int], tuple[Detail, bytes]]
"""Makes a record's detail and body for a chain and sequence, which a sealed envelope names."""


class Pen:
    """Chain and spool of one run.

    Args:
        times: the newest verified receipt, which records carry.
        present: returns a stamp of this instant.
        memory: where records go once the card takes nothing; none to fail with the card.

    Attributes:
        spool: where records go now.
    """

    def __init__(
        self,
        chain: Chain,
        spool: Spool,
        times: ReceiptTimes,
        tally: Tally,
        clock: Clock,
        present: Callable[[], Stamp],
        memory: Memory | None,
    ) -> None:
        self.spool, self._first = spool, spool
        self._chain, self._times, self._tally, self._clock = chain, times, tally, clock
        self._present, self._memory = present, memory
        self._cut = False

    @property
    def resumes(self) -> int | None:
        """The highest sequence known of the chain, as BOOT says it; None for none."""
        return self._chain.tip.sequence if self._chain.tip else None

    def write(self, kind: Kind, make: Make, stamp: Stamp, digests: InForce, body_bytes: int) -> Record:
        """Makes a record, and returns once it is synced.

        Args:
            make: is called again where the record goes elsewhere.
            body_bytes: of the body, at most; notices take sequences of their own, so room is made before the sealing.

        Raises:
            StorageFault: neither card nor memory takes it.
        """
        while True:
            try:
                if self._cut:
                    self._resume(stamp, digests)
                self.announce(self.spool.prepare(body_bytes), digests)
                detail, body = make(self._chain.chain, self._chain.next_sequence)
                return self._append(kind, detail, stamp, digests, body)
            except StorageFault as error:
                begun = self.go_elsewhere(error, stamp, digests)
                if kind is Kind.BOOT:
                    return begun

    def announce(self, losses: Iterable[Loss], digests: InForce) -> None:
        """Signs EVICTED or EXPIRED; the first is a loss that people must hear of.

        Raises:
            StorageFault: the spool does not take it.
        """
        for loss in losses:
            stamp = self._present()
            if loss.kind is Kind.EVICTED:
                _log.error("%d records from %d on are overwritten unreceipted", loss.detail.records, loss.detail.first)
                self._tally.evicted(stamp.end_us, loss.detail.records)
            self._append(loss.kind, loss.detail, stamp, digests, b"")

    def go_elsewhere(self, error: StorageFault, stamp: Stamp, digests: InForce) -> Record:
        """Goes on in memory; its BOOT, which is returned, stands where the record that the card refused begins.

        Raises:
            StorageFault: the same error, or memory's.
        """
        if self._memory is None or self.spool.volatile:
            raise error
        left, self.spool = self._chain, self._memory.open(self.spool.synced, str(error))
        self._chain = left.another(self.spool.recovery.chain, self.spool.recovery.tip)
        self._cut = False
        self._times.follow(self._chain.chain, self._chain.next_sequence)
        self._tally.spool_bytes = self.spool.capacity_bytes
        return self._boot(stamp, digests, left.chain)

    def forget_old(self) -> None:
        """Takes away what an earlier run left in memory, once it is too old."""
        if self._memory is not None and not self.spool.volatile:
            self._memory.forget_old(self._clock.monotonic_ns() // 1000)

    def close(self) -> None:
        """Lets go of a spool that was opened on the way."""
        if self.spool is not self._first:
            self.spool.close()

    def _resume(self, stamp: Stamp, digests: InForce) -> None:
        """Goes on behind a record that nothing took: its sequence was signed, and nobody may link to it."""
        synced, lost = self.spool.synced, self._chain.tip
        if lost is not None and synced.sha256 is not None:
            self._chain = self._chain.another(self._chain.chain, Tip(lost.chain, lost.sequence, synced.sha256))
        self._boot(stamp, digests, None)
        self._cut = False

    def _boot(self, stamp: Stamp, digests: InForce, predecessor: str | None) -> Record:
        begin = replace(stamp, end_us=stamp.start_us, mono_end_us=stamp.mono_start_us)
        return self._append(Kind.BOOT, Boot(predecessor=predecessor, resumes=self.resumes), begin, digests, b"")

    def _append(self, kind: Kind, detail: Detail, stamp: Stamp, digests: InForce, body: bytes) -> Record:
        receipt = self._times.newest(stamp.end_us)
        force = InForce(masks=digests.masks, floor=digests.floor, receipt=receipt)
        record = self._chain.make(kind, detail, stamp, force, body)
        begun_ns = self._clock.monotonic_ns()
        try:
            self.spool.append(record)
        except (StorageFault, Refused):
            self._cut = True
            raise
        self._tally.synced(self._clock.now_us(), self._clock.monotonic_ns() - begun_ns)
        if isinstance(detail, Segment | Gap):
            frames = detail.frames if isinstance(detail, Segment) else 0
            self._tally.accounted(frames + detail.frames_missed, stamp.end_us)
        self._tell_of_the_card()
        return record

    def _tell_of_the_card(self) -> None:
        spool, mebibytes = self.spool, self.spool.capacity_bytes >> 20
        if spool.volatile:
            text = f"the card takes nothing; footage is only in memory, the last {mebibytes} MiB: {spool.volatile}"
            self._tally.fault("memory", RecorderState.FAULT, text)
        elif spool.abandoned:
            reels = ", ".join(str(index) for index in spool.abandoned)
            self._tally.fault("card", RecorderState.FAULT, f"the card failed: reels {reels} are not written any more")
        self._tally.tell("position", spool.unpublished)
