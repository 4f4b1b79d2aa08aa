"""What is lost when a reel is overwritten or a range is erased; the recorder signs it first. Decisions only."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from edge.base.errors import StorageFault
from edge.seal.manifest import Kind, Range
from edge.seal.record import Header

_log = logging.getLogger(__name__)


class Receipts(Protocol):
    """The receipts that the recorder has verified itself."""

    def hashes(self, chain: str, first: int, last: int) -> Mapping[int, str]:
        """Returns the receipted record hashes of the range, by sequence."""

    def newest(self, chain: str) -> tuple[int, str] | None:
        """Returns the highest receipted sequence of the chain and its record hash."""


class ReadableReceipts:
    """Receipts of which those that cannot be read are none: recording goes on, and nothing is overwritten for them."""

    def __init__(self, receipts: Receipts) -> None:
        self._receipts = receipts

    def hashes(self, chain: str, first: int, last: int) -> Mapping[int, str]:
        try:
            return self._receipts.hashes(chain, first, last)
        except StorageFault as error:
            _log.error("receipts count as missing: %s", error)
            return {}

    def newest(self, chain: str) -> tuple[int, str] | None:
        try:
            return self._receipts.newest(chain)
        except StorageFault as error:
            _log.error("receipts count as missing: %s", error)
            return None


@dataclass(frozen=True, slots=True)
class Loss:
    """A notice to sign and append before the records go.

    Attributes:
        kind: EVICTED (neither expired nor receipted) or EXPIRED.
    """

    kind: Kind
    detail: Range


def loss_of(kind: Kind, headers: Sequence[Header]) -> Loss | None:
    """Returns one notice for records of one chain in order; None for none."""
    if not headers:
        return None
    chain = headers[0].manifest.chain
    return Loss(kind, Range(chain=chain, first=headers[0].sequence, last=headers[-1].sequence, records=len(headers)))


def lost_range(headers: Sequence[Header], known: Mapping[int, str], first: int, last: int) -> Range | None:
    """Returns the range to sign as EVICTED for a reel's records; None where all are receipted.

    Args:
        headers: of the records that can still be read.
        known: receipted hashes.
        first, last: what the reel held once: records next to the lost ones that can no longer be read, and that no
            receipt covers, are lost as well, though they are not counted.
    """
    lost = [header.sequence for header in headers if known.get(header.sequence) != header.sha256]
    if not lost:
        return None
    safe = {*known, *(header.sequence for header in headers)}
    lowest, highest = lost[0], lost[-1]
    while lowest > first and lowest - 1 not in safe:
        lowest -= 1
    while highest < last and highest + 1 not in safe:
        highest += 1
    return Range(chain=headers[0].manifest.chain, first=lowest, last=highest, records=len(lost))


def joined(losses: Sequence[Loss], receipts: Receipts) -> list[Loss]:
    """Returns the losses with those of one kind and chain made one where no receipt lies between them.

    What lies between two lost ranges of a chain, and is neither receipted nor on the card, is lost as well.
    """
    found: list[Loss] = []
    for loss in sorted(losses, key=lambda loss: (loss.kind, loss.detail.chain, loss.detail.first)):
        whole = merged((found[-1], loss)) if found and _touch(found[-1], loss, receipts) else None
        if whole is None:
            found.append(loss)
        else:
            found[-1] = Loss(loss.kind, whole)
    return found


def _touch(before: Loss, loss: Loss, receipts: Receipts) -> bool:
    """Whether nothing that is safe lies between two losses."""
    if (before.kind, before.detail.chain) != (loss.kind, loss.detail.chain):
        return False
    return not receipts.hashes(loss.detail.chain, before.detail.last + 1, loss.detail.first - 1)


def merged(losses: Sequence[Loss]) -> Range | None:
    """Returns one range over the losses of the last one's chain, for a reel header to remember; None for none."""
    if not losses:
        return None
    chain = losses[-1].detail.chain
    ranges = [loss.detail for loss in losses if loss.detail.chain == chain]
    return Range(
        chain=chain,
        first=min(lost.first for lost in ranges),
        last=max(lost.last for lost in ranges),
        records=sum(lost.records for lost in ranges),
    )
