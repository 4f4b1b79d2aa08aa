"""``desk visit``: tickets for installers."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge.base.errors import UsageFault
from edge.base.files import read_bounded, write_durably
from edge.desk.arguments import add_clock, add_id, add_json, add_passphrase, moment, node_id, office_of, role_store, say
from edge.desk.center import Center
from edge.desk.office import open_office
from edge.desk.visits import Visit, draw_qr, make_visit_ticket
from edge.wire import signed
from edge.wire.visit import TICKET_LIMIT_BYTES, Scope, VisitTicket, new_code


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the commands."""
    visit = subparsers.add_parser("visit", help="let an installer visit a node").add_subparsers(
        required=True, metavar="ACTION"
    )
    ticket = visit.add_parser("ticket", help="sign a ticket; prints its one-time code for the work order, once")
    ticket.add_argument("--desk", required=True, type=Path, metavar="DIR")
    ticket.add_argument("--node", required=True, type=node_id)
    add_visit(ticket)
    ticket.add_argument("--out", required=True, type=Path, metavar="FILE")
    ticket.add_argument("--qr", type=Path, metavar="FILE", help="the same as a QR code, .svg or .png")
    add_passphrase(ticket)
    add_clock(ticket)
    add_json(ticket)
    ticket.set_defaults(run=_ticket)
    publish = visit.add_parser("publish", help="hand a ticket to the center, where its node fetches it")
    publish.add_argument("--desk", required=True, type=Path, metavar="DIR")
    publish.add_argument("--center", required=True, metavar="URL")
    publish.add_argument("ticket", type=Path, metavar="FILE")
    add_json(publish)
    publish.set_defaults(run=_publish)


def add_visit(parser: argparse.ArgumentParser) -> None:
    """Adds what a visit is to be, but for its node."""
    add_id(parser, "--installer", "opaque, never a name")
    parser.add_argument("--scope", required=True, choices=[scope.value for scope in Scope])
    parser.add_argument("--from", dest="begins", required=True, type=moment, metavar="ISO8601")
    parser.add_argument("--to", dest="ends", required=True, type=moment, metavar="ISO8601")
    parser.add_argument("--window-from", type=moment, metavar="ISO8601", help="first moment to collect")
    parser.add_argument("--window-to", type=moment, metavar="ISO8601", help="last; a day later at most")


def visit_of(options: argparse.Namespace, node: str) -> Visit:
    """Returns the visit of ``node`` that ``add_visit``'s options name.

    Raises:
        UsageFault: half a window.
    """
    hours = (options.begins, options.ends)
    return Visit(node, options.installer, Scope(options.scope), hours, _window(options))


def _ticket(options: argparse.Namespace) -> int:
    office, clock = office_of(options)
    store = role_store(options)
    code = new_code()
    document = make_visit_ticket(office, store, visit_of(options, options.node), code, clock.now_us())
    if options.qr is not None:
        draw_qr(document, options.qr)
    write_durably(options.out, document.data, mode=0o600)
    text = (
        f"{options.node}: visit ticket {document.payload.ticket} ({options.scope}) in {options.out}\n"
        f"one-time code for the work order, shown this once and kept nowhere: {code.text}"
    )
    say(options, text, node=options.node, ticket=document.payload.ticket, out=str(options.out), code=code.text)
    return 0


def _window(options: argparse.Namespace) -> tuple[int, int] | None:
    given = options.window_from, options.window_to
    if given == (None, None):
        return None
    if None in given:
        raise UsageFault("--window-from and --window-to: give both")
    return given


def _publish(options: argparse.Namespace) -> int:
    office = open_office(options.desk)
    data = read_bounded(options.ticket, limit_bytes=TICKET_LIMIT_BYTES)
    ticket = signed.parse("visit-ticket", VisitTicket, data).payload  # the center checks signature and hours
    with Center(options.center, office.folder) as center:
        put_ticket(center, ticket.node, data)
    text = f"{ticket.node}: visit ticket {ticket.ticket} published; the node asks for it every ten minutes"
    say(options, text, node=ticket.node, ticket=ticket.ticket)
    return 0


def put_ticket(center: Center, node: str, data: bytes) -> None:
    """Hands a ticket to the center, which gives it to its node alone."""
    center.put(f"/v1/nodes/{node}/visit-ticket", data)
