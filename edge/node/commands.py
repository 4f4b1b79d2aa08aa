"""The ``mimamori node`` commands."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge.base.config import load
from edge.base.errors import UsageFault
from edge.node.carrying import warnings
from edge.node.config import NodeConfig
from edge.node.thrift import be_thrifty

_ROOT, _STATE = Path("/opt/mimamori"), Path("/var/lib/mimamori")


def add_parsers(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the commands; each sets ``run``, which takes the parsed options and returns an exit status."""
    init = actions.add_parser("init", help="make the node's keys and its enrolment, once, on the node")
    _add_config(init)
    init.add_argument("--ticket", required=True, type=Path, metavar="FILE", help="the desk's enrolment ticket")
    init.set_defaults(run=_init)
    record = actions.add_parser("record", help="record until the source ends or a signal comes")
    _add_config(record)
    record.add_argument("--seconds", type=_seconds, metavar="N", help="end after so much footage")
    record.set_defaults(run=_record)
    aim = actions.add_parser("aim", help="show an open visit what the camera sees, for the installer's page")
    _add_config(aim)
    aim.set_defaults(run=_aim)
    uplink = actions.add_parser("uplink", help="send what was recorded, and heartbeats")
    _add_config(uplink)
    uplink.set_defaults(run=_uplink)
    panel = actions.add_parser("panel", help="light the LED, read button and case switch")
    _add_config(panel)
    panel.set_defaults(run=_panel)
    commission = actions.add_parser("commission", help="serve the installer's page once the button is held")
    _add_config(commission)
    commission.set_defaults(run=_commission)
    storage = actions.add_parser("storage", help="check and mount the node's partitions, at boot and as root")
    for name in ("state", "spool"):
        storage.add_argument(f"--{name}", required=True, type=Path, metavar="DEVICE", help=f"the {name} partition")
    storage.set_defaults(run=_storage)
    fingerprint = actions.add_parser("fingerprint", help="print the page's certificate fingerprint, for the work order")
    _add_config(fingerprint)
    fingerprint.set_defaults(run=_fingerprint)
    _add_update(actions)
    _add_decommission(actions)


def _add_update(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    update = actions.add_parser("update", help="install a signed release, and keep it if it is well")
    _add_config(update)
    what = update.add_mutually_exclusive_group(required=True)
    what.add_argument("--release", type=Path, metavar="DIR", help="a release's folder")
    what.add_argument("--resume", action="store_true", help="lead an update that was cut off back; at boot")
    what.add_argument("--status", action="store_true", help="print what runs, as JSON")
    update.add_argument("--root", type=Path, default=_ROOT, metavar="DIR", help=f"of both environments; {_ROOT}")
    _add_state(update, "update")
    update.set_defaults(run=_update)


def _add_decommission(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = actions.add_parser("decommission", help="destroy keys and footage, and print what the node signs of it")
    _add_config(parser)
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--reference", metavar="ID", help="number of the city's order; no name")
    who.add_argument("--visit", action="store_true", help="on the word of the open visit, which asked for it")
    parser.add_argument("--also", action="append", default=[], type=Path, metavar="PATH", help="destroy this, too")
    parser.add_argument("--access", action="store_true", help="destroy what lets people into this machine, too")
    parser.add_argument("--unreceipted", action="store_true", help="even what the center never acknowledged")
    parser.add_argument("--wait", type=int, default=0, metavar="S", help="for missing receipts; none by default")
    parser.add_argument("--only", choices=("permit", "begin"), help="look whether it may be; note what is there")
    _add_state(parser, "decommission")
    parser.set_defaults(run=_decommission)


def _add_state(parser: argparse.ArgumentParser, name: str) -> None:
    state = _STATE / name
    parser.add_argument("--state", type=Path, default=state, metavar="DIR", help=f"of what is remembered; {state}")


def check_config(path: Path) -> int:
    """Says every fault of a ``node.toml``, and warns of limits that cannot carry what it records."""
    config = load(path, NodeConfig)
    if config.panel is None:
        print(f'{path}: warning: no [panel]: nobody is told when the case is opened; kind = "none" if it has no switch')
    elif config.panel.kind != "none":
        config.panel.pins()
    for warning in warnings(config):
        print(f"{path}: warning: {warning}")
    print(f"{path}: node {config.node} is configured without fault")
    return 0


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="node.toml")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 2**31:
        raise UsageFault(f"--seconds {text[:40]!r}: give a number of seconds above 0")
    return seconds


def _init(options: argparse.Namespace) -> int:
    from edge.node.initialise import initialise

    config = load(options.config, NodeConfig)
    identifier = initialise(config, options.ticket)
    print(f"{config.node}: signing key {identifier}; compare it with what the desk shows when it confirms the node")
    return 0


def _record(options: argparse.Namespace) -> int:
    be_thrifty()
    from edge.node.record import record

    return record(options.config, options.seconds)


def _aim(options: argparse.Namespace) -> int:
    be_thrifty()
    from edge.node.aim import aim

    return aim(options.config)


def _uplink(options: argparse.Namespace) -> int:
    be_thrifty()
    from edge.node.uplink import uplink

    return uplink(options.config)


def _panel(options: argparse.Namespace) -> int:
    from edge.node.panel import panel

    return panel(options.config)


def _commission(options: argparse.Namespace) -> int:
    be_thrifty()
    from edge.node.commission import commission

    return commission(options.config)


def _storage(options: argparse.Namespace) -> int:
    from edge.base.clock import SystemClock
    from edge.node.storage import Partitions

    partitions = Partitions(SystemClock())
    partitions.state(options.state)
    partitions.spool(options.spool)
    return 0


def _fingerprint(options: argparse.Namespace) -> int:
    from edge.node.commission import fingerprint

    print(fingerprint(load(options.config, NodeConfig)))
    return 0


def _update(options: argparse.Namespace) -> int:
    from edge.node.update.command import update

    return update(options)


def _decommission(options: argparse.Namespace) -> int:
    from edge.node.decommission.command import decommission

    return decommission(options)
