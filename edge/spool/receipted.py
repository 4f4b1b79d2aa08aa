"""The receipts as the recorder sees them: each verified here before it may cost a record its place on the card.

The uplink writes the files and the center signs what stands in them; the spool holds every hash against its own
record's (``edge.spool.losses``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from edge.base.errors import Refused
from edge.wire.authority import Authority, Role
from edge.wire.receipt import Receipt
from edge.wire.receipts import BLOCK_RECORDS, read_receipts
from edge.wire.signed import Signed


class VerifiedReceipts:
    """The port ``Receipts`` over the uplink's folder.

    Args:
        folder: where the uplink keeps receipts; it may be missing.
    """

    def __init__(self, folder: Path, node: str, authority: Authority) -> None:
        self._folder, self._node, self._authority = folder, node, authority

    def hashes(self, chain: str, first: int, last: int) -> Mapping[int, str]:
        """Returns the receipted record hashes of the range, by sequence.

        Raises:
            StorageFault: a file is there but cannot be read.
        """
        known: dict[int, str] = {}
        for receipt in read_receipts(self._folder, chain, first, last):
            if self._counts(receipt):
                numbered = enumerate(receipt.payload.hashes, receipt.payload.first)
                known |= {sequence: sha256 for sequence, sha256 in numbered if first <= sequence <= last}
        return known

    def newest(self, chain: str) -> tuple[int, str] | None:
        """Returns the highest receipted sequence of the chain and its record hash.

        Raises:
            StorageFault: a file is there but cannot be read.
        """
        for first in sorted(self._beginnings(chain), reverse=True):
            found = list(read_receipts(self._folder, chain, first))
            for receipt in sorted(found, key=lambda item: item.payload.last, reverse=True):
                if self._counts(receipt):
                    return receipt.payload.last, receipt.payload.hashes[-1]
        return None

    def _beginnings(self, chain: str) -> list[int]:
        """Returns the first sequence of each file, so that the newest is read first and the others hardly ever."""
        numbers = [path.stem.removeprefix(f"{chain}-") for path in self._folder.glob(f"{chain}-*.jsonl")]
        return [int(number) * BLOCK_RECORDS for number in numbers if number.isdecimal()]

    def _counts(self, receipt: Signed[Receipt]) -> bool:
        payload = receipt.payload
        try:
            self._authority.require(receipt, Role.RECEIPT, payload.time)
        except Refused:
            return False
        return payload.node == self._node
