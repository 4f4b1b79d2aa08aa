"""What a person decides at the center: a node is taken out of service, a forked chain goes on.

Both change the index alone, so the center may be running; it looks at the index for every request.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from edge.base.clock import SystemClock
from edge.base.config import load
from edge.base.errors import UsageFault
from edge.base.model import Hex16, NodeId
from edge.center.alarm import clear_alarm, open_alarms
from edge.center.config import CenterConfig
from edge.center.database import Database
from edge.center.nodes import require_node, revoke

_NODE, _CHAIN = TypeAdapter(NodeId), TypeAdapter(Hex16)


def add_parsers(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts ``center revoke`` and ``center unfreeze``."""
    out = actions.add_parser("revoke", help="take a node out of service: stolen, broken or replaced")
    _add_common(out)
    out.set_defaults(run=_revoke)
    on = actions.add_parser("unfreeze", help="let a forked chain go on once somebody has found out why it forked")
    _add_common(on)
    on.add_argument("--chain", required=True, type=_chain, metavar="HEX", help="as the fleet page shows it")
    on.set_defaults(run=_unfreeze)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="center.toml")
    parser.add_argument("--node", required=True, type=_node)


def _revoke(options: argparse.Namespace) -> int:
    with _index(options.config) as database, database.write() as connection:
        require_node(connection, options.node)
        revoke(connection, options.node, SystemClock().now_us())
    print(f"{options.node}: out of service; its records stay, nothing more is taken from it, no certificate is renewed")
    return 0


def _unfreeze(options: argparse.Namespace) -> int:
    with _index(options.config) as database, database.write() as connection:
        frozen = {(alarm.node, alarm.kind, alarm.subject) for alarm in open_alarms(connection)}
        if (options.node, "fork", options.chain) not in frozen:
            raise UsageFault(f"{options.node}: chain {options.chain} is not frozen; the fleet page shows which are")
        clear_alarm(connection, options.node, "fork", options.chain, SystemClock().now_us())
    print(f"{options.node}: chain {options.chain} goes on; another fork freezes it again")
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


def _chain(text: str) -> str:
    try:
        return _CHAIN.validate_python(text)
    except ValidationError as error:
        raise UsageFault(f"--chain {text[:64]!r}: a chain id has 32 hex digits") from error
