"""``fleet init``: the store of what opens nodes."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge.desk.arguments import add_json, add_passphrase, passphrase_of, say
from edge.desk.keystore import KeyStore


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the command."""
    init = subparsers.add_parser("init", help="make the store of what opens the nodes: passphrases, certificates")
    init.add_argument("--store", required=True, type=Path, metavar="DIR", help="an empty or new folder")
    add_passphrase(init)
    add_json(init)
    init.set_defaults(run=_init)


def _init(options: argparse.Namespace) -> int:
    KeyStore.create(options.store, passphrase_of(options, "New passphrase of the fleet's store", new=True))
    say(options, f"{options.store}: made; without its passphrase nobody can read it", store=str(options.store))
    return 0
