"""Which records are receipted: read back from the receipts' files block by block, and kept up as receipts come in."""

from __future__ import annotations

import logging
from pathlib import Path

from edge.base.errors import Refused
from edge.seal.reel import Position
from edge.uplink.ranges import Ranges
from edge.wire.authority import Authority, Role
from edge.wire.receipt import Receipt
from edge.wire.receipts import BLOCK_RECORDS, append_receipt, delete_chains_but, delete_receipts, read_receipts
from edge.wire.signed import Signed

_log = logging.getLogger(__name__)


class Receipted:
    """Receipted sequences by chain.

    Args:
        folder: the receipts' files.
    """

    def __init__(self, folder: Path, authority: Authority) -> None:
        self._folder, self._authority = folder, authority
        self._ranges: dict[str, Ranges] = {}
        self._loaded: set[tuple[str, int]] = set()
        self._oldest = ("", 0)

    def load(self, chain: str, first: int, last: int) -> None:
        """Reads the receipts that touch the range, each block once; a receipt with a false signature is none.

        Raises:
            StorageFault: a file is there but cannot be read.
        """
        for block in range(first // BLOCK_RECORDS, last // BLOCK_RECORDS + 1):
            if (chain, block) not in self._loaded:
                self._load_block(chain, block * BLOCK_RECORDS)
                self._loaded.add((chain, block))

    def covers(self, chain: str, first: int, last: int) -> bool:
        """Tells whether every record of a loaded range is receipted."""
        return chain in self._ranges and self._ranges[chain].covers(first, last)

    def add(self, receipt: Signed[Receipt]) -> None:
        """Stores a checked receipt, then counts it.

        Raises:
            StorageFault: the disk refused; the receipt does not count.
        """
        append_receipt(self._folder, receipt)
        self._count(receipt.payload)

    def believe(self, receipt: Signed[Receipt]) -> None:
        """Counts a checked receipt until the next start, for the disk does not take it."""
        self._count(receipt.payload)

    def keep_to(self, position: Position, chains: frozenset[str]) -> None:
        """Deletes the receipts of records and of whole chains that left the card, once a block.

        Args:
            position: the recorder's, which names the oldest record.
            chains: of which the card holds reels.
        """
        oldest = (position.chain, position.oldest // BLOCK_RECORDS)
        if oldest == self._oldest:
            return
        self._oldest = oldest
        delete_receipts(self._folder, position.chain, position.oldest)
        delete_chains_but(self._folder, chains)
        self._ranges = {chain: ranges for chain, ranges in self._ranges.items() if chain in chains}
        self._loaded = {(chain, block) for chain, block in self._loaded if chain in chains}

    def _load_block(self, chain: str, first: int) -> None:
        for receipt in read_receipts(self._folder, chain, first, first + BLOCK_RECORDS - 1):
            try:
                self._authority.require(receipt, Role.RECEIPT, receipt.payload.time)
            except Refused as error:
                _log.warning("stored receipt from %d does not count: %s", receipt.payload.first, error)
            else:
                self._count(receipt.payload)

    def _count(self, receipt: Receipt) -> None:
        self._ranges.setdefault(receipt.chain, Ranges()).add(receipt.first, receipt.last)
