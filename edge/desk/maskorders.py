"""Mask orders at the desk: a larger mask set for one node, numbered and signed by the mask role.

Whether it covers the mask floor, and whether it needs the custodians, only the node knows; what it refuses the fleet
page tells.
"""

from __future__ import annotations

from pathlib import Path

from edge.base.errors import BadInput, UsageFault
from edge.base.files import read_bounded
from edge.desk.counters import next_counter
from edge.desk.custodian import Custodian
from edge.desk.keystore import KeyStore
from edge.desk.office import Office, role_key
from edge.mask import maskset
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.maskorder import MASKS_LIMIT_CHARACTERS, MaskOrder
from edge.wire.signed import DOCUMENT_LIMIT_BYTES, Signed

_COUNTERS = "mask-orders.json"


def make_mask_order(
    office: Office, store: KeyStore, node: str, masks: str, reference: str, now_us: int
) -> Signed[MaskOrder]:
    """Returns the order that puts ``masks`` (a ``masks.json``) in force at ``node``.

    Raises:
        BadConfiguration: no valid masks of that node.
        NotPermitted, BadInput: the mask key is not to be had.
        StorageFault: the counter cannot be kept.
    """
    maskset.parse(masks.encode(), node, source="--masks")
    signer = role_key(store, office.authority.payload, Role.MASK, now_us)
    counter = next_counter(office.folder / _COUNTERS, node, now_us)
    order = MaskOrder(node=node, counter=counter, issued=now_us, reference=reference, masks=masks)
    return signed.sign("mask-order", order, signer)


def read_mask_order(path: Path) -> Signed[MaskOrder]:
    """Reads an order; its signatures are not checked.

    Raises:
        BadInput: unreadable.
        Refused: the parser's failures.
    """
    return signed.parse("mask-order", MaskOrder, read_bounded(path, limit_bytes=DOCUMENT_LIMIT_BYTES))


def sign_mask_order(custodian: Custodian, order: Signed[MaskOrder]) -> Signed[MaskOrder]:
    """Returns the order with a custodian's signature, once its masks have been read.

    Raises:
        BadConfiguration: its masks are none of its node.
    """
    maskset.parse(order.payload.masks.encode(), order.payload.node, source="mask order")
    return signed.add_signature(order, custodian.signer)


def read_masks(path: Path) -> str:
    """Reads a ``masks.json``.

    Raises:
        BadInput: unreadable, too long or no text.
        UsageFault: nothing in it.
    """
    try:
        text = read_bounded(path, limit_bytes=MASKS_LIMIT_CHARACTERS).decode()
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 text") from error
    if not text:
        raise UsageFault(f"{path}: empty")
    return text
