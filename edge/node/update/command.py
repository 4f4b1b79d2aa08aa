"""``mimamori node update``: as root, by hand or by a playbook; at boot with ``--resume``."""

from __future__ import annotations

import argparse
import json

from edge.base.clock import SystemClock
from edge.base.config import load
from edge.base.errors import BadInput, Refused, TryAgain
from edge.base.files import Lock, durable_directory
from edge.node.config import NodeConfig
from edge.node.credentials import load_authority
from edge.node.update.machine import Node, running_number
from edge.node.update.record import read_record
from edge.node.update.slots import Slots
from edge.node.update.updater import Updater
from edge.wire.visitreport import VisitState, read_visit

_RECORD = "update.json"
_VISITING = (VisitState.WAITING, VisitState.OPEN)


def update(options: argparse.Namespace) -> int:
    """Installs, resumes or tells; ``edge.node.commands`` has the options."""
    config = load(options.config, NodeConfig)
    slots, path = Slots(options.root), options.state / _RECORD
    if options.status:
        running = running_number(slots)
        print(json.dumps({"current": slots.current(), "running": running, **read_record(path).model_dump(mode="json")}))
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
