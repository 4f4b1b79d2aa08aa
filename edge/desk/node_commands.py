"""``desk enrol`` and ``desk request``: what the desk says to and of a node."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from edge.base.errors import NotPermitted, Refused, UsageFault
from edge.base.files import write_durably
from edge.desk.arguments import add_clock, add_json, add_passphrase, moment, node_id, office_of, role_store, say
from edge.desk.center import Center
from edge.desk.enrol import fingerprint, make_registration, make_ticket, require_expected
from edge.desk.request import send_window
from edge.desk.revoked import readmit
from edge.wire.registration import Enrolment, parse_enrolment
from edge.wire.signed import DOCUMENT_LIMIT_BYTES


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the commands."""
    enrol = subparsers.add_parser("enrol", help="make a node known").add_subparsers(required=True, metavar="ACTION")
    ticket = enrol.add_parser("ticket", help="a one-time ticket for a new node")
    _add_common(ticket)
    ticket.add_argument("--out", required=True, type=Path, metavar="FILE")
    ticket.set_defaults(run=_ticket)
    confirm = enrol.add_parser("confirm", help="compare the node's key and register it")
    _add_common(confirm)
    confirm.add_argument("--center", required=True, metavar="URL")
    compared = confirm.add_mutually_exclusive_group()
    compared.add_argument("--expect-key", metavar="HEX", help="key id or key from the work order")
    compared.add_argument("--yes", action="store_true", help="it was compared already")
    confirm.set_defaults(run=_confirm)
    request = subparsers.add_parser("request", help="ask a node to send a window of footage first")
    _add_common(request)
    request.add_argument("--center", required=True, metavar="URL")
    request.add_argument("--from", dest="start", required=True, type=moment, metavar="ISO8601")
    request.add_argument("--to", dest="end", required=True, type=moment, metavar="ISO8601")
    request.set_defaults(run=_request)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--desk", required=True, type=Path, metavar="DIR")
    parser.add_argument("--node", required=True, type=node_id)
    add_passphrase(parser)
    add_clock(parser)
    add_json(parser)


def _ticket(options: argparse.Namespace) -> int:
    office, clock = office_of(options)
    ticket = make_ticket(office, role_store(options), options.node, clock.now_us())
    write_durably(options.out, ticket.data, mode=0o600)
    text = f"{options.node}: enrolment ticket {ticket.payload.ticket} in {options.out}; it counts once"
    say(options, text, node=options.node, ticket=ticket.payload.ticket, out=str(options.out))
    return 0


def _confirm(options: argparse.Namespace) -> int:
    office, clock = office_of(options)
    with Center(options.center, office.folder) as center:
        offered = center.get(f"/v1/nodes/{options.node}/enrolment", limit_bytes=DOCUMENT_LIMIT_BYTES)
        enrolment = parse_enrolment(offered).payload
        if enrolment.node != options.node:
            raise Refused("wrong-node", f"the center gave the enrolment of {enrolment.node!r}, not of {options.node!r}")
        compare(options, enrolment)
        document = make_registration(office, role_store(options), enrolment, clock.now_us())
        center.put(f"/v1/nodes/{options.node}/registration", document.data)
    readmit(office.folder, options.node)
    text = f"{options.node}: registered, signing key {fingerprint(enrolment)}"
    say(options, text, node=options.node, signing_key=enrolment.signing_key, registered=document.payload.registered)
    return 0


def compare(options: argparse.Namespace, enrolment: Enrolment) -> None:
    """Has the node's key compared with the work order: by ``--expect-key``, beforehand (``--yes``), or here.

    Raises:
        NotPermitted: it is another key, or the person did not say yes.
        UsageFault: there is no person to ask.
    """
    if options.expect_key is not None:
        require_expected(enrolment, options.expect_key)
    elif not options.yes:
        if not sys.stdin.isatty():
            raise UsageFault("compare the key with the work order: give --expect-key HEX")
        print(f"{enrolment.node} shows signing key {fingerprint(enrolment)}", file=sys.stderr)
        if input("Is this the key on the work order? (yes/no) ").strip() != "yes":
            raise NotPermitted(f"{enrolment.node}: not registered")


def _request(options: argparse.Namespace) -> int:
    office, clock = office_of(options)
    store = role_store(options)
    document = send_window(office, store, options.node, (options.start, options.end), clock.now_us())
    with Center(options.center, office.folder) as center:
        center.post(f"/v1/nodes/{options.node}/commands", document.data)
    text = f"{options.node}: asked to send that window first (command {document.payload.counter})"
    say(options, text, node=options.node, counter=document.payload.counter)
    return 0
