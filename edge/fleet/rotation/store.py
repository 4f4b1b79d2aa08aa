"""The encrypted store of the fleet's passwords: one age file a machine, for the controllers and the recovery key.

Rules:
  1. Every change replaces one file, durably and whole; nothing is touched on a machine before its pending passwords are
     here.
  2. A file carries its own name and a keyed hash: age alone lets everybody who knows a recipient write a file.
  3. The recipients stand in ``store.json``, under the same key: a recipient that somebody slipped in is refused.
  4. One command at a time changes a store.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pyrage

from edge.base import strictjson
from edge.base.errors import BadInput, NotPermitted, Refused
from edge.base.files import Lock, Version, durable_directory, read_bounded, version_of, write_durably
from edge.base.model import AgeRecipient, Hex32, OpaqueId, Strict, from_json, to_json
from edge.fleet.rotation.entry import Entry, Round

_HEAD = b"mimamori-edge/rotation/v1\n"
_LIMIT_BYTES = 256 * 1024
_ROUND_LIMIT_BYTES = 4 * 1024 * 1024
_ROUND = "round"
_Document = TypeVar("_Document", bound=Strict)


@dataclass(frozen=True, slots=True)
class Key:
    """What opens a store.

    Attributes:
        name: of the controller, or ``recovery``.
        identity: age's private key.
        mac: 32 bytes that only who may open the store knows (rule 2).
    """

    name: str
    identity: str = field(repr=False)
    mac: bytes = field(repr=False)

    @property
    def recipient(self) -> str:
        """What is encrypted to it."""
        return str(pyrage.x25519.Identity.from_str(self.identity).to_public())


class _Recipients(Strict):
    v: int
    recipients: dict[OpaqueId, AgeRecipient]
    hash: Hex32


Write = Callable[[Path, bytes], None]


def write_private(path: Path, data: bytes) -> None:
    """Replaces a file of the store, durably."""
    write_durably(path, data, mode=0o600)


class Store:
    """An opened store; its ``repr`` shows no secret.

    Args:
        write: replaces a file durably.

    Raises:
        BadInput: no store there, or damaged.
        NotPermitted: the key is none of its recipients.
    """

    def __init__(self, folder: Path, key: Key, write: Write = write_private) -> None:
        self.folder, self._key, self._write = folder, key, write
        self._read: dict[str, tuple[Version, Entry]] = {}
        self.recipients = self._read_recipients()
        if self.recipients.get(key.name) != key.recipient:
            raise NotPermitted(f"{folder}: is not encrypted to {key.name!r}; have one of its controllers add it")

    @classmethod
    def create(cls, folder: Path, key: Key, recipients: Mapping[str, str]) -> Store:
        """Makes an empty store for ``recipients``, of which ``key`` is one.

        Raises:
            NotPermitted: there is one already.
            StorageFault: the disk refused.
        """
        if (folder / "store.json").exists():
            raise NotPermitted(f"{folder}: holds a store already; passwords of machines may be in it")
        durable_directory(folder / "machines")
        write_recipients(folder, key, recipients)
        return cls(folder, key)

    def exclusive(self) -> Lock:
        """Returns the lock of rule 4.

        Raises:
            AlreadyRunning: another command holds it.
        """
        return Lock(self.folder / "lock", "command that rotates passwords")

    def machines(self) -> list[str]:
        """Returns the ids of all machines in it."""
        return sorted(path.stem for path in (self.folder / "machines").glob("*.age"))

    def entry(self, node: str) -> Entry:
        """Returns what is known of a machine; an empty entry for a new one.

        Raises:
            BadInput: damaged, or another machine's.
        """
        path = self._path(node)
        version = version_of(path)
        if version is None:
            return Entry(node=node)
        if node in self._read and self._read[node][0] == version:
            return self._read[node][1]
        entry = self._parse(Entry, self._open(path, node, _LIMIT_BYTES), path)
        if entry.node != node:
            raise BadInput(f"{path}: holds the passwords of {entry.node}; somebody moved it here")
        self._read[node] = version, entry
        return entry

    def keep(self, entry: Entry) -> None:
        """Replaces a machine's entry; returns once it is durable.

        Raises:
            StorageFault: the disk refused; the entry before it stands.
        """
        self._write(self._path(entry.node), self._sealed(entry.node, to_json(entry)))

    def round(self) -> Round | None:
        """Returns the newest round."""
        path = self.folder / "round.age"
        return self._parse(Round, self._open(path, _ROUND, _ROUND_LIMIT_BYTES), path) if path.exists() else None

    def keep_round(self, begun: Round) -> None:
        """Begins a round, durably."""
        self._write(self.folder / "round.age", self._sealed(_ROUND, to_json(begun)))

    def __repr__(self) -> str:
        return f"Store({str(self.folder)!r})"

    def _path(self, node: str) -> Path:
        return self.folder / "machines" / f"{node}.age"

    def _sealed(self, name: str, data: bytes) -> bytes:
        head = _HEAD + name.encode() + b"\n"
        to = [pyrage.x25519.Recipient.from_str(recipient) for recipient in self.recipients.values()]
        return bytes(pyrage.encrypt(head + _hash(self._key.mac, head + data) + data, to))

    def _open(self, path: Path, name: str, limit_bytes: int) -> bytes:
        identity = pyrage.x25519.Identity.from_str(self._key.identity)
        try:
            plain = bytes(pyrage.decrypt(read_bounded(path, limit_bytes=limit_bytes), [identity]))
        except pyrage.DecryptError as error:
            raise BadInput(
                f"{path}: does not open with the key of {self._key.name!r}; it is damaged, or not its"
            ) from error
        head = _HEAD + name.encode() + b"\n"
        mark, data = plain[len(head) : len(head) + 32], plain[len(head) + 32 :]
        if not plain.startswith(head) or not hmac.compare_digest(mark, _hash(self._key.mac, head + data)):
            raise BadInput(f"{path}: was written by somebody without the store's key, or moved here; bring it back")
        return data

    def _parse(self, kind: type[_Document], data: bytes, path: Path) -> _Document:
        try:
            return from_json(kind, data, str(path), limit_bytes=_ROUND_LIMIT_BYTES)
        except Refused as error:
            raise BadInput(f"{path}: written by another version ({error.failure}); update mimamori") from None

    def _read_recipients(self) -> dict[str, str]:
        path = self.folder / "store.json"
        if not path.exists():
            raise BadInput(f"{self.folder}: no store there; give the folder that 'mimamori fleet rotate init' made")
        found = self._parse(_Recipients, read_bounded(path, limit_bytes=_LIMIT_BYTES), path)
        if not hmac.compare_digest(found.hash, _recipients_hash(self._key.mac, found.recipients)):
            raise BadInput(f"{path}: was changed by somebody without the store's key; bring it back from its copy")
        return found.recipients


def write_recipients(folder: Path, key: Key, recipients: Mapping[str, str]) -> None:
    """Replaces who can open what is written from now on; what is there is to be written again.

    Raises:
        StorageFault: the disk refused.
    """
    tree = {"v": 1, "recipients": dict(recipients), "hash": _recipients_hash(key.mac, recipients)}
    write_private(folder / "store.json", strictjson.dump(tree))


def _recipients_hash(mac: bytes, recipients: Mapping[str, str]) -> str:
    return _hash(mac, _HEAD + b"recipients\n" + strictjson.dump(dict(recipients))).hex()


def _hash(mac: bytes, data: bytes) -> bytes:
    return hmac.digest(mac, data, "sha256")
