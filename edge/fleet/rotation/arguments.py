"""What the commands of ``mimamori fleet rotate`` share."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge.desk.arguments import passphrase_of
from edge.fleet.rotation.keys import unlock
from edge.fleet.rotation.store import Key, Store


def add_store(parser: argparse.ArgumentParser) -> None:
    """Adds ``--store``."""
    parser.add_argument("--store", required=True, type=Path, metavar="DIR", help="the encrypted passwords")


def add_folder(parser: argparse.ArgumentParser, name: str, about: str) -> None:
    """Adds ``--name DIR`` with its passphrase."""
    parser.add_argument(f"--{name}", required=True, type=Path, metavar="DIR", help=about)
    group = parser.add_mutually_exclusive_group()
    what = f"passphrase of --{name}: first line of FILE; asked for if not given"
    group.add_argument(f"--{name}-passphrase-file", type=Path, metavar="FILE", help=what)
    group.add_argument(f"--{name}-passphrase-fd", type=int, metavar="N", help="read it from this descriptor")


def add_targets(parser: argparse.ArgumentParser) -> None:
    """Adds what reaches machines."""
    parser.add_argument("--targets", required=True, type=Path, metavar="FILE", help="targets.json")
    parser.add_argument("--ssh-config", type=Path, metavar="FILE", help="ssh_config of the management link")


def open_key(options: argparse.Namespace, name: str = "controller") -> Key:
    """Unlocks the key in the folder ``--name``."""
    passphrase = passphrase_of(options, f"Passphrase of the {name}'s key", prefix=f"{name}-")
    folder: Path = getattr(options, name)
    return unlock(folder, passphrase)


def open_store(options: argparse.Namespace) -> Store:
    """Opens ``--store`` with the key of ``--controller``."""
    return Store(options.store, open_key(options))
