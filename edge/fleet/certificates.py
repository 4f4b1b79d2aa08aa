"""``fleet certificate``: the paper of what a node destroyed, made from what the node signed with its last key.

Rules:
  1. A certificate counts by the node's registered key alone, and a registration by the city's registration role: what
     does not verify is not printed.
  2. The paper leaves two lines for the people who confirm it, one of them the manager (R-TOTTORI-07).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.base.clock import to_datetime
from edge.base.errors import BadInput, Refused
from edge.base.files import read_bounded, write_durably
from edge.desk.arguments import add_json, say
from edge.desk.center import Center
from edge.desk.office import Office, open_office
from edge.fleet.printing import print_pages
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.decommissioned import Decommissioned, parse_decommissioned
from edge.wire.registration import Registration
from edge.wire.signed import DOCUMENT_LIMIT_BYTES, Signed

_ZONE = "Asia/Tokyo"
_HASH_GROUP = 8


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the command."""
    parser = subparsers.add_parser("certificate", help="verify what a node signed of its destruction; print it as PDF")
    parser.add_argument("certificate", type=Path, metavar="FILE", help="what the page saved, or a playbook kept")
    parser.add_argument("--desk", required=True, type=Path, metavar="DIR")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--center", metavar="URL", help="has the node's registration")
    where.add_argument("--registration", type=Path, metavar="FILE", help="of 'desk carry', without a center")
    parser.add_argument("--out", required=True, type=Path, metavar="PDF")
    add_json(parser)
    parser.set_defaults(run=_certificate)


def print_certificate(document: Signed[Decommissioned], city: str) -> bytes:
    """Returns a certificate that was verified as PDF, one page.

    Raises:
        BadConfiguration: no Japanese font is installed.
        BadInput: it does not fit.
    """
    word = document.payload
    printed = print_pages(
        "certificate.html",
        word=word,
        city=city,
        began=_moment(word.began),
        ended=_moment(word.ended),
        last=_grouped(word.last.sha256) if word.last else [],
        chain=word.last.chain if word.last else "",
        document=_grouped(document.sha256),
    )
    if printed.pages != 1:
        raise BadInput(f"certificate of {word.node}: came to {printed.pages} pages; shorten the city's name")
    return printed.data


def verified(data: bytes, registration: bytes, office: Office) -> Signed[Decommissioned]:
    """Returns a certificate that the node of a registration signed.

    Raises:
        Refused: ``wrong-node``, ``bad-signature`` or the parsers' failures.
    """
    known = signed.parse("registration", Registration, registration)
    office.authority.payload.require(known, Role.REGISTRATION, known.payload.registered)
    document = parse_decommissioned(data.strip(), bytes.fromhex(known.payload.signing_key))
    if document.payload.node != known.payload.node:
        raise Refused("wrong-node", f"certificate of {document.payload.node}, registration of {known.payload.node}")
    return document


def _certificate(options: argparse.Namespace) -> int:
    office = open_office(options.desk)
    data = read_bounded(options.certificate, limit_bytes=DOCUMENT_LIMIT_BYTES)
    document = verified(data, _registration(options, office, data), office)
    write_durably(options.out, print_certificate(document, office.authority.payload.city), mode=0o600)
    word = document.payload
    last = f"last record {word.last.sequence}, {word.last.sha256}" if word.last else "nothing was ever recorded"
    text = f"{word.node}: destroyed, as it signed; {last}; in {options.out}"
    say(options, text, node=word.node, out=str(options.out), record=word.last.sha256 if word.last else None)
    return 0


def _registration(options: argparse.Namespace, office: Office, data: bytes) -> bytes:
    if options.registration is not None:
        return read_bounded(options.registration, limit_bytes=DOCUMENT_LIMIT_BYTES)
    node = signed.parse("decommissioned", Decommissioned, data.strip()).payload.node
    with Center(options.center, office.folder) as center:
        found = center.find(f"/v1/nodes/{node}/registration", limit_bytes=DOCUMENT_LIMIT_BYTES)
    if found is None:
        raise BadInput(f"{node}: the center knows no registration; nobody compared its key, so nothing proves this")
    return found


def _moment(at_us: int) -> str:
    at = to_datetime(at_us).astimezone(ZoneInfo(_ZONE))
    return f"{at.year}年{at.month}月{at.day}日 {at:%-H:%M}"


def _grouped(digest: str) -> list[str]:
    return [digest[at : at + _HASH_GROUP] for at in range(0, len(digest), _HASH_GROUP)]
