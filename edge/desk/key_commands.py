"""``desk keys``: issue, merge, sign, status, expire, publish."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from edge.base.files import write_durably
from edge.desk.arguments import (
    add_clock,
    add_json,
    add_passphrase,
    clock_of,
    custodian_of,
    day,
    moment,
    node_id,
    office_of,
    say,
)
from edge.desk.center import Center
from edge.desk.custodian import CARD_NAME, read_card
from edge.desk.daykeys import issue_halves
from edge.desk.expiry import DAYS_AT_ONCE, NodeStatus, Rule, expire, status
from edge.desk.keylists import Merge, merge, read_halves, read_key_list, sign_list
from edge.desk.office import open_office
from edge.desk.periods import is_week, local_day, periods_from, zone_named
from edge.desk.publish import newest, publish
from edge.desk.revoked import require_in_service

_SOON_DAYS = 30


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the commands."""
    keys = subparsers.add_parser("keys", help="day keys and key lists").add_subparsers(required=True, metavar="ACTION")
    _add_issue(keys.add_parser("issue", help="make this custodian's private day keys; hand over their recipients"))
    _add_merge(keys.add_parser("merge", help="make a key list of both custodians' halves"))
    _add_sign(keys.add_parser("sign", help="sign a key list as one custodian"))
    _add_status(keys.add_parser("status", help="what this store holds"))
    _add_expire(keys.add_parser("expire", help="destroy the private keys of days past the retention"))
    _add_publish(keys.add_parser("publish", help="hand the key list to the center, for the node to fetch"))


def _add_issue(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--store", required=True, type=Path, metavar="DIR")
    parser.add_argument("--node", required=True, type=node_id)
    parser.add_argument("--days", type=int, default=90, metavar="N")
    parser.add_argument("--from", dest="first", type=day, metavar="DAY", help="first local day; today if not given")
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="the halves: recipients only")
    _add_zone(parser)
    add_passphrase(parser)
    add_clock(parser)
    add_json(parser)
    parser.set_defaults(run=_issue)


