"""``fleet init`` and ``on-site``: the store of what opens nodes, and what of it goes to a node."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge.base.files import private_directory, write_durably
from edge.desk.arguments import add_json, add_passphrase, node_id, passphrase_of, say
from edge.desk.keystore import KeyStore
from edge.fleet.onsitekit import kit_of, node_files, renew_pair
from edge.fleet.profile import read_profile


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the command."""
    init = subparsers.add_parser("init", help="make the store of what opens the nodes: passphrases, certificates")
    init.add_argument("--store", required=True, type=Path, metavar="DIR", help="an empty or new folder")
    add_passphrase(init)
    add_json(init)
    init.set_defaults(run=_init)
    kit = subparsers.add_parser("on-site", help="make or bring out what opens a node: certificate, key, network")
    kit.add_argument("--store", required=True, type=Path, metavar="DIR")
    kit.add_argument("--node", required=True, type=node_id)
    kit.add_argument("--profile", required=True, metavar="CITY", help="of the node, or a .toml file")
    kit.add_argument("--renew", action="store_true", help="another certificate; papers printed before no longer match")
    kit.add_argument("--out", required=True, type=Path, metavar="DIR", help="for its files, readable by you alone")
    add_passphrase(kit)
    add_json(kit)
    kit.set_defaults(run=_on_site)


def _init(options: argparse.Namespace) -> int:
    KeyStore.create(options.store, passphrase_of(options, "New passphrase of the fleet's store", new=True))
    say(options, f"{options.store}: made; without its passphrase nobody can read it", store=str(options.store))
    return 0


def _on_site(options: argparse.Namespace) -> int:
    profile = read_profile(options.profile)
    store = KeyStore.unlock(options.store, passphrase_of(options, "Passphrase of the fleet's store"))
    with store.exclusive():
        if options.renew:
            renew_pair(store, options.node, profile.visit.address)
        kit = kit_of(store, options.node, profile.visit.address)
    files = node_files(kit, profile)
    for file in files:
        target = options.out / file.path.lstrip("/")
        write_durably(private_directory(target.parent) / target.name, file.data, mode=file.mode)
    lines = [f"{file.path} {file.mode:04o} {file.owner}" for file in files]
    text = "\n".join([f"{options.node}: in {options.out}, to be laid on the node as", *lines, kit.pair.fingerprint])
    say(options, text, node=options.node, files=[file.path for file in files], fingerprint=kit.pair.fingerprint)
    return 0
