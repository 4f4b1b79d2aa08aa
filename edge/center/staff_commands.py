"""What a person decides at the center: a node is taken out of service, its alarms are settled, its host forgotten.

They change the index alone, so the center may be running; it looks at the index for every request.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from edge.base.clock import SystemClock
from edge.base.config import load
from edge.base.errors import Refused, UsageFault
from edge.base.model import NodeId
from edge.center.alarm import clear_alarm, open_alarms
from edge.center.config import CenterConfig
from edge.center.database import Database
from edge.center.nodes import find_node, revoke
from edge.center.register import forget_entry

_NODE = TypeAdapter(NodeId)


def add_parsers(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts ``center revoke``, ``center settle`` and ``center forget``."""
    out = actions.add_parser("revoke", help="take a node out of service: stolen, broken or replaced")
    _add_common(out)
    out.set_defaults(run=_revoke)
    settle = actions.add_parser("settle", help="a person found out why: end a node's alarms, let a forked chain go on")
    _add_common(settle)
    settle.set_defaults(run=_settle)
    forget = actions.add_parser("forget", help="delete a node's register entry: address, host's name and number")
    _add_common(forget)
    forget.set_defaults(run=_forget)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="center.toml")
    parser.add_argument("--node", required=True, type=_node)


def _revoke(options: argparse.Namespace) -> int:
    with _index(options.config) as database, database.write() as connection:
        known = find_node(connection, options.node)
        if known is None:
            raise Refused("unknown-node", f"node {options.node!r} is not enrolled here; the fleet page has their ids")
        revoke(connection, options.node, SystemClock().now_us())
    was = "was out of service already" if known.revoked_us is not None else "out of service"
    print(f"{options.node}: {was}; its records stay, nothing more is taken from it, no certificate is renewed")
    print("its session ends, and is refused, when the broker is started anew: systemctl restart mimamori-center-broker")
    return 0


def _settle(options: argparse.Namespace) -> int:
    with _index(options.config) as database, database.write() as connection:
        standing = [alarm for alarm in open_alarms(connection) if alarm.node == options.node]
        if not standing:
            raise UsageFault(f"{options.node}: has no alarm that waits for a person; the fleet page shows whose do")
        for alarm in standing:
            clear_alarm(connection, alarm.node, alarm.kind, alarm.subject, SystemClock().now_us())
    print("\n".join(f"{alarm.node}: {alarm.kind} ({alarm.detail}) of {alarm.subject} settled" for alarm in standing))
    return 0


def _forget(options: argparse.Namespace) -> int:
    with _index(options.config) as database, database.write() as connection:
        if not forget_entry(connection, options.node):
            raise UsageFault(f"{options.node}: has no register entry")
    print(f"{options.node}: register entry deleted; the next visit that is signed off writes another")
    return 0


@contextmanager
def _index(path: Path) -> Iterator[Database]:
    database = Database(load(path, CenterConfig).index)
    try:
        yield database
    finally:
        database.close()


def _node(text: str) -> str:
    try:
        return _NODE.validate_python(text)
    except ValidationError as error:
        raise UsageFault(f"--node {text[:64]!r}: a node id has lower-case letters, digits and hyphens") from error