def _add_merge(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--desk", required=True, type=Path, metavar="DIR", help="a folder that 'desk init' made")
    parser.add_argument("--manager", required=True, type=Path, metavar="HALVES")
    parser.add_argument("--operator", required=True, type=Path, metavar="HALVES")
    parser.add_argument(
        "--previous", type=Path, metavar="LIST", help="the key list before, where this desk did not publish it"
    )
    parser.add_argument("--out", required=True, type=Path, metavar="LIST")
    _add_zone(parser)
    add_clock(parser)
    add_json(parser)
    parser.set_defaults(run=_merge)


def _add_sign(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--store", required=True, type=Path, metavar="DIR")
    parser.add_argument("list", type=Path, metavar="LIST", help="signed in place")
    add_passphrase(parser)
    add_json(parser)
    parser.set_defaults(run=_sign)


def _add_status(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--store", required=True, type=Path, metavar="DIR")
    _add_zone(parser)
    add_clock(parser)
    add_json(parser)
    parser.set_defaults(run=_status)


def _add_expire(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--store", required=True, type=Path, metavar="DIR")
    parser.add_argument("--retention-days", required=True, type=int, metavar="N", help="2 to 31")
    parser.add_argument("--now", type=moment, metavar="ISO8601", help="count from this time instead of the clock's")
    parser.add_argument(
        "--confirm-days", type=int, metavar="N", help=f"that many days may go, where more than {DAYS_AT_ONCE} are due"
    )
    _add_zone(parser)
    add_clock(parser)
    add_json(parser)
    parser.set_defaults(run=_expire)


def _add_publish(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--desk", required=True, type=Path, metavar="DIR")
    parser.add_argument("--center", required=True, metavar="URL")
    parser.add_argument("list", type=Path, metavar="LIST")
    add_json(parser)
    parser.set_defaults(run=_publish)


def _add_zone(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--timezone", default="Asia/Tokyo", metavar="ZONE", help="of the node; Asia/Tokyo if not given")


def _issue(options: argparse.Namespace) -> int:
    zone = zone_named(options.timezone)
    custodian = custodian_of(options)
    now_us = clock_of(options, demo=custodian.card.demo).now_us()
    periods = periods_from(options.first or local_day(now_us, zone), options.days)
    halves = issue_halves(custodian, options.node, periods, now_us)
    write_durably(options.out, halves.data)
    days = [half.period for half in halves.payload.halves if not is_week(half.period)]
    left_out = len(periods) - len(halves.payload.halves)
    text = f"{options.node}: {len(days)} days of the {custodian.card.role}'s keys; recipients in {options.out}"
    text += f"; {left_out} left out, destroyed before" if left_out else ""
    say(options, text, node=options.node, days=len(days), left_out=left_out, out=str(options.out))
    return 0


def _merge(options: argparse.Namespace) -> int:
    office, clock = office_of(options)
    authority = office.authority.payload
    manager, operator = read_halves(options.manager, authority), read_halves(options.operator, authority)
    require_in_service(office.folder, manager.payload.node)
    previous = newest(office, manager.payload.node) if options.previous is None else read_key_list(options.previous)
    parts = Merge(manager=manager, operator=operator, previous=previous)
    document = merge(parts, clock.now_us(), zone_named(options.timezone))
    write_durably(options.out, document.data)
    listed = document.payload
    text = f"{listed.node}: key list {listed.version}, {len(listed.days)} days to {listed.days[-1].period}"
    say(
        options,
        f"{text}, in {options.out}; both custodians sign it now",
        node=listed.node,
        version=listed.version,
        out=str(options.out),
    )
    return 0


def _sign(options: argparse.Namespace) -> int:
    document = read_key_list(options.list)
    custodian = custodian_of(options)
    document = sign_list(custodian, document)
    write_durably(options.list, document.data)
    listed, signatures = document.payload, len(document.signatures)
    text = f"{listed.node}: key list {listed.version} signed by the {custodian.card.role}; {signatures} of 2 signatures"
    say(options, text, node=listed.node, version=listed.version, signatures=signatures)
    return 0


def _status(options: argparse.Namespace) -> int:
    card = read_card(options.store / CARD_NAME)
    today = local_day(clock_of(options, demo=card.demo).now_us(), zone_named(options.timezone))
    nodes = status(options.store, today)
    lines = [f"{card.role}'s store {options.store}: nodes: {len(nodes)}"] + [_line(node) for node in nodes]
    say(options, "\n".join(lines), role=card.role, nodes=[dataclasses.asdict(node) for node in nodes])
    return 0


def _line(node: NodeStatus) -> str:
    span = f"{node.first} to {node.last}" if node.first else "no day"
    text = f"  {node.node}: {span}, {node.days} days and {node.spares} spares held, {node.destroyed} destroyed"
    text += f", {len(node.missing)} missing between" if node.missing else ""
    return text + (f"; only {node.days_left} days left: issue more" if node.days_left < _SOON_DAYS else "")


def _expire(options: argparse.Namespace) -> int:
    card = read_card(options.store / CARD_NAME)
    now_us = clock_of(options, demo=card.demo).now_us()
    today = local_day(now_us if options.now is None else options.now, zone_named(options.timezone))
    gone = expire(options.store, Rule(options.retention_days, today, options.confirm_days), now_us)
    lines = [f"{len(gone)} of the {card.role}'s private keys destroyed: {options.retention_days} days or more back"]
    lines += [f"  {item.node} {item.period}" for item in gone]
    say(options, "\n".join(lines), destroyed=[dataclasses.asdict(item) for item in gone])
    return 0


def _publish(options: argparse.Namespace) -> int:
    office = open_office(options.desk)
    document = read_key_list(options.list)
    require_in_service(office.folder, document.payload.node)
    with Center(options.center, office.folder) as center:
        publish(center, office, document)
    text = f"{document.payload.node}: key list {document.payload.version} is at the center"
    say(options, text, node=document.payload.node, version=document.payload.version)
    return 0
