"""``mimamori node update``: as root, by hand or by a playbook; at boot with ``--resume``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from edge.base.clock import SystemClock
from edge.base.config import load
from edge.base.errors import BadInput, Refused, TryAgain
from edge.base.files import Lock, durable_directory
from edge.node.config import NodeConfig
from edge.node.credentials import load_authority
from edge.node.update.machine import Node
from edge.node.update.record import read_record
from edge.node.update.slots import Slots
from edge.node.update.updater import Updater
from edge.wire.visitreport import VisitState, read_visit

ROOT = Path("/opt/mimamori")
STATE = Path("/var/lib/mimamori/update")
_RECORD = "update.json"
_VISITING = (VisitState.WAITING, VisitState.OPEN)


def add_parser(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the command."""
    update = actions.add_parser("update", help="install a signed release, and keep it if it is well")
    update.add_argument("--config", required=True, type=Path, metavar="FILE", help="node.toml")
    what = update.add_mutually_exclusive_group(required=True)
    what.add_argument("--release", type=Path, metavar="DIR", help="a release's folder")
    what.add_argument("--resume", action="store_true", help="lead an update that was cut off back; at boot")
    what.add_argument("--status", action="store_true", help="print what runs, as JSON")
    update.add_argument("--root", type=Path, default=ROOT, metavar="DIR", help=f"of both environments; {ROOT}")
    update.add_argument("--state", type=Path, default=STATE, metavar="DIR", help=f"of what is remembered; {STATE}")
    update.set_defaults(run=_update)


def _update(options: argparse.Namespace) -> int:
    config = load(options.config, NodeConfig)
    slots, path = Slots(options.root), options.state / _RECORD
    if options.status:
        print(json.dumps({"current": slots.current(), **read_record(path).model_dump(mode="json")}))
        return 0
    durable_directory(options.state)
    with Lock(options.state / "lock", "update"):
        node = Node(slots, options.config, config.status)
        updater = Updater(slots, path, node, SystemClock(), lambda text: print(text, flush=True))
        if options.resume:
            print("an update was cut off; the release before runs" if updater.resume() else "no update was cut off")
            return 0
        _require_nobody_visits(config)
        updater.update(options.release, load_authority(config))
    return 0


def _require_nobody_visits(config: NodeConfig) -> None:
    try:
        state = read_visit(config.visit_report).state
    except (BadInput, Refused):
        return
    if state in _VISITING:
        raise TryAgain(f"{config.node}: an installer's visit is {state}; update once it is over")
