"""Sends one planned batch and judges the answer.

Rules:
  1. A receipt counts when the receipt role signed it, it is for exactly what was sent, and it is in its file. A disk
     that refused ``KEEP_TRIES`` in a row is waited for no longer: receipts then count until the next start, for what
     stands behind them may be in memory only.
  2. Anything else that came with status 200 is no receipt: counted, and the batch is sent again.
  3. A fork freezes its chain, over restarts too, and leaves the others going.
  4. A refused batch is sent again one record at a time; a record that is refused alone is set aside, not lost: it stays
     on the card, and comes up again when the spool is looked through anew.
  5. The same for a batch over which the center broke ``FAULTS_LIMIT`` times, so that one record cannot block the line.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from edge.base.clock import Clock
from edge.base.errors import Refused, StorageFault, TryAgain
from edge.uplink.batch import Batch, Identity, copy_batch
from edge.uplink.budget import Budget
from edge.uplink.frozen import Frozen
from edge.uplink.pace import Rate
from edge.uplink.plan import Plan
from edge.uplink.receipted import Receipted
from edge.uplink.server import Request, Server, ServerFault, require
from edge.uplink.spool_reader import SpoolReader
from edge.wire.authority import Authority
from edge.wire.receipt import Receipt, parse_receipt, require_match
from edge.wire.signed import Signed

_log = logging.getLogger(__name__)
FAULTS_LIMIT = 5
KEEP_TRIES = 3


class NoReceipt(TryAgain):
    """The center answered with something that is no receipt for what was sent."""


@dataclass(slots=True)
class Counts:
    """What became of records since the start.

    Attributes:
        refused: set aside, because the center refused them or broke over them.
        damaged: not readable in their reel.
        false_receipts: answers that were no receipt.
    """

    receipted: int = 0
    refused: int = 0
    damaged: int = 0
    false_receipts: int = 0


class Sender:
    """Takes batches to the center.

    Args:
        frozen: takes chains that the center holds for forked.
    """

    def __init__(
        self,
        server: Server,
        reader: SpoolReader,
        receipted: Receipted,
        authority: Authority,
        identity: Identity,
        frozen: Frozen,
    ) -> None:
        self._server, self._reader, self._receipted = server, reader, receipted
        self._authority, self._identity, self._frozen = authority, identity, frozen
        self._singly = self._unkept = 0
        self._faults = (("", 0), 0)
        self.counts = Counts()

    def limit_records(self, usual: int) -> int:
        """Returns how many records the next batch may have."""
        return 1 if self._singly else usual

    def send(self, plan: Plan, clock: Clock, rate: Rate, budget: Budget) -> None:
        """Sends what of ``plan`` is sound, and takes in the receipt.

        Raises:
            TryAgain: no receipt came; the batch is still to be sent.
            StorageFault: the receipt could not be kept; the batch is still to be sent.
        """
        batch, bad = copy_batch(self._reader, plan.entries, self._identity)
        if bad is not None and not self._reader.distrust(bad):
            self.counts.damaged += 1
            _log.error("record %d of chain %s is damaged on the card and is not sent", bad.sequence, bad.chain)
        if batch is None:
            return
        budget.add(len(batch.data))
        started_ns = clock.monotonic_ns()
        try:
            receipt = self._receipt_for(batch)
        except Refused as error:
            self._refused(batch, error)
            return
        except ServerFault as error:
            self._fault(batch, error)
            raise
        except NoReceipt:
            raise
        except TryAgain:
            rate.failed(clock.monotonic_ns() - started_ns)
            raise
        rate.measured(len(batch.data), clock.monotonic_ns() - started_ns)
        self._take(receipt)

    def _receipt_for(self, batch: Batch) -> Signed[Receipt]:
        headers = {"Content-Type": "application/octet-stream", "Content-Digest": batch.digest}
        answer = require(self._server.exchange(Request("PUT", batch.path, batch.data, headers)), 200)
        try:
            receipt = parse_receipt(answer.body, self._authority)
            require_match(receipt.payload, batch.node, batch.chain, batch.first, batch.hashes)
        except Refused as error:
            self.counts.false_receipts += 1
            raise NoReceipt(f"answer for records {batch.first}-{batch.last} is no receipt: {error}") from error
        return receipt

    def _take(self, receipt: Signed[Receipt]) -> None:
        self._keep(receipt)
        found = receipt.payload
        self._reader.remove(found.chain, found.first, found.last)
        self.counts.receipted += len(found.hashes)
        self._singly = max(0, self._singly - len(found.hashes))
        self._faults = (("", 0), 0)

    def _keep(self, receipt: Signed[Receipt]) -> None:
        try:
            self._receipted.add(receipt)
            self._unkept = 0
        except StorageFault as error:
            self._unkept += 1
            if self._unkept < KEEP_TRIES:
                raise
            _log.error("ALARM receipts count until the next start only: %s", error)
            self._receipted.believe(receipt)

    def _refused(self, batch: Batch, error: Refused) -> None:
        if error.failure == "fork":
            self._frozen.freeze(batch.chain)
            _log.error("ALARM chain %s is frozen, the center holds another branch of it: %s", batch.chain, error)
        else:
            self._part(batch, error)

    def _fault(self, batch: Batch, error: ServerFault) -> None:
        place = (batch.chain, batch.first)
        times = self._faults[1] + 1 if self._faults[0] == place else 1
        self._faults = (place, times)
        if times >= FAULTS_LIMIT:
            self._faults = (("", 0), 0)
            self._part(batch, error)

    def _part(self, batch: Batch, error: Exception) -> None:
        """Sends the batch's records one by one, or sets the only one aside."""
        if len(batch.hashes) > 1:
            self._singly = len(batch.hashes)
            _log.warning("records %d-%d go one by one: %s", batch.first, batch.last, error)
            return
        self._singly = max(0, self._singly - 1)
        self._reader.remove(batch.chain, batch.first, batch.last)
        self.counts.refused += 1
        _log.error("ALARM record %d of chain %s is set aside: %s", batch.first, batch.chain, error)
