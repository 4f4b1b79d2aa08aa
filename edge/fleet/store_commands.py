"""``fleet init`` and ``on-site``: the store of what opens nodes, and what of it goes to a node."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge.base.errors import UsageFault
from edge.base.files import private_directory, write_durably
from edge.commission.certificate import CERTIFICATE, KEY
from edge.commission.config import on_site_address
from edge.desk.arguments import add_json, add_passphrase, node_id, passphrase_of, say
from edge.desk.keystore import KeyStore
from edge.fleet.onsitekit import kit_of, renew_pair


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the command."""
    init = subparsers.add_parser("init", help="make the store of what opens the nodes: passphrases, certificates")
    init.add_argument("--store", required=True, type=Path, metavar="DIR", help="an empty or new folder")
    add_passphrase(init)
    add_json(init)
    init.set_defaults(run=_init)
    kit = subparsers.add_parser("on-site", help="make or bring out a node's on-site certificate and network")
    kit.add_argument("--store", required=True, type=Path, metavar="DIR")
    kit.add_argument("--node", required=True, type=node_id)
    kit.add_argument("--address", required=True, type=_address, metavar="IP", help="[visit] address of its node.toml")
    kit.add_argument("--renew", action="store_true", help="another certificate; papers printed before no longer match")
    kit.add_argument("--out", required=True, type=Path, metavar="DIR", help="for its files, readable by you alone")
    add_passphrase(kit)
    add_json(kit)
    kit.set_defaults(run=_on_site)


def _address(text: str) -> str:
    try:
        return on_site_address(text)
    except ValueError as error:
        raise UsageFault(f"--address: {error}") from error


def _init(options: argparse.Namespace) -> int:
    KeyStore.create(options.store, passphrase_of(options, "New passphrase of the fleet's store", new=True))
    say(options, f"{options.store}: made; without its passphrase nobody can read it", store=str(options.store))
    return 0


def _on_site(options: argparse.Namespace) -> int:
    store = KeyStore.unlock(options.store, passphrase_of(options, "Passphrase of the fleet's store"))
    with store.exclusive():
        if options.renew:
            renew_pair(store, options.node, options.address)
        kit = kit_of(store, options.node, options.address)
    folder = private_directory(options.out)
    write_durably(folder / KEY, kit.pair.key, mode=0o600)
    write_durably(folder / CERTIFICATE, kit.pair.certificate)
    text = f"{options.node}: {KEY} and {CERTIFICATE} in {folder}, SHA-256 fingerprint\n{kit.pair.fingerprint}"
    say(options, text, node=options.node, out=str(folder), fingerprint=kit.pair.fingerprint)
    return 0
