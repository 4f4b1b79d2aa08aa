"""``fleet order``: tickets, codes, work orders and labels of one visit or many, in one go."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pydantic import ValidationError

from edge.base.errors import NotPermitted, UsageFault
from edge.desk.arguments import add_clock, add_json, add_passphrase, node_id, office_of, passphrase_of, role_store, say
from edge.desk.center import Center
from edge.desk.keystore import KeyStore
from edge.desk.visit_commands import add_visit, put_ticket, visit_of
from edge.fleet.nodelist import Placed, read_nodes
from edge.fleet.orders import LABELS, ORDERS, Issued, Signer, issue, require_new, write_papers
from edge.fleet.papers import Office
from edge.fleet.profile import read_profile

PAPER, SCREEN = "paper", "screen"


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the command."""
    order = subparsers.add_parser("order", help="issue visits: tickets, codes, work orders and labels as PDF")
    order.add_argument("--desk", required=True, type=Path, metavar="DIR")
    order.add_argument("--store", required=True, type=Path, metavar="DIR", help="the fleet's, of 'fleet init'")
    order.add_argument("--profile", required=True, metavar="CITY", help="of these nodes, or a .toml file")
    nodes = order.add_mutually_exclusive_group(required=True)
    nodes.add_argument("--nodes", type=Path, metavar="CSV", help="columns node and label")
    nodes.add_argument("--node", type=node_id)
    order.add_argument("--place", metavar="TEXT", help="of --node, as the installer finds it")
    order.add_argument("--phone", required=True, metavar="NUMBER", help="of the city, on papers and labels")
    add_visit(order)
    order.add_argument("--code", choices=(PAPER, SCREEN), help="where the one-time code goes; asked if not given")
    order.add_argument("--out", required=True, type=Path, metavar="DIR", help="a new folder")
    order.add_argument("--center", metavar="URL", help="hand the tickets to the center, too")
    add_passphrase(order)
    add_passphrase(order, "store-")
    add_clock(order)
    add_json(order)
    order.set_defaults(run=_order)


def _order(options: argparse.Namespace) -> int:
    profile, nodes, where = read_profile(options.profile), _nodes(options), code_to(options)
    require_new(options.out)
    office, clock = office_of(options)
    visits = [(placed, visit_of(options, placed.node)) for placed in nodes]
    fleet = passphrase_of(options, "Passphrase of the fleet's store", prefix="store-")
    signer = Signer(office, role_store(options), KeyStore.unlock(options.store, fleet))
    issued = issue(signer, visits, profile.visit.address, clock.now_us())
    city = Office(profile.city, options.phone)
    write_papers(options.out, issued, profile, city, code_on_paper=where == PAPER)
    if options.center is not None:
        _publish(options.center, office.folder, issued)
    _tell(options, issued, where)
    return 0


def _nodes(options: argparse.Namespace) -> list[Placed]:
    if (options.node is None) != (options.place is None):
        raise UsageFault("--node and --place: give both, or --nodes")
    if options.nodes is not None:
        return read_nodes(options.nodes)
    try:
        return [Placed(node=options.node, label=options.place)]
    except ValidationError as error:
        raise UsageFault(f"--place {options.place[:80]!r}: 1 to 80 characters") from error


def code_to(options: argparse.Namespace) -> str:
    """Returns where the one-time code goes.

    Whoever holds ticket, code and button is in: who prints codes decides that, not a default.
    """
    if options.code is not None:
        return str(options.code)
    if not sys.stdin.isatty():
        raise UsageFault("--code: say where the one-time code goes, paper or screen")
    print("The code opens the camera's page. On paper: whoever prints and carries it has it.", file=sys.stderr)
    print("On screen: shown here once; you tell it to the installer, who writes it down.", file=sys.stderr)
    answer = input("Where is the one-time code to go? (paper/screen) ").strip()
    if answer not in (PAPER, SCREEN):
        raise NotPermitted(f"{answer[:20]!r}: write paper or screen; nothing was issued")
    return answer


def _publish(url: str, folder: Path, issued: list[Issued]) -> None:
    with Center(url, folder) as center:
        for one in issued:
            put_ticket(center, one.node, one.ticket.data)


def _tell(options: argparse.Namespace, issued: list[Issued], code_to: str) -> None:
    out: Path = options.out
    lines = [f"{len(issued)} work order(s) in {out / ORDERS}, for the installer alone; labels in {out / LABELS}"]
    if code_to == SCREEN:
        lines += [f"{one.node}: one-time code, shown this once and kept nowhere: {one.code.text}" for one in issued]
    codes = {one.node: one.code.text for one in issued} if code_to == SCREEN else {}
    tickets = {one.node: one.ticket.payload.ticket for one in issued}
    say(options, "\n".join(lines), orders=str(out / ORDERS), labels=str(out / LABELS), tickets=tickets, codes=codes)
