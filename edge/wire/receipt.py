"""The receipt: the center's signed word that a range of records is durable, with the center's time."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from edge.base.errors import Refused
from edge.base.model import Hex16, Hex32, NodeId, Strict, Utc
from edge.wire import signed
from edge.wire.authority import Authority, Role
from edge.wire.signed import Signed

BATCH_LIMIT = 64
"""Records in one upload, and so in one receipt."""

Sequence = Annotated[int, Field(ge=0, lt=2**53)]


class Receipt(Strict):
    """The payload that the center's receipt key signs.

    Attributes:
        hashes: record hashes of ``first`` to ``last``, in order.
        time: the center's UTC when they were durable.
    """

    v: Literal[1] = 1
    node: NodeId
    chain: Hex16
    first: Sequence
    last: Sequence
    hashes: Annotated[tuple[Hex32, ...], Field(strict=False, min_length=1, max_length=BATCH_LIMIT)]
    time: Utc

    @model_validator(mode="after")
    def _one_hash_a_record(self) -> Receipt:
        if self.last - self.first + 1 != len(self.hashes):
            raise ValueError(f"{len(self.hashes)} hashes do not cover sequences {self.first} to {self.last}")
        return self


def parse_receipt(data: bytes, authority: Authority) -> Signed[Receipt]:
    """Parses a receipt and checks that the city's receipt key signed it.

    Raises:
        Refused: ``bad-signature`` or the parser's failures.
    """
    document = signed.parse("receipt", Receipt, data)
    authority.require(document, Role.RECEIPT, document.payload.time)
    return document


def require_match(receipt: Receipt, node: str, chain: str, first: int, hashes: tuple[str, ...]) -> None:
    """Checks that a receipt is for exactly these records: one that does not match is no receipt.

    Raises:
        Refused: ``false-receipt``.
    """
    if (receipt.node, receipt.chain, receipt.first, receipt.hashes) != (node, chain, first, hashes):
        raise Refused(
            "false-receipt",
            f"receipt for {receipt.node} {receipt.first}-{receipt.last} does not match the records sent from {first}",
        )
