"""``desk carry``, ``desk collect`` and ``desk ledger``: to a camera without a line and back."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from edge.base.clock import Clock, ClockQuality, to_datetime
from edge.base.errors import NotPermitted
from edge.base.files import read_bounded
from edge.desk import passphrase
from edge.desk.arguments import (
    add_clock,
    add_id,
    add_json,
    add_passphrase,
    add_window,
    node_id,
    office_of,
    role_store,
    say,
)
from edge.desk.center import Center
from edge.desk.collecting import Errand, collect, read_errand_ticket
from edge.desk.fetch import Window
from edge.desk.ledger import NAME, Purpose, read_ledger
from edge.desk.luggage import EMPTY, pack, unpack
from edge.desk.nodedoor import NodeDoor
from edge.desk.office import Office, open_office, role_key
from edge.wire.authority import Role
from edge.wire.keys import SigningKey
from edge.wire.visit import TICKET_LIMIT_BYTES


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the commands."""
    carry = subparsers.add_parser("carry", help="fetch what a node without a line needs, to take it there")
    carry.add_argument("--desk", required=True, type=Path, metavar="DIR")
    carry.add_argument("--center", required=True, metavar="URL")
    carry.add_argument("--node", required=True, type=node_id)
    carry.add_argument("--out", required=True, type=Path, metavar="LUGGAGE")
    add_clock(carry)
    add_json(carry)
    carry.set_defaults(run=_carry)
    _add_collect(subparsers.add_parser("collect", help="bring a window's records from the node on site, still sealed"))
    ledger = subparsers.add_parser("ledger", help="show the ledger, and whether its lines follow each other")
    ledger.add_argument("--desk", required=True, type=Path, metavar="DIR")
    add_json(ledger)
    ledger.set_defaults(run=_ledger)


def _add_collect(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--desk", required=True, type=Path, metavar="DIR")
    parser.add_argument("--node", required=True, type=node_id)
    parser.add_argument("--at", required=True, metavar="HOST[:PORT]", help="the node on its on-site network; port 8444")
    parser.add_argument("--fingerprint", required=True, metavar="HEX", help="of the node's page, from the work order")
    parser.add_argument("--ticket", required=True, type=Path, metavar="FILE", help="visit ticket of scope collect")
    add_window(parser)
    parser.add_argument("--purpose", required=True, choices=[purpose.value for purpose in Purpose])
    add_id(parser, "--reference", "of the request, no name")
    parser.add_argument("--carry", type=Path, metavar="LUGGAGE", help="what 'desk carry' fetched")
    code = parser.add_mutually_exclusive_group()
    code.add_argument("--code-file", type=Path, metavar="FILE", help="one-time code; asked for if not given")
    code.add_argument("--code-fd", type=int, metavar="N", help="read it from this descriptor")
    parser.add_argument("--out", required=True, type=Path, metavar="BUNDLE")
    parser.add_argument("--tell-time", action="store_true", help="sign this machine's time for the node")
    add_passphrase(parser)
    add_clock(parser)
    add_json(parser)
    parser.set_defaults(run=_collect)


def _carry(options: argparse.Namespace) -> int:
    office, clock = office_of(options)
    with Center(options.center, office.folder) as center:
        luggage = pack(center, options.node, clock.now_us(), options.out)
    sorts = sorted(luggage.documents)
    text = f"{options.node}: {', '.join(sorts) or 'no documents'} and {len(luggage.receipts)} receipts in {options.out}"
    text += "" if luggage.registration else "; the node is not registered, so provenance cannot be proven"
    registered = luggage.registration is not None
    say(options, text, node=options.node, sorts=sorts, receipts=len(luggage.receipts), registered=registered)
    return 0


def _collect(options: argparse.Namespace) -> int:
    office, clock = office_of(options)
    window = Window(options.node, options.start, options.end)
    ticket = read_errand_ticket(read_bounded(options.ticket, limit_bytes=TICKET_LIMIT_BYTES), office, window)
    luggage = EMPTY if options.carry is None else unpack(options.carry)
    with NodeDoor(options.at, office.folder, options.fingerprint) as door:
        purpose = Purpose(options.purpose)
        errand = Errand(window, purpose, options.reference, ticket, _code(options), _signer(options, office, clock))
        fetched = collect(door, office, errand, luggage, options.out, clock, _tell)
    text = f"{window.node}: {fetched.records} records, {fetched.bytes / 1e6:.1f} MB, in {options.out}; in the ledger"
    text += f"; {fetched.missing} are damaged on the card" if fetched.missing else ""
    text += "" if fetched.registered else "; no registration was carried, so provenance cannot be proven"
    values = {"records": fetched.records, "missing": fetched.missing, "bytes": fetched.bytes}
    say(options, text, node=window.node, bundle=str(options.out), registered=fetched.registered, **values)
    return 0


def _signer(options: argparse.Namespace, office: Office, clock: Clock) -> SigningKey | None:
    """Returns the command role's key where the node is to be told the time, which only a believed clock may tell.

    Raises:
        NotPermitted: this machine's clock is not kept by a time service, or the key is not to be had.
    """
    if not options.tell_time:
        return None
    if clock.quality() is ClockQuality.UNTRUSTED:
        raise NotPermitted("--tell-time: no time service keeps this machine's clock; set one up, or leave it out")
    return role_key(role_store(options), office.authority.payload, Role.COMMAND, clock.now_us())


def _ledger(options: argparse.Namespace) -> int:
    office = open_office(options.desk)
    lines = read_ledger(office.folder / NAME)
    shown = [
        f"{line.number} {_utc(line.entry.at)} {line.entry.act} {line.entry.node} {_utc(line.entry.start)} to"
        f" {_utc(line.entry.end)} for {line.entry.purpose} {line.entry.reference} by {line.entry.who},"
        f" {line.entry.records} records, SHA-256 {line.entry.sha256}"
        for line in lines
    ]
    say(options, "\n".join(shown) or "nothing yet", lines=[line.model_dump(mode="json") for line in lines])
    return 0


def _utc(moment_us: int) -> str:
    return to_datetime(moment_us).isoformat(timespec="seconds")


def _code(options: argparse.Namespace) -> str:
    if options.code_file is not None:
        return passphrase.from_file(options.code_file).secret
    if options.code_fd is not None:
        return passphrase.from_descriptor(options.code_fd).secret
    return passphrase.from_terminal("確認コード / one-time code", new=False, option="--code-file or --code-fd").secret


def _tell(japanese: str, english: str) -> None:
    print(f"{japanese} / {english}", file=sys.stderr, flush=True)
