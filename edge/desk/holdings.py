"""What a custodian's store holds, told from file names alone: no passphrase is needed to see or to destroy.

``days/<node>/<period>.age`` is one private day or spare key; ``days/<node>/destroyed.json`` lists the periods whose
keys are destroyed and when. A period on that list is gone even if a power cut left its file: nothing opens it again.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from edge.base.errors import BadInput, Refused, StorageFault
from edge.base.files import sync_directory, write_durably
from edge.base.model import NodeId, Strict, Utc, read_json, to_json
from edge.desk.keystore import SUFFIX
from edge.wire.keylist import Period

_FOLDER = "days"
_LIST = "destroyed.json"
_LIST_LIMIT_BYTES = 4 * 1024 * 1024
_NODE: TypeAdapter[str] = TypeAdapter(NodeId)
_PERIOD: TypeAdapter[str] = TypeAdapter(Period)


class _Destroyed(Strict):
    v: Annotated[int, Field(ge=1, le=1)] = 1
    periods: dict[Period, Utc]


def secret_name(node: str, period: str) -> str:
    """Returns the name of a private key in the key store."""
    return f"{_FOLDER}/{node}/{period}"


def nodes(folder: Path) -> list[str]:
    """Returns the nodes that the store in ``folder`` has keys of."""
    root = folder / _FOLDER
    return sorted(path.name for path in root.iterdir() if _fits(_NODE, path.name)) if root.is_dir() else []


def held(folder: Path, node: str) -> list[str]:
    """Returns the periods whose private keys are there and not destroyed, sorted."""
    gone = destroyed(folder, node)
    return [period for period in _files(folder, node) if period not in gone]


def destroyed(folder: Path, node: str) -> dict[str, int]:
    """Returns the destroyed periods with the time of destruction, UTC microseconds.

    Raises:
        BadInput: the list is damaged.
    """
    path = folder / _FOLDER / node / _LIST
    if not path.exists():
        return {}
    try:
        return read_json(_Destroyed, path, limit_bytes=_LIST_LIMIT_BYTES).periods
    except Refused as error:
        raise BadInput(f"{error}; the list is damaged") from error


def destroy(folder: Path, node: str, periods: list[str], now_us: int) -> None:
    """Destroys the private keys of ``periods``: first the list says so, durably, then each file is erased.

    Raises:
        StorageFault: the disk refused; run it again.
    """
    gone = destroyed(folder, node)
    gone.update({period: now_us for period in periods if period not in gone})
    path = folder / _FOLDER / node / _LIST
    write_durably(path, to_json(_Destroyed(periods=gone)), mode=0o600)
    erase([path.with_name(f"{period}{SUFFIX}") for period in periods])


def unfinished(folder: Path, node: str) -> list[str]:
    """Returns the periods on the list of destroyed ones whose files a power cut left."""
    gone = destroyed(folder, node)
    return [period for period in _files(folder, node) if period in gone]


def erase(paths: list[Path]) -> None:
    """Overwrites each file, and what a broken write of it left, with random bytes; syncs; removes the names; syncs.

    A card or SSD may keep the old blocks; what they hold is encrypted to the store's identity, so only someone with the
    custodian's passphrase and a raw image of the medium is left to think of (``docs/threat-model.md``).

    Raises:
        StorageFault: the disk refused.
    """
    remains = [file for path in paths for file in (path, path.with_name(f".{path.name}.new")) if file.exists()]
    try:
        for path in remains:
            _overwrite(path)
            path.unlink()
        for folder in {path.parent for path in remains}:
            sync_directory(folder)
    except OSError as error:
        where = error.filename or "key store"
        raise StorageFault(f"{where}: key cannot be destroyed ({error.strerror}); it is not gone, try again") from error


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())


def _files(folder: Path, node: str) -> list[str]:
    root = folder / _FOLDER / node
    names = (path.name.removesuffix(SUFFIX) for path in root.glob(f"*{SUFFIX}")) if root.is_dir() else ()
    return sorted(name for name in names if _fits(_PERIOD, name))


def _fits(kind: TypeAdapter[str], name: str) -> bool:
    try:
        kind.validate_python(name)
    except ValidationError:
        return False
    return True
