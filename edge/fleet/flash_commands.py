"""The ``mimamori flash`` commands: from a flashed image to a card that makes its node."""

from __future__ import annotations

import argparse
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from edge.base.clock import SystemClock
from edge.base.errors import UsageFault
from edge.base.files import write_durably
from edge.base.model import OpaqueId, faults
from edge.desk.arguments import add_json, add_passphrase, moment, node_id, passphrase_of, role_store, say
from edge.desk.keystore import KeyStore
from edge.desk.office import open_office
from edge.desk.visits import Visit
from edge.fleet import batch
from edge.fleet.flash import CardOrder, Workshop, letterhead, make_papers, write_boot
from edge.fleet.nodepapers import ORDER, NodePapers
from edge.fleet.order_commands import PAPER, SCREEN, code_to
from edge.fleet.orders import Signer, work_order
from edge.fleet.papers import Label, WorkOrder, print_labels, write_work_orders
from edge.fleet.profile import Own, read_profile
from edge.fleet.wheelhouse import DEBS, MACHINES, PARTS, gather
from edge.wire.visit import Scope


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the commands; each sets ``run``, which takes the parsed options and returns an exit status."""
    _add_wheels(subparsers)
    _add_prepare(subparsers)
    _add_batch(subparsers)


def _add_wheels(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    wheels = subparsers.add_parser("wheels", help="gather what a node or a center is installed from")
    wheels.add_argument("--out", required=True, type=Path, metavar="DIR")
    wheels.add_argument("--for", dest="part", choices=PARTS, default="node", help="(default: %(default)s)")
    wheels.add_argument("--machine", choices=MACHINES, default="aarch64", help="theirs (default: %(default)s)")
    add_json(wheels)
    wheels.set_defaults(run=_wheels)


def _add_prepare(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    prepare = subparsers.add_parser("prepare", help="make a node's card of a flashed Raspberry Pi OS Lite")
    prepare.add_argument("--node", required=True, type=node_id)
    prepare.add_argument("--profile", required=True, metavar="CITY", help="a shipped profile, or the path of a .toml")
    prepare.add_argument("--center", required=True, metavar="HOST", help="under which the node reaches the center")
    prepare.add_argument("--label", required=True, metavar="TEXT", help="the place, as an installer finds it")
    prepare.add_argument("--camera", metavar="TEXT", help="burnt into the picture (default: the node's id in capitals)")
    prepare.add_argument("--installer", required=True, metavar="ID", help="of the first visit; opaque, never a name")
    prepare.add_argument("--from", dest="begins", required=True, type=moment, metavar="ISO8601")
    prepare.add_argument("--to", dest="ends", required=True, type=moment, metavar="ISO8601")
    prepare.add_argument("--line", type=Path, metavar="FILE", help="what Wi-Fi or SIM ask for")
    prepare.add_argument("--key-list", type=Path, metavar="FILE", help="to begin with, for a node without a line")
    prepare.add_argument("boot", type=Path, metavar="BOOTFS", help="the card's mounted boot partition")
    _add_workshop(prepare)
    add_json(prepare)
    prepare.set_defaults(run=_prepare)


def _add_batch(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    many = subparsers.add_parser("batch", help="make many cards and their papers from a table")
    many.add_argument("table", type=Path, metavar="CSV", help=f"columns {', '.join(batch.COLUMNS)}")
    many.add_argument("--dry-run", action="store_true", help="check the table, show what would be made, write nothing")
    many.add_argument("--orders", type=Path, metavar="PDF", help="all work orders, one after the other")
    many.add_argument("--labels", type=Path, metavar="PDF", help="labels for the cases, 12 a sheet")
    _add_workshop(many)
    many.set_defaults(run=_batch)


def _add_workshop(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--desk", required=True, type=Path, metavar="DIR", help="CITY/desk, which signs the tickets")
    parser.add_argument("--store", required=True, type=Path, metavar="DIR", help="the fleet's, of 'fleet init'")
    parser.add_argument("--papers", required=True, type=Path, metavar="DIR", help="keeps each node's papers, 0600")
    parser.add_argument("--release", required=True, type=Path, metavar="DIR", help="what 'flash wheels' made")
    parser.add_argument("--phone", required=True, help="whom installers and passers-by call")
    parser.add_argument("--admin-ca", type=Path, metavar="FILE", help="public key of the city's SSH user CA")
    parser.add_argument("--container", action="store_true", help="for a container: there is no card to divide")
    parser.add_argument("--code", choices=(PAPER, SCREEN), help="where one-time codes go; asked if not given")
    add_passphrase(parser)
    add_passphrase(parser, "store-")


def _wheels(options: argparse.Namespace) -> int:
    count = gather(options.out, options.part, options.machine)
    text = f"{options.out}: {count} wheels of a {options.part} for {options.machine}"
    text += f"; lay Debian packages that the nodes' image lacks in {DEBS}/" if options.part == "node" else ""
    say(options, text, out=str(options.out), wheels=count)
    return 0


def _prepare(options: argparse.Namespace) -> int:
    order, workshop = _order(options), _workshop(options)
    papers = make_papers(workshop, order, SystemClock().now_us())
    done = write_boot(workshop, order, papers, options.boot)
    paper, node = workshop.papers / order.own.node / ORDER, order.own.node
    text = (
        f"{node}: card prepared in {options.boot} ({done.written} files written, {done.unchanged} there already);"
        f" work order in {paper}\nunmount it, put it into the board, switch on"
    )
    values = {"node": node, "written": done.written, "unchanged": done.unchanged, "work_order": str(paper)}
    said, told = _code(papers, on_paper=workshop.code_on_paper)
    say(options, text + said, **values, **told)
    return 0


def _batch(options: argparse.Namespace) -> int:
    orders = batch.read_batch(options.table)
    print(batch.table(orders))
    if options.dry_run:
        return 0
    workshop, now_us = _workshop(options), SystemClock().now_us()
    printed = [_make(workshop, order, now_us) for order in orders]
    fresh = [one for one in printed if one is not None]
    if options.orders is not None and fresh:
        write_work_orders(options.orders, fresh)
    if options.labels is not None:
        labels = [Label(letterhead(workshop, order.profile), order.own.node) for order in orders]
        write_durably(options.labels, print_labels(labels))
    print(f"{len(orders)} nodes, {len(fresh)} visits issued; papers in {options.papers}")
    return 0


def _make(workshop: Workshop, order: CardOrder, now_us: int) -> WorkOrder | None:
    """Makes a node's papers and card, and returns its work order where its visit was issued just now."""
    papers = make_papers(workshop, order, now_us)
    text = f"{order.own.node}: papers in {workshop.papers / order.own.node}"
    if order.boot is not None:
        done = write_boot(workshop, order, papers, order.boot)
        text = f"{order.own.node}: card in {order.boot} ({done.written} files written, {done.unchanged} there already)"
    print(text + _code(papers, on_paper=workshop.code_on_paper)[0])
    if papers.issued is None:
        return None
    office = letterhead(workshop, order.profile)
    return work_order(papers.issued, order.profile, office, code_on_paper=workshop.code_on_paper)


