"""Receipts of the center that a desk carried to the node: filed like those that the line brings.

Rules:
  1. A receipt counts when the receipt role signed it for this node, and it is for records that lie on the card
     unreceipted, each with the hash that it names.
  2. They wait until every reel was looked at; what is for other records by then is dropped.
"""

from __future__ import annotations

import logging
import threading

from edge.base.errors import Refused, StorageFault
from edge.uplink.receipted import Receipted
from edge.uplink.reel_index import mark_of
from edge.uplink.spool_reader import SpoolReader
from edge.wire.authority import Authority
from edge.wire.receipt import Receipt, parse_receipt
from edge.wire.signed import Signed

WAITING_AT_MOST = 4096

_log = logging.getLogger(__name__)


class CarriedReceipts:
    """Those that were brought and not filed yet."""

    def __init__(self, authority: Authority, node: str) -> None:
        self._authority, self._node = authority, node
        self._lock = threading.Lock()
        self._waiting: list[Signed[Receipt]] = []

    def take(self, data: bytes) -> bool:
        """Takes receipts, one a line; any thread may call this.

        Raises:
            Refused: one is none for this node, or too many wait; none of them is taken.
        """
        brought = [parse_receipt(line, self._authority) for line in data.splitlines()]
        if any(receipt.payload.node != self._node for receipt in brought):
            raise Refused("wrong-node", f"a receipt is for another node than {self._node}")
        with self._lock:
            if len(self._waiting) + len(brought) > WAITING_AT_MOST:
                raise Refused("too-many", f"over {WAITING_AT_MOST} receipts wait; bring the rest in some minutes")
            self._waiting += brought
        return bool(brought)

    def file(self, reader: SpoolReader, receipted: Receipted, *, wait: bool) -> None:
        """Files those that count.

        Args:
            wait: reels are still to be looked at.

        Raises:
            StorageFault: the disk refused; those that are left wait for the next call.
        """
        if wait:
            return
        with self._lock:
            waiting, self._waiting = self._waiting, []
        held = _held(reader) if waiting else {}
        while waiting:
            receipt = waiting.pop()
            found = receipt.payload
            if not _matches(found, held.get(found.chain, {})):
                _log.info("carried receipt for %d-%d is for no record that waits here", found.first, found.last)
                continue
            try:
                receipted.add(receipt)
            except StorageFault:
                with self._lock:
                    self._waiting += [*waiting, receipt]
                raise
            reader.remove(found.chain, found.first, found.last)


def _held(reader: SpoolReader) -> dict[str, dict[int, int]]:
    """Returns the marks of what is not receipted, by chain and sequence."""
    held: dict[str, dict[int, int]] = {}
    for reel in reader.reels():
        marks = held.setdefault(reel.header.chain, {})
        marks.update((entry.sequence, entry.mark) for entry in reel.entries())
    return held


def _matches(receipt: Receipt, marks: dict[int, int]) -> bool:
    found = [marks.get(receipt.first + place) for place in range(len(receipt.hashes))]
    there = [mark == mark_of(sha256) for mark, sha256 in zip(found, receipt.hashes, strict=True) if mark is not None]
    return bool(there) and all(there)
