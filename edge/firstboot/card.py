"""What a card brings, ``mimamori/card.json`` on its boot partition; written by ``mimamori flash prepare``.

    {"v": 1, "node": ID, "written": UTC µs, "storage": "partitions" | "folders", "system_bytes": N, "state_bytes": N,
     "files": [{"from": PATH, "to": PATH, "mode": "0640"}, …],
     "sha256": {PATH: HEX, …}}

``from`` and the names of ``sha256`` are relative to ``mimamori/``; what lies in its ``secrets/`` is erased at the end.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from edge.base.errors import BadInput
from edge.firstboot.system import digest

NAME = "card.json"
SECRETS = "secrets"
_LIMIT_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Placed:
    """A file of the card and where it goes; root owns it until the storage of state gives it to its process."""

    source: str
    target: str
    mode: int


@dataclass(frozen=True, slots=True)
class Card:
    """A card's contents.

    Attributes:
        folder: ``mimamori/`` on the boot partition.
        written_us: when it was written, UTC microseconds: no true time lies before.
        storage: ``folders`` where there is no card to part, in a container.
        hashes: SHA-256 of every file of ``folder``, hex.
    """

    folder: Path
    node: str
    written_us: int
    storage: Literal["partitions", "folders"]
    system_bytes: int
    state_bytes: int
    files: tuple[Placed, ...]
    hashes: dict[str, str]

    @property
    def boot(self) -> Path:
        """The boot partition."""
        return self.folder.parent

    def require_whole(self) -> None:
        """Checks every file against its hash.

        Raises:
            BadInput: one is missing or damaged; the message names all of them.
        """
        off = [name for name, expected in self.hashes.items() if not self._holds(name, expected)]
        if off:
            raise BadInput(f"{self.folder}: missing or damaged: {', '.join(sorted(off)[:8])}; write the card anew")

    def _holds(self, name: str, expected: str) -> bool:
        try:
            return digest(self.folder / name) == expected
        except BadInput:
            return False


def read_card(folder: Path) -> Card:
    """Reads a card.

    Raises:
        BadInput: there is none, or it is damaged.
    """
    try:
        data = (folder / NAME).read_bytes()[:_LIMIT_BYTES]
        return _card(folder, json.loads(data))
    except OSError as error:
        raise BadInput(f"{folder / NAME}: cannot be read ({error.strerror}); write the card anew") from error
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{folder / NAME}: damaged ({error}); write the card anew") from error


def _card(folder: Path, tree: dict[str, Any]) -> Card:
    if tree["v"] != 1 or tree["storage"] not in ("partitions", "folders"):
        raise ValueError(f"version {tree['v']!r} with storage {str(tree['storage'])[:40]!r}")
    files = tuple(Placed(_inside(one["from"]), _absolute(one["to"]), int(one["mode"], 8)) for one in tree["files"])
    hashes = {_inside(name): str(value) for name, value in tree["sha256"].items()}
    missing = {one.source for one in files} - set(hashes)
    if missing:
        raise ValueError(f"no hash of {sorted(missing)[0]!r}")
    sizes = int(tree["system_bytes"]), int(tree["state_bytes"])
    return Card(folder, str(tree["node"]), int(tree["written"]), tree["storage"], *sizes, files, hashes)


def _inside(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError(f"{name[:80]!r} leads out of the card")
    return name


def _absolute(name: str) -> str:
    if not name.startswith("/") or ".." in PurePosixPath(name).parts:
        raise ValueError(f"{name[:80]!r} is no absolute path")
    return name
