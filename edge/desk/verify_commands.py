"""``desk verify``: four answers for each bundle, and one status."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

from edge.base.errors import BadInput, Refused
from edge.base.files import read_bounded
from edge.desk.periods import zone_named
from edge.desk.verdict import QUESTIONS, describe
from edge.seal import bundle
from edge.seal.answers import Report, Trust
from edge.seal.verify import verify
from edge.wire import signed
from edge.wire.authority import Authority


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the command."""
    parser = subparsers.add_parser("verify", help="what a bundle proves; status 0 proven, 1 altered, 2 cannot tell")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a bundle, or a file of records in one")
    add_trust(parser)
    parser.add_argument("--timezone", default="Asia/Tokyo", metavar="ZONE", help="of the times shown; Asia/Tokyo")
    parser.add_argument("--json", action="store_true", help="print one JSON object a path")
    parser.set_defaults(run=_verify)


def add_trust(parser: argparse.ArgumentParser) -> None:
    """Adds ``--root`` and ``--demo``."""
    parser.add_argument("--root", type=Path, metavar="FILE", help="root.pub of the city that is trusted")
    parser.add_argument("--demo", action="store_true", help="a demonstration's root counts")


def trust_of(options: argparse.Namespace) -> Trust | None:
    """Returns what the options trust; None where they name no root."""
    return None if options.root is None else Trust(read_root(options.root), demo=options.demo)


def demonstration_trust(path: Path) -> Trust | None:
    """Returns the root that a bundle itself names, where it is marked as a demonstration's; else None.

    A root that comes with the evidence proves nothing, so this serves only who tries the product out: a real city's
    authority is never taken from its own bundle.
    """
    authority = (path if path.is_dir() else path.parent) / bundle.AUTHORITY
    try:
        data = read_bounded(authority, limit_bytes=signed.DOCUMENT_LIMIT_BYTES)
        named = signed.parse("authority", Authority, data).payload
    except (BadInput, Refused):
        return None
    return Trust(bytes.fromhex(named.root), demo=True) if named.demo else None


def require_unaltered(options: argparse.Namespace, folder: Path) -> None:
    """Refuses a bundle that proves to be altered or foreign, where the options name a root to hold it against.

    Anybody can seal a made-up picture to published recipients; only the registered key's signature tells it apart.

    Raises:
        Refused: ``altered``.
    """
    if options.root is None:
        return
    report = verify(folder, trust_of(options))
    if report.status == 1:
        raise Refused(
            "altered", f"{folder}: altered or foreign; 'mimamori desk verify {folder} --root {options.root}' says more"
        )


def read_root(path: Path) -> bytes:
    """Reads a root's public key: 64 hex digits.

    Raises:
        BadInput: unreadable, or something else.
    """
    try:
        root = bytes.fromhex(read_bounded(path, limit_bytes=128).decode("ascii").strip())
    except ValueError as error:
        raise BadInput(f"{path}: not a root's public key of 64 hex digits") from error
    if len(root) != 32:
        raise BadInput(f"{path}: a root's public key has 64 hex digits; this has {len(root) * 2}")
    return root


def report_tree(path: Path, report: Report) -> dict[str, object]:
    """Returns a report as JSON carries it: each answer's outcome under its name, reasons apart."""
    return {
        "path": str(path),
        **{question: getattr(report, question).outcome.value for question in QUESTIONS},
        "reasons": {question: list(getattr(report, question).reasons) for question in QUESTIONS},
        "node": report.node,
        "records": report.records,
        "segments": report.segments,
        "gaps": [dataclasses.asdict(gap) for gap in report.gaps],
        "start_us": report.start_us,
        "end_us": report.end_us,
        "not_before_us": report.not_before_us,
        "not_after_us": report.not_after_us,
        "demo": report.demo,
        "status": report.status,
    }


def _verify(options: argparse.Namespace) -> int:
    statuses, zone = [], zone_named(options.timezone)
    for path in options.paths:
        report = verify(path, trust_of(options) or demonstration_trust(path))
        statuses.append(report.status)
        tree = json.dumps(report_tree(path, report), ensure_ascii=False)
        print(tree if options.json else describe(path, report, zone))
    return next((status for status in (1, 2) if status in statuses), 0)
