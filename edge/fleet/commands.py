"""The ``mimamori fleet`` commands: how their words are mounted; each group has a module of its own."""

from __future__ import annotations

import argparse

from edge.fleet import certificates, configuration_commands, order_commands, releases, revoking, store_commands
from edge.fleet.audit import commands as audit_commands
from edge.fleet.rotation import commands as rotation_commands


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts every fleet command; each sets ``run``, which takes the parsed options and returns an exit status."""
    store_commands.add_parsers(subparsers)
    order_commands.add_parsers(subparsers)
    configuration_commands.add_parsers(subparsers)
    releases.add_parsers(subparsers)
    certificates.add_parsers(subparsers)
    revoking.add_parsers(subparsers)
    rotation_commands.add_parsers(subparsers)
    audit_commands.add_parsers(subparsers)
