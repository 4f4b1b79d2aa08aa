"""``fleet audit``: looks at every machine, says what needs a person, and ends with a status that tells."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import tempfile
from pathlib import Path

from edge.base.clock import SystemClock
from edge.base.errors import BadInput, TryAgain
from edge.base.files import read_bounded, write_durably
from edge.desk.arguments import add_json
from edge.fleet.audit.found import read_found
from edge.fleet.audit.judge import Expected, Machine, judge
from edge.fleet.audit.report import page, table, values
from edge.fleet.audit.running import Playbooks

_STATUS_LIMIT_BYTES = 16 * 1024 * 1024


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the command."""
    audit = subparsers.add_parser("audit", help="look at every machine: drift, versions, ages, ports, who has access")
    audit.add_argument("--inventory", required=True, type=Path, metavar="DIR")
    audit.add_argument(
        "--ansible", type=Path, metavar="DIR", help="playbooks and roles, if not the ones shipped with it"
    )
    audit.add_argument("--more", default="", metavar="WORDS", help="further arguments of ansible-playbook")
    audit.add_argument(
        "--admin", default="mimamori-admin", metavar="USER", help="the one account that people sign in to"
    )
    audit.add_argument("--rotation", type=Path, metavar="FILE", help="what 'fleet rotate status --json' printed")
    audit.add_argument("--city", default="", metavar="NAME", help="whose fleet it is, for the page")
    audit.add_argument("--html", type=Path, metavar="FILE", help="write the page there")
    add_json(audit)
    audit.set_defaults(run=_audit)


def _audit(options: argparse.Namespace) -> int:
    more = tuple(shlex.split(options.more))
    shipped = Playbooks(options.inventory, more=more)
    books = shipped if options.ansible is None else Playbooks(options.inventory, options.ansible.resolve(), more)
    expected = Expected(
        books.machines("nodes"), options.admin, _pending(options.rotation), books.machines("bastion", needed=False)
    )
    clock = SystemClock()
    with tempfile.TemporaryDirectory(prefix="mimamori-audit-") as name:
        books.audit(Path(name))
        machines = judge(read_found(Path(name)), expected, clock.now_us())
    if options.html is not None:
        write_durably(options.html, page(machines, options.city, clock.now_us()).encode())
    print(json.dumps(values(machines), ensure_ascii=False) if options.json else table(machines))
    sys.stdout.flush()
    return verdict(machines)


def verdict(machines: tuple[Machine, ...]) -> int:
    """Returns 0 where nothing is to be done and 1 where there are findings.

    Raises:
        TryAgain: nothing but machines that did not answer.
    """
    silent = [machine.name for machine in machines if machine.looked is None]
    found = [machine.name for machine in machines if machine.looked is not None and machine.findings]
    if found:
        print(f"audit: {len(found)} machines need somebody: {', '.join(found[:10])}; see findings", file=sys.stderr)
        return 1
    if silent:
        raise TryAgain(f"audit: {len(silent)} machines did not answer: {', '.join(silent[:10])}; the others are fine")
    return 0


def _pending(path: Path | None) -> frozenset[str]:
    if path is None:
        return frozenset()
    try:
        tree = json.loads(read_bounded(path, limit_bytes=_STATUS_LIMIT_BYTES))
        return frozenset(str(machine["node"]) for machine in tree["machines"] if machine["pending"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadInput(f"{path}: not what 'mimamori fleet rotate status --json' prints: {error}") from error
