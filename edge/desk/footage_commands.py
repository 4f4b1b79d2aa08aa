"""``desk fetch``, ``desk peel``, ``desk open`` and ``desk verify``: from the center's records to pictures."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from edge.base.errors import UsageFault
from edge.desk.arguments import add_json, add_passphrase, add_window, custodian_of, node_id, say
from edge.desk.center import Center
from edge.desk.excerpt import cut_out
from edge.desk.fetch import Window, fetch
from edge.desk.footage import write_footage
from edge.desk.office import open_office
from edge.desk.opening import open_segments
from edge.desk.peel import Choice, peel
from edge.desk.report import REPORT, write_report
from edge.desk.verify_commands import add_trust, require_unaltered


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the commands."""
    _add_fetch(subparsers.add_parser("fetch", help="bring a window's records from the center, still sealed"))
    _add_excerpt(subparsers.add_parser("excerpt", help="cut a window out of a bundle, still sealed and still proven"))
    _add_peel(subparsers.add_parser("peel", help="manager: open the outer layer of a bundle's records"))
    _add_open(subparsers.add_parser("open", help="operator: open what was peeled, to MP4"))


def _add_fetch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--desk", required=True, type=Path, metavar="DIR")
    parser.add_argument("--center", required=True, metavar="URL")
    parser.add_argument("--node", required=True, type=node_id)
    add_window(parser)
    parser.add_argument("--out", required=True, type=Path, metavar="BUNDLE")
    add_json(parser)
    parser.set_defaults(run=_fetch)


def _add_excerpt(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bundle", required=True, type=Path)
    add_window(parser)
    parser.add_argument("--out", required=True, type=Path, metavar="BUNDLE")
    add_json(parser)
    parser.set_defaults(run=_excerpt)


def _add_peel(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--store", required=True, type=Path, metavar="DIR", help="the manager's")
    parser.add_argument("--bundle", required=True, type=Path)
    parser.add_argument("--records", type=_choice, default=Choice(), metavar="FIRST-LAST", help="all if not given")
    parser.add_argument("--out", required=True, type=Path, metavar="PEELED")
    add_trust(parser)
    add_passphrase(parser)
    add_json(parser)
    parser.set_defaults(run=_peel)


def _add_open(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--store", required=True, type=Path, metavar="DIR", help="the operator's")
    parser.add_argument("--bundle", required=True, type=Path)
    parser.add_argument("--peeled", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path, metavar="DIR")
    add_trust(parser)
    add_passphrase(parser)
    add_json(parser)
    parser.set_defaults(run=_open)


def _choice(text: str) -> Choice:
    found = re.fullmatch(r"(\d{1,15})-(\d{1,15})", text[:40])
    if found is None or int(found[1]) > int(found[2]):
        raise UsageFault(f"--records {text[:40]!r}: write FIRST-LAST, two sequences")
    return Choice(int(found[1]), int(found[2]))


def _fetch(options: argparse.Namespace) -> int:
    office = open_office(options.desk)
    window = Window(options.node, options.start, options.end)
    with Center(options.center, office.folder) as center:
        fetched = fetch(center, office, window, options.out)
    text = f"{window.node}: {fetched.records} records, {fetched.bytes / 1e6:.1f} MB, in {options.out}"
    text += f"; {fetched.missing} bodies are not at the center any more or not yet" if fetched.missing else ""
    text += "" if fetched.registered else "; the node is not registered, so provenance cannot be proven"
    values = {"records": fetched.records, "missing": fetched.missing, "bytes": fetched.bytes}
    say(options, text, node=window.node, bundle=str(options.out), registered=fetched.registered, **values)
    return 0


def _excerpt(options: argparse.Namespace) -> int:
    excerpt = cut_out(options.bundle, (options.start, options.end), options.out)
    text = f"{excerpt.records} records, {excerpt.bytes / 1e6:.1f} MB, cut out into {options.out}"
    say(options, text, bundle=str(options.out), records=excerpt.records, bytes=excerpt.bytes)
    return 0


def _peel(options: argparse.Namespace) -> int:
    require_unaltered(options, options.bundle)
    index = peel(custodian_of(options), options.bundle, options.out, options.records)
    text = f"{index.node}: outer layer of {len(index.records)} records opened; give {options.out} to the operator"
    say(options, text, node=index.node, records=len(index.records), out=str(options.out))
    return 0


def _open(options: argparse.Namespace) -> int:
    require_unaltered(options, options.bundle)
    segments = open_segments(custodian_of(options), options.bundle, options.peeled, options.out)
    footage = write_footage(segments, options.out)
    report = write_report(options.out, segments, footage)
    files = [str(item.path) for item in footage]
    text = f"{len(segments)} segments opened: {', '.join(files)}; every segment's SHA-256 in {options.out / REPORT}"
    say(options, text, **report)
    return 0
