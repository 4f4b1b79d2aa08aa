"""Who may open the store: each controller has a key of its own in a key store, and a recovery key lies in a safe.

A lost controller is replaced with the recovery key: the new one becomes a recipient, the lost one is none any more.
A copy of before still opens for whoever has the lost one's key and passphrase; a new round makes it worthless.
"""

from __future__ import annotations

import os
from pathlib import Path

import pyrage

from edge.base.errors import BadInput, NotPermitted, Refused
from edge.base.model import Hex32, OpaqueId, Strict, from_json, to_json
from edge.desk.keystore import FILE_LIMIT_BYTES, KeyStore
from edge.desk.passphrase import Passphrase
from edge.fleet.rotation.store import Key, Store, write_recipients

RECOVERY = "recovery"
_SECRET = "rotation/key"


class _Kept(Strict):
    v: int
    name: OpaqueId
    identity: str
    mac: Hex32


def found(folder: Path, controller: tuple[Path, str, Passphrase], recovery: tuple[Path, Passphrase]) -> Store:
    """Makes a store with its first controller and its recovery key.

    Args:
        controller: folder of its key store, its name, its new passphrase.
        recovery: folder of the recovery key's key store, its new passphrase; to be carried to a safe.

    Raises:
        NotPermitted: a folder holds something, or a passphrase is too short.
    """
    mac = os.urandom(32)
    place, name, passphrase = controller
    spare = _make(recovery[0], RECOVERY, mac, recovery[1])
    key = _make(place, name, mac, passphrase)
    return Store.create(folder, key, {name: key.recipient, RECOVERY: spare.recipient})


def unlock(folder: Path, passphrase: Passphrase) -> Key:
    """Returns the key of a controller, or the recovery key.

    Raises:
        BadInput: no key store there, or not one of a store of passwords.
        NotPermitted: wrong passphrase.
    """
    data = KeyStore.unlock(folder, passphrase).read(_SECRET)
    try:
        kept = from_json(_Kept, data, _SECRET, limit_bytes=FILE_LIMIT_BYTES)
    except Refused as error:
        raise BadInput(f"{folder}: holds no key of a store of passwords ({error.failure})") from None
    return Key(kept.name, kept.identity, bytes.fromhex(kept.mac))


def add_controller(store: Store, key: Key, place: Path, name: str, passphrase: Passphrase) -> Store:
    """Adds another controller; one whose key store is there already (a run that was cut off) is taken as it is.

    Raises:
        NotPermitted: there is another controller of that name.
    """
    return _with(store, key, place, name, passphrase, dict(store.recipients))


def replace_controllers(store: Store, recovery: Key, place: Path, name: str, passphrase: Passphrase) -> Store:
    """Puts a new controller in place of all that there were, by the recovery key; may be repeated where it was cut off.

    Raises:
        NotPermitted: the key is not the recovery key.
    """
    if recovery.name != RECOVERY:
        raise NotPermitted(f"{recovery.name}: is a controller's key; a lost controller is replaced by the recovery key")
    return _with(store, recovery, place, name, passphrase, {RECOVERY: store.recipients[RECOVERY]})


def _with(store: Store, key: Key, place: Path, name: str, passphrase: Passphrase, recipients: dict[str, str]) -> Store:
    made = unlock(place, passphrase) if (place / "store.json").exists() else _make(place, name, key.mac, passphrase)
    if made.name != name or recipients.get(name, made.recipient) != made.recipient:
        raise NotPermitted(f"{place}: is not the key store of a new controller {name!r}; give another name or folder")
    write_recipients(store.folder, key, {**recipients, name: made.recipient})
    changed = Store(store.folder, key)
    for node in changed.machines():
        changed.keep(changed.entry(node))
    newest = changed.round()
    if newest is not None:
        changed.keep_round(newest)
    return changed


def _make(place: Path, name: str, mac: bytes, passphrase: Passphrase) -> Key:
    key = Key(name, str(pyrage.x25519.Identity.generate()), mac)
    kept = _Kept(v=1, name=name, identity=key.identity, mac=mac.hex())
    KeyStore.create(place, passphrase).write(_SECRET, to_json(kept))
    return key
