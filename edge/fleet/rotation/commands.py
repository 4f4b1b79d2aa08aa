"""``fleet rotate``: the words of rotation; what they do is in the modules beside this one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from edge.base.clock import SystemClock, to_datetime
from edge.base.errors import NotPermitted, Stop, TryAgain, UsageFault
from edge.desk.arguments import add_json, add_passphrase, node_id, passphrase_of, say
from edge.desk.keystore import KeyStore
from edge.fleet.rotation import key_commands
from edge.fleet.rotation.arguments import add_folder, add_store, add_targets, open_store
from edge.fleet.rotation.audit import Audited, Finding
from edge.fleet.rotation.entry import Entry
from edge.fleet.rotation.fleet import WORKERS, Report, Rotation
from edge.fleet.rotation.link import SshLink
from edge.fleet.rotation.papers import tell_papers
from edge.fleet.rotation.program import write_program
from edge.fleet.rotation.ride import Outcome
from edge.fleet.rotation.states import Stand
from edge.fleet.rotation.store import Store
from edge.fleet.rotation.targets import read_targets

_CONTROLLER = "this controller's key"
_WORKERS_MOST = 128


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the commands."""
    rotate = subparsers.add_parser("rotate", help="the fleet's passwords").add_subparsers(
        required=True, metavar="ACTION"
    )
    key_commands.add_parsers(rotate)
    run = _add(rotate, "run", "begin a round, or go on with the one that is open; audits at the end", _run)
    add_targets(run)
    run.add_argument("--new-round", action="store_true", help="although machines of the last one are still away")
    run.add_argument(
        "--only", action="append", default=[], type=node_id, metavar="NODE", help="leave the others pending"
    )
    run.add_argument("--fleet-store", type=Path, metavar="DIR", help="tell it the new on-site passphrases, for papers")
    add_passphrase(run, "fleet-store-")
    run.add_argument("--workers", type=_workers, default=WORKERS, metavar="N", help=f"at once, {WORKERS} if not given")
    audit = _add(rotate, "audit", "sign in to every machine, change nothing", _audit)
    add_targets(audit)
    _add(rotate, "status", "who is pending since when, and how old passwords are", _status)
    show = _add(rotate, "show", "print one password, for a person at that machine or a work order", _show)
    show.add_argument("--node", required=True, type=node_id)
    show.add_argument("--account", required=True, metavar="NAME")
    show.add_argument("--which", choices=("current", "previous", "pending"), default="current")
    program = rotate.add_parser("program", help="write the program that runs on each machine")
    program.add_argument("--out", required=True, type=Path, metavar="FILE")
    program.set_defaults(run=_program)


def _add(
    rotate: argparse._SubParsersAction[argparse.ArgumentParser], name: str, about: str, run: object
) -> argparse.ArgumentParser:
    parser = rotate.add_parser(name, help=about)
    add_store(parser)
    add_folder(parser, "controller", _CONTROLLER)
    add_json(parser)
    parser.set_defaults(run=run)
    return parser


