"""``desk masks``: larger masks for a node that records already."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge.base.files import write_durably
from edge.desk.arguments import (
    add_clock,
    add_id,
    add_json,
    add_passphrase,
    custodian_of,
    node_id,
    office_of,
    role_store,
    say,
)
from edge.desk.center import Center
from edge.desk.maskorders import make_mask_order, read_mask_order, read_masks, sign_mask_order
from edge.desk.office import open_office


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the commands."""
    masks = subparsers.add_parser("masks", help="larger masks for a node").add_subparsers(
        required=True, metavar="ACTION"
    )
    order = masks.add_parser("order", help="sign a larger mask set for a node")
    order.add_argument("--desk", required=True, type=Path, metavar="DIR")
    order.add_argument("--node", required=True, type=node_id)
    order.add_argument("--masks", required=True, type=Path, metavar="FILE", help="the whole masks.json")
    add_id(order, "--reference", "of the request; no name")
    order.add_argument("--out", required=True, type=Path, metavar="FILE")
    add_passphrase(order)
    add_clock(order)
    add_json(order)
    order.set_defaults(run=_order)
    sign = masks.add_parser("sign", help="agree as a custodian: for masks beyond half of the picture")
    sign.add_argument("--store", required=True, type=Path, metavar="DIR")
    sign.add_argument("order", type=Path, metavar="FILE", help="signed in place")
    add_passphrase(sign)
    add_json(sign)
    sign.set_defaults(run=_sign)
    publish = masks.add_parser("publish", help="hand an order to the center, where its node fetches it")
    publish.add_argument("--desk", required=True, type=Path, metavar="DIR")
    publish.add_argument("--center", required=True, metavar="URL")
    publish.add_argument("order", type=Path, metavar="FILE")
    add_json(publish)
    publish.set_defaults(run=_publish)


def _order(options: argparse.Namespace) -> int:
    office, clock = office_of(options)
    masks = read_masks(options.masks)
    document = make_mask_order(office, role_store(options), options.node, masks, options.reference, clock.now_us())
    write_durably(options.out, document.data, mode=0o600)
    order = document.payload
    text = f"{order.node}: mask order {order.counter} ({order.reference}) in {options.out}"
    text += "; where it masks over half of the picture, both custodians sign it now"
    say(options, text, node=order.node, counter=order.counter, out=str(options.out))
    return 0


def _sign(options: argparse.Namespace) -> int:
    document = read_mask_order(options.order)
    custodian = custodian_of(options)
    document = sign_mask_order(custodian, document)
    write_durably(options.order, document.data, mode=0o600)
    order = document.payload
    text = f"{order.node}: mask order {order.counter} ({order.reference}) signed by the {custodian.card.role}"
    say(options, text, node=order.node, counter=order.counter, signatures=len(document.signatures))
    return 0


def _publish(options: argparse.Namespace) -> int:
    office = open_office(options.desk)
    document = read_mask_order(options.order)  # the center checks signature and number
    order = document.payload
    with Center(options.center, office.folder) as center:
        center.put(f"/v1/nodes/{order.node}/mask-order", document.data)
    text = f"{order.node}: mask order {order.counter} published; the node asks for it every ten minutes"
    say(options, text, node=order.node, counter=order.counter)
    return 0
