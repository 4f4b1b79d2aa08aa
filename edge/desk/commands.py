"""The ``mimamori desk`` commands: how their words are mounted; each group has a module of its own."""

from __future__ import annotations

import argparse

from edge.desk import (
    city_commands,
    collect_commands,
    footage_commands,
    key_commands,
    mask_commands,
    node_commands,
    register_commands,
    verify_commands,
    visit_commands,
)


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts every desk command; each sets ``run``, which takes the parsed options and returns an exit status."""
    city_commands.add_parsers(subparsers)
    key_commands.add_parsers(subparsers)
    node_commands.add_parsers(subparsers)
    visit_commands.add_parsers(subparsers)
    register_commands.add_parsers(subparsers)
    mask_commands.add_parsers(subparsers)
    footage_commands.add_parsers(subparsers)
    collect_commands.add_parsers(subparsers)
    verify_commands.add_parsers(subparsers)
