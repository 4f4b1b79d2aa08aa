"""The receipts as the recorder sees them: each synced and verified here before it may cost a record its place.

The uplink writes the files, and syncs nothing; the center signs what stands in them; the spool holds every hash against
its own record's (``edge.spool.losses``).
"""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path

from edge.base.errors import Refused, StorageFault
from edge.wire.authority import Authority, Role
from edge.wire.receipt import BATCH_LIMIT, Receipt
from edge.wire.receipts import BLOCK_RECORDS, BlockTail, read_receipts, receipts_path
from edge.wire.signed import Signed

BLOCKS_KEPT = 16
"""Files whose hashes are held in memory, 133 KB each: those that the oldest reels fall into."""
_TRIED = 64
"""Receipts of a file, from its newest on, of which one has to be the center's for that file to tell the newest."""
_HASH_BYTES = 32


class VerifiedReceipts:
    """The port ``Receipts`` over the uplink's folder.

    Args:
        folder: where the uplink keeps receipts; it may be missing.
    """

    def __init__(self, folder: Path, node: str, authority: Authority) -> None:
        self._folder, self._node, self._authority = folder, node, authority
        self._blocks: OrderedDict[tuple[str, int], _Block] = OrderedDict()

    def hashes(self, chain: str, first: int, last: int) -> Mapping[int, str]:
        """Returns the record hashes of the range, by sequence, whose receipts no power cut takes any more.

        Raises:
            StorageFault: a file is there but cannot be read or synced.
        """
        # A receipt is filed where it begins, so the one that covers ``first`` may lie one block earlier.
        lowest = max(0, first - BATCH_LIMIT + 1) // BLOCK_RECORDS
        known: dict[int, str] = {}
        for block in self._numbers(chain):
            if lowest <= block <= last // BLOCK_RECORDS:
                known.update(self._block(chain, block).known(first, last))
        return known

    def newest(self, chain: str) -> tuple[int, str] | None:
        """Returns the highest receipted sequence of the chain and its record hash.

        Raises:
            StorageFault: a file is there but cannot be read.
        """
        for block in reversed(self._numbers(chain)):
            found = heapq.nlargest(_TRIED, self._stored(chain, block), key=lambda receipt: receipt.payload.last)
            for receipt in found:
                if self._counts(receipt):
                    return receipt.payload.last, receipt.payload.hashes[-1]
        return None

    def _block(self, chain: str, block: int) -> _Block:
        """Returns what one file receipts, with what came since it was last asked for."""
        held = self._blocks.pop((chain, block), None) or _Block(self._folder, chain, block)
        self._blocks[chain, block] = held
        if len(self._blocks) > BLOCKS_KEPT:
            self._blocks.popitem(last=False)
        for receipt in held.tail.new():
            if receipt.payload.chain == chain and self._counts(receipt):
                held.take(receipt.payload)
        return held

    def _stored(self, chain: str, block: int) -> Iterator[Signed[Receipt]]:
        first = block * BLOCK_RECORDS
        found = read_receipts(self._folder, chain, first, first + BLOCK_RECORDS - 1)
        return (receipt for receipt in found if receipt.payload.first >= first)

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


class _Block:
    """What one file receipts: a hash a sequence in one piece of memory of a fixed size, zeros where there is none.

    Attributes:
        tail: what was not taken yet.
    """

    def __init__(self, folder: Path, chain: str, block: int) -> None:
        self.tail = BlockTail(receipts_path(folder, chain, block * BLOCK_RECORDS), synced=True)
        self._begin, self._end = block * BLOCK_RECORDS, (block + 1) * BLOCK_RECORDS
        self._hashes = bytearray(_HASH_BYTES * (BLOCK_RECORDS + BATCH_LIMIT - 1))

    def take(self, receipt: Receipt) -> None:
        """Takes a verified receipt; one that is filed in the wrong block does not count."""
        if self._begin <= receipt.first < self._end:
            hashes = bytes.fromhex("".join(receipt.hashes))
            at = _HASH_BYTES * (receipt.first - self._begin)
            self._hashes[at : at + len(hashes)] = hashes

    def known(self, first: int, last: int) -> Iterator[tuple[int, str]]:
        """Yields sequence and hash of what is receipted in a range, both ends included."""
        for sequence in range(max(first, self._begin), min(last + 1, self._end + BATCH_LIMIT - 1)):
            at = _HASH_BYTES * (sequence - self._begin)
            sha256 = self._hashes[at : at + _HASH_BYTES]
            if any(sha256):
                yield sequence, sha256.hex()
