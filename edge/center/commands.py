"""The ``mimamori center`` commands."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge.base.config import load
from edge.center import staff_commands
from edge.center.config import CenterConfig
from edge.center.neighbours import add_parser as add_render
from edge.center.refusals import add_parser as add_refusals


def add_parsers(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the commands; each sets ``run``, which takes the parsed options and returns an exit status."""
    serve = actions.add_parser("serve", help="receive, keep, receipt and show; behind nginx and mosquitto")
    serve.add_argument("--config", required=True, type=Path, metavar="FILE", help="center.toml")
    serve.set_defaults(run=_serve)
    add_render(actions.add_parser("render", help="write nginx's and mosquitto's configurations from the templates"))
    add_refusals(actions.add_parser("refusals", help="write the list of clients that the broker refuses"))
    staff_commands.add_parsers(actions)


def check_config(path: Path) -> int:
    """Says every fault of a ``center.toml``."""
    config = load(path, CenterConfig)
    print(f"{path}: center of {config.city} is configured without fault")
    return 0


def _serve(options: argparse.Namespace) -> int:
    from edge.center.serve import serve

    serve(options.config)
    return 0
