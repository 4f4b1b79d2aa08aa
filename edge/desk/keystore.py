"""A key store: a folder of small secrets, each encrypted to one age identity, which a passphrase unlocks.

Rules:
  1. ``identity.age`` holds the identity, encrypted with the passphrase (age's scrypt recipient, about a second of
     work); ``store.json`` holds its SHA-256, so that a damaged file is not taken for a wrong passphrase.
  2. The identity's recipient is written nowhere, so only who unlocked the store can have written a secret into it.
  3. A secret carries its own name: a file moved to another's place is noticed.
  4. Every write is durable; folders are 0700, files 0600.
  5. age measures for some milliseconds what a second of scrypt's work is. On a busy machine that comes out wrong, too
     small to keep a passphrase safe, or so small that a store made in calm seems too much work: it is measured again.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pyrage

from edge.base.errors import BadInput, NotPermitted, Refused, TryAgain
from edge.base.files import Lock, durable_directory, is_free, read_bounded, write_durably
from edge.base.model import Hex32, Strict, read_json, to_json
from edge.desk.passphrase import Passphrase, require_long

FILE_LIMIT_BYTES = 64 * 1024
SUFFIX = ".age"
WORK_LOG2_MIN = 15
"""Least scrypt work of a store, 32 MiB a guess; an idle Raspberry Pi 4 does more in a second."""
_MEASURINGS = 8
_WORK = re.compile(rb"\n-> scrypt [A-Za-z0-9+/]{22} (\d{1,2})\n")
_HEAD = b"mimamori-edge/key-store/v1\n"
_NAME = re.compile(r"[a-z0-9][A-Za-z0-9-]*(/[A-Za-z0-9][A-Za-z0-9-]*)*")


class _Seal(Strict):
    v: int
    identity_sha256: Hex32


class KeyStore:
    """An unlocked key store; neither its ``repr`` nor its errors show a secret.

    Construct it by ``create`` or ``unlock``; each does scrypt's work once.
    """

    def __init__(self, folder: Path, identity: pyrage.x25519.Identity) -> None:
        self.folder = folder
        self._identity = identity

    @classmethod
    def create(cls, folder: Path, passphrase: Passphrase) -> KeyStore:
        """Makes a store in an empty or missing folder.

        Raises:
            BadInput: it is no folder.
            NotPermitted: the folder holds something, or the passphrase is too short.
            TryAgain: the machine is too busy.
            StorageFault: the disk refused.
        """
        require_long(passphrase)
        if not is_free(folder):
            raise NotPermitted(
                f"{folder}: is not empty; a key store is made in a folder of its own. Where making it was cut off, "
                "remove the folder and make it again"
            )
        durable_directory(folder).chmod(0o700)
        identity = pyrage.x25519.Identity.generate()
        sealed = _seal(str(identity).encode(), passphrase, folder)
        write_durably(folder / "identity.age", sealed, mode=0o600)
        seal = _Seal(v=1, identity_sha256=hashlib.sha256(sealed).hexdigest())
        write_durably(folder / "store.json", to_json(seal), mode=0o600)
        return cls(folder, identity)

    @classmethod
    def unlock(cls, folder: Path, passphrase: Passphrase) -> KeyStore:
        """Opens a store.

        Raises:
            BadInput: no store there, or its files are damaged.
            NotPermitted: wrong passphrase.
            TryAgain: the machine is too busy.
        """
        plain = _unseal(_sealed_identity(folder), passphrase, folder)
        return cls(folder, pyrage.x25519.Identity.from_str(plain.decode()))

    def write(self, name: str, secret: bytes) -> None:
        """Keeps ``secret`` under ``name`` (``roles/command``), replacing what was there.

        Raises:
            StorageFault: the disk refused.
        """
        path = path_of(self.folder, name)
        durable_directory(path.parent)
        plain = _HEAD + name.encode() + b"\n" + secret
        write_durably(path, bytes(pyrage.encrypt(plain, [self._identity.to_public()])), mode=0o600)

    def holds(self, name: str) -> bool:
        """Tells whether a secret of that name is here."""
        return path_of(self.folder, name).exists()

    def read(self, name: str) -> bytes:
        """Returns a secret.

        Raises:
            BadInput: missing, damaged, or another secret's file in its place.
        """
        path = path_of(self.folder, name)
        try:
            plain = bytes(pyrage.decrypt(read_bounded(path, limit_bytes=FILE_LIMIT_BYTES), [self._identity]))
        except pyrage.DecryptError as error:
            raise BadInput(f"{path}: damaged, or written by somebody else; it does not open in this store") from error
        head = _HEAD + name.encode() + b"\n"
        if not plain.startswith(head):
            raise BadInput(f"{path}: holds the secret of another file; somebody moved it here")
        return plain[len(head) :]

    def exclusive(self) -> Lock:
        """Returns a lock that lets one command at a time change this store.

        Raises:
            AlreadyRunning: another command holds it.
        """
        return exclusive(self.folder)

    def __repr__(self) -> str:
        return f"KeyStore({str(self.folder)!r})"


def _seal(plain: bytes, passphrase: Passphrase, folder: Path) -> bytes:
    """Encrypts with the passphrase, with work enough (rule 5)."""
    for _ in range(_MEASURINGS):
        sealed = bytes(pyrage.passphrase.encrypt(plain, passphrase.secret))
        work = _WORK.search(sealed[:200])
        if work is not None and int(work[1]) >= WORK_LOG2_MIN:
            return sealed
    raise TryAgain(f"{folder}: this machine is too busy to protect a passphrase; try again when it does less")


def _unseal(sealed: bytes, passphrase: Passphrase, folder: Path) -> bytes:
    for _ in range(_MEASURINGS):
        try:
            return bytes(pyrage.passphrase.decrypt(sealed, passphrase.secret))
        except pyrage.DecryptError as error:
            if "Excessive work" not in str(error):
                raise NotPermitted(f"{folder}: wrong passphrase") from error
    raise TryAgain(f"{folder}: this machine is too busy or too slow to open it; try again when it does less")


def exclusive(folder: Path) -> Lock:
    """Returns the lock of the store in ``folder``, for changes that need no passphrase.

    Raises:
        AlreadyRunning: another command holds it.
        BadInput: no store there.
    """
    if not (folder / "store.json").exists():
        raise BadInput(f"{folder}: no key store there; give the folder that 'init' made")
    return Lock(folder / "lock", "command that changes keys")


def path_of(folder: Path, name: str) -> Path:
    """Returns where the secret ``name`` lies."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name[:64]!r} is not a name of a secret")
    return folder / f"{name}{SUFFIX}"


def _sealed_identity(folder: Path) -> bytes:
    if not (folder / "store.json").exists():
        raise BadInput(f"{folder}: no key store there; give the folder that 'init' made")
    sealed = read_bounded(folder / "identity.age", limit_bytes=FILE_LIMIT_BYTES)
    try:
        seal = read_json(_Seal, folder / "store.json", limit_bytes=4096)
    except Refused as error:
        raise BadInput(f"{folder / 'store.json'}: damaged; bring the store back from its recovery medium") from error
    if hashlib.sha256(sealed).hexdigest() != seal.identity_sha256:
        raise BadInput(f"{folder / 'identity.age'}: damaged; bring the store back from its recovery medium")
    return sealed
