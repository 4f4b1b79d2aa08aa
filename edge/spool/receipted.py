"""The receipts as the recorder sees them: each verified here before it may cost a record its place on the card.

The uplink writes the files and the center signs what stands in them; the spool holds every hash against its own
record's (``edge.spool.losses``).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from pathlib import Path

from edge.base.errors import Refused, StorageFault
from edge.wire.authority import Authority, Role
from edge.wire.receipt import BATCH_LIMIT, Receipt
from edge.wire.receipts import BLOCK_RECORDS, read_receipts, receipts_path
from edge.wire.signed import Signed

BLOCKS_KEPT = 16
"""Files held in memory, about 0.5 MB each: those that the oldest reels fall into."""


class VerifiedReceipts:
    """The port ``Receipts`` over the uplink's folder.

    Args:
        folder: where the uplink keeps receipts; it may be missing.
    """

    def __init__(self, folder: Path, node: str, authority: Authority) -> None:
        self._folder, self._node, self._authority = folder, node, authority
        self._blocks: OrderedDict[Path, tuple[int, dict[int, str]]] = OrderedDict()

    def hashes(self, chain: str, first: int, last: int) -> Mapping[int, str]:
        """Returns the receipted record hashes of the range, by sequence.

        Raises:
            StorageFault: a file is there but cannot be read.
        """
        # A receipt is filed where it begins, so the one that covers ``first`` may lie one block earlier.
        lowest = max(0, first - BATCH_LIMIT + 1) // BLOCK_RECORDS
        known: dict[int, str] = {}
        for block in self._numbers(chain):
            if lowest <= block <= last // BLOCK_RECORDS:
                held = self._block(chain, block)
                known |= {sequence: sha256 for sequence, sha256 in held.items() if first <= sequence <= last}
        return known

    def newest(self, chain: str) -> tuple[int, str] | None:
        """Returns the highest receipted sequence of the chain and its record hash.

        Raises:
            StorageFault: a file is there but cannot be read.
        """
        for block in reversed(self._numbers(chain)):
            found = sorted(self._stored(chain, block), key=lambda receipt: receipt.payload.last, reverse=True)
            for receipt in found:
                if self._counts(receipt):
                    return receipt.payload.last, receipt.payload.hashes[-1]
        return None

    def _block(self, chain: str, block: int) -> dict[int, str]:
        """Returns what one file receipts; it is read again once it has grown."""
        path = receipts_path(self._folder, chain, block * BLOCK_RECORDS)
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise StorageFault(f"{path}: receipts cannot be read ({error.strerror})") from error
        held = self._blocks.pop(path, None)
        if held is None or held[0] != size:
            held = size, _by_sequence(filter(self._counts, self._stored(chain, block)))
        self._blocks[path] = held
        if len(self._blocks) > BLOCKS_KEPT:
            self._blocks.popitem(last=False)
        return held[1]

    def _stored(self, chain: str, block: int) -> list[Signed[Receipt]]:
        first = block * BLOCK_RECORDS
        found = read_receipts(self._folder, chain, first, first + BLOCK_RECORDS - 1)
        return [receipt for receipt in found if receipt.payload.first >= first]

    def _numbers(self, chain: str) -> list[int]:
        """Returns the numbers of the chain's files, in order."""
        prefix = f"{chain}-"
        try:
            names = [path.stem for path in self._folder.iterdir() if path.suffix == ".jsonl"]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StorageFault(f"{self._folder}: receipts cannot be listed ({error.strerror})") from error
        numbers = [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
        return sorted(int(number) for number in numbers if number.isascii() and number.isdecimal())

    def _counts(self, receipt: Signed[Receipt]) -> bool:
        payload = receipt.payload
        try:
            self._authority.require(receipt, Role.RECEIPT, payload.time)
        except Refused:
            return False
        return payload.node == self._node


def _by_sequence(receipts: Iterable[Signed[Receipt]]) -> dict[int, str]:
    return {
        sequence: sha256
        for receipt in receipts
        for sequence, sha256 in enumerate(receipt.payload.hashes, receipt.payload.first)
    }
