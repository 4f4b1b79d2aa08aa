"""Mask orders: another mask set for one node, prepared by the city and signed by its mask role.

Rules:
  1. An order enlarges masks; what would uncover a pixel of the mask floor the node refuses, whoever signed.
  2. Masks beyond half of the picture need both custodians' signatures as well.
  3. Orders to a node are numbered; it takes none twice and none older than the last.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from edge.base.errors import Refused
from edge.base.model import NodeId, OpaqueId, Strict, Utc
from edge.wire import signed
from edge.wire.authority import Authority, Role
from edge.wire.signed import Signed

MASKS_LIMIT_CHARACTERS = 256 * 1024


class MaskOrder(Strict):
    """What the city sends.

    Attributes:
        masks: the text of a ``masks.json``; whoever takes the order parses it as hostile.
        reference: what the change answers, such as the number of a neighbour's request; opaque, never a name.
    """

    v: Literal[1] = 1
    node: NodeId
    counter: Annotated[int, Field(ge=1, lt=2**53)]
    issued: Utc
    reference: OpaqueId
    masks: Annotated[str, Field(max_length=MASKS_LIMIT_CHARACTERS)]


def parse_mask_order(data: bytes, authority: Authority, node: str, last_counter: int) -> Signed[MaskOrder]:
    """Parses an order and checks signer, node and counter.

    Raises:
        Refused: ``wrong-node``, ``replayed``, ``bad-signature`` or the parser's failures.
    """
    document = signed.parse("mask-order", MaskOrder, data)
    order = document.payload
    authority.require(document, Role.MASK, order.issued)
    if order.node != node:
        raise Refused("wrong-node", f"mask order is for node {order.node!r}, this is {node!r}")
    if order.counter <= last_counter:
        raise Refused("replayed", f"mask order {order.counter} is not above {last_counter}, which was taken already")
    return document


def custodians_agree(order: Signed[MaskOrder], authority: Authority) -> bool:
    """Tells whether manager and operator both signed as well."""
    return all(
        any(order.signed_by(key) for key in authority.holders(role, order.payload.issued))
        for role in (Role.MANAGER, Role.OPERATOR)
    )
