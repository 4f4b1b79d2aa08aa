"""``fleet configuration``: a node's ``node.toml`` from its city's profile, for playbooks and for people."""

from __future__ import annotations

import argparse
import sys

from pydantic import ValidationError

from edge.base.errors import UsageFault
from edge.base.model import faults
from edge.fleet.profile import Own, node_toml, read_profile


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the command."""
    made = subparsers.add_parser("configuration", help="print a node's node.toml, made from its city's profile")
    made.add_argument("--profile", required=True, metavar="CITY", help="name of a shipped profile, or a .toml file")
    made.add_argument("--node", required=True, metavar="ID")
    made.add_argument("--camera", required=True, metavar="TEXT", help="what the burnt-in text calls the camera")
    made.add_argument("--label", required=True, metavar="TEXT", help="the place, for people")
    made.add_argument("--center", required=True, metavar="HOST", help="host under which the node reaches the center")
    made.set_defaults(run=_print)


def _print(options: argparse.Namespace) -> int:
    given = {name: getattr(options, name) for name in ("node", "camera", "label", "center")}
    try:
        own = Own.model_validate(given)
    except ValidationError as error:
        raise UsageFault("; ".join(faults(error))) from error
    sys.stdout.write(node_toml(read_profile(options.profile), own).decode())
    return 0