def _workers(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _WORKERS_MOST:
        raise UsageFault(f"--workers {text[:16]!r}: a number from 1 to {_WORKERS_MOST} is needed")
    return int(text)


def _run(options: argparse.Namespace) -> int:
    store, papers = open_store(options), _papers(options)
    with store.exclusive():
        try:
            report = _rotation(options, store).run(anew=options.new_round, only=options.only)
        finally:
            if papers is not None:
                tell_papers(papers, store)
    say(options, _run_text(report), **_run_values(report))
    if report.stopped or report.bad:
        raise Stop(f"round {report.round}: {_fault(report)}; see the lines above, then run the same command again")
    if away := report.nodes(Stand.AWAY):
        raise TryAgain(f"round {report.round}: {len(away)} machines are away and stay pending; run the same again")
    return 0


def _papers(options: argparse.Namespace) -> KeyStore | None:
    """Unlocks the fleet's store before anything is rotated, where it was named."""
    if options.fleet_store is None:
        return None
    passphrase = passphrase_of(options, "Passphrase of the fleet's store", prefix="fleet-store-")
    return KeyStore.unlock(options.fleet_store, passphrase)


def _audit(options: argparse.Namespace) -> int:
    store = open_store(options)
    with store.exclusive():
        found = _rotation(options, store).audit(read_targets(options.targets))
    say(options, _audit_text(found), audited=_audit_values(found))
    if any(audited.finding.bad for audited in found):
        raise Stop("audit: passwords are not as the store has them; see the lines above")
    return 0


def _status(options: argparse.Namespace) -> int:
    store = open_store(options)
    newest = store.round()
    entries = [store.entry(node) for node in store.machines()]
    lines = [f"round {newest.round if newest else 'none'}", *(_entry_text(entry) for entry in entries)]
    values = [
        {
            "node": entry.node,
            "pending": entry.pending is not None,
            "made": entry.current.made if entry.current else None,
            "note": entry.note,
        }
        for entry in entries
    ]
    say(options, "\n".join(lines), round=newest.round if newest else None, machines=values)
    return 0


def _show(options: argparse.Namespace) -> int:
    entry = open_store(options).entry(options.node)
    held = getattr(entry, options.which)
    word = held.words.get(options.account) if held else None
    if word is None:
        raise NotPermitted(f"{options.node}: the store has no {options.which} password of account {options.account!r}")
    say(options, word, node=options.node, account=options.account, password=word)
    return 0


def _program(options: argparse.Namespace) -> int:
    write_program(options.out)
    print(f"{options.out}: the program for each machine's python3, as /usr/local/sbin/mimamori-rotation")
    return 0


def _rotation(options: argparse.Namespace, store: Store) -> Rotation:
    link = SshLink(options.ssh_config)
    targets = read_targets(options.targets)
    return Rotation(store, targets, link, SystemClock(), workers=getattr(options, "workers", WORKERS), tell=_tell)


def _tell(outcome: Outcome) -> None:
    print(f"{outcome.node}: {outcome.stand}{': ' if outcome.why else ''}{outcome.why}", file=sys.stderr, flush=True)


def _fault(report: Report) -> str:
    failed = report.nodes(Stand.FAILED)
    return f"stopped at {', '.join(failed)}" if report.stopped else f"the audit found {len(report.bad)} machines wrong"


def _run_text(report: Report) -> str:
    settled, away = report.nodes(Stand.SETTLED), report.nodes(Stand.AWAY)
    head = f"round {report.round}: {len(settled)} settled, {report.already} had been before, {len(away)} away"
    return "\n".join([head, *([_audit_text(report.audited)] if report.audited else [])])


def _run_values(report: Report) -> dict[str, object]:
    outcomes = [{"node": o.node, "stand": o.stand, "why": o.why} for o in report.outcomes]
    audited = _audit_values(report.audited)
    return {"round": report.round, "already": report.already, "outcomes": outcomes, "audited": audited}


def _audit_text(found: list[Audited]) -> str:
    good = sum(audited.finding is Finding.GOOD for audited in found)
    others = [f"{a.node}: {a.finding}: {a.why}" for a in found if a.finding is not Finding.GOOD]
    return "\n".join([f"audit: {good} of {len(found)} signed in with their new passwords alone", *others])


def _audit_values(found: list[Audited]) -> list[dict[str, str]]:
    return [{"node": a.node, "finding": a.finding, "why": a.why} for a in found]


def _entry_text(entry: Entry) -> str:
    made = f"{to_datetime(entry.current.made):%Y-%m-%d}" if entry.current else "never"
    state = f"pending since {to_datetime(entry.pending.made):%Y-%m-%d}" if entry.pending else "settled"
    return f"{entry.node}: made {made}, {state}{f': {entry.note}' if entry.pending and entry.note else ''}"
