"""``fleet rotate init``, ``add``, ``restore``: who may open the store."""

from __future__ import annotations

import argparse

from pydantic import TypeAdapter, ValidationError

from edge.base.errors import UsageFault
from edge.base.model import OpaqueId
from edge.desk.arguments import passphrase_of
from edge.fleet.rotation.arguments import add_folder, add_store, open_key
from edge.fleet.rotation.keys import RECOVERY, add_controller, found, replace_controllers
from edge.fleet.rotation.store import Store

_NAME: TypeAdapter[str] = TypeAdapter(OpaqueId)


def add_parsers(rotate: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the commands."""
    init = rotate.add_parser("init", help="make an empty store, its controller's key and its recovery key")
    add_store(init)
    add_folder(init, "controller", "where this controller's key is made")
    add_folder(init, "recovery", "where the recovery key is made; carry it to a safe")
    init.add_argument("--name", type=_name, default="controller-1", metavar="ID")
    init.set_defaults(run=_init)
    add = rotate.add_parser("add", help="let another controller open the store")
    add_store(add)
    add_folder(add, "controller", "this controller's key")
    add_folder(add, "new", "where the other's key is made; carry it there")
    add.add_argument("--name", required=True, type=_name, metavar="ID")
    add.set_defaults(run=_add)
    restore = rotate.add_parser("restore", help="put a new controller in place of lost ones, by the recovery key")
    add_store(restore)
    add_folder(restore, "recovery", "the recovery key")
    add_folder(restore, "new", "where the new controller's key is made")
    restore.add_argument("--name", required=True, type=_name, metavar="ID")
    restore.set_defaults(run=_restore)


def _name(text: str) -> str:
    try:
        name = _NAME.validate_python(text)
    except ValidationError as error:
        raise UsageFault(f"--name {text[:64]!r}: letters, digits, '.', '_' and '-'") from error
    if name == RECOVERY:
        raise UsageFault(f"--name {RECOVERY}: is the recovery key's own name; give another")
    return name


def _init(options: argparse.Namespace) -> int:
    controller = passphrase_of(options, "New passphrase of this controller's key", prefix="controller-", new=True)
    recovery = passphrase_of(options, "New passphrase of the recovery key", prefix="recovery-", new=True)
    found(options.store, (options.controller, options.name, controller), (options.recovery, recovery))
    print(f"{options.store}: an empty store for {options.name}; carry {options.recovery} to a safe")
    return 0


def _add(options: argparse.Namespace) -> int:
    key = open_key(options)
    store = Store(options.store, key)
    passphrase = passphrase_of(options, "New passphrase of the other controller's key", prefix="new-", new=True)
    with store.exclusive():
        add_controller(store, key, options.new, options.name, passphrase)
    print(f"{options.store}: opens for {options.name} too; carry {options.new} there, and a copy of the store")
    return 0


def _restore(options: argparse.Namespace) -> int:
    key = open_key(options, "recovery")
    store = Store(options.store, key)
    passphrase = passphrase_of(options, "New passphrase of the new controller's key", prefix="new-", new=True)
    with store.exclusive():
        changed = replace_controllers(store, key, options.new, options.name, passphrase)
    machines = len(changed.machines())
    print(
        f"{options.store}: machines: {machines}; opens for {options.name} and the recovery key alone; begin a new round"
    )
    return 0
