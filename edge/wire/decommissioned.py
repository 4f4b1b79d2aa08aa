"""A node's last word: what it destroyed, signed with its signing key just before that key goes, too."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from edge.base.model import Hex16, Hex32, NodeId, OpaqueId, Strict, Utc
from edge.wire import signed
from edge.wire.signed import Signed
from edge.wire.status import Count


class LastRecord(Strict):
    """The newest record of the card's chain."""

    chain: Hex16
    sequence: Count
    sha256: Hex32


class Decommissioned(Strict):
    """The payload.

    Attributes:
        reference: whose word it was done on: a ticket's id, or the number of the city's own order.
        last: none where nothing was ever recorded.
        unreceipted: records that were destroyed with no receipt of the center for them.
        files, length: how many were overwritten, and their bytes in all.
        free_space: whether what no file holds was overwritten as well, on partitions of the node's own.
    """

    v: Literal[1] = 1
    node: NodeId
    reference: OpaqueId
    began: Utc
    ended: Utc
    last: LastRecord | None
    unreceipted: Count
    files: Count
    length: Annotated[int, Field(ge=0, lt=2**53)]
    free_space: bool


def parse_decommissioned(data: bytes, public_key: bytes) -> Signed[Decommissioned]:
    """Parses a certificate and checks that the node signed it.

    Args:
        public_key: 32 bytes, the node's, from its registration.

    Raises:
        Refused: ``bad-signature`` or the parser's failures.
    """
    document = signed.parse("decommissioned", Decommissioned, data)
    document.require(public_key, "node's signing")
    return document