def _code(papers: NodePapers, *, on_paper: bool) -> tuple[str, dict[str, str]]:
    """Returns what is said of the one-time code: for people, and as values."""
    if on_paper or papers.issued is None:
        return "", {}
    code = papers.issued.code.text
    return f"\n{papers.issued.node}: one-time code, shown this once and kept nowhere: {code}", {"code": code}


def _workshop(options: argparse.Namespace) -> Workshop:
    on_paper = code_to(options) == PAPER
    office = open_office(options.desk)
    fleet = passphrase_of(options, "Passphrase of the fleet's store", prefix="store-")
    signer = Signer(office, role_store(options), KeyStore.unlock(options.store, fleet))
    places = options.release, options.papers, options.phone, on_paper
    return Workshop(signer, *places, admin_ca=options.admin_ca, partitions=not options.container)


def _order(options: argparse.Namespace) -> CardOrder:
    camera = options.camera or options.node.upper()[:24]
    values = {"node": options.node, "camera": camera, "label": options.label, "center": options.center}
    try:
        own = Own.model_validate(values)
        installer = TypeAdapter(OpaqueId).validate_python(options.installer)
    except ValidationError as error:
        raise UsageFault("\n".join(f"--{line}" for line in faults(error))) from error
    visit = Visit(own.node, installer, Scope.FIRST, (options.begins, options.ends))
    return CardOrder(own, read_profile(options.profile), visit, options.line, options.key_list, options.boot)
