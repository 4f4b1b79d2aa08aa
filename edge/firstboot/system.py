"""All that first boot does to a machine: whole durable files, links, commands; each may be the last before a cut."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from edge.base.errors import BadInput, Stop, StorageFault
from edge.base.files import sync_directory

_TAIL_BYTES = 600
_CHUNK_BYTES = 2**20


class System:
    """A machine.

    Args:
        root: where its root directory is; another than ``/`` in tests.
    """

    def __init__(self, root: Path = Path("/")) -> None:
        self.root = root

    def at(self, path: str) -> Path:
        """Returns where a path of the machine lies."""
        return self.root / path.lstrip("/")

    def exists(self, path: str) -> bool:
        """Whether there is something, or a link to something."""
        return os.path.lexists(self.at(path))

    def read(self, path: str) -> str | None:
        """Returns a small text file, what is no UTF-8 in surrogates; None where there is none."""
        try:
            return self.at(path).read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return None

    def write(self, path: str, data: bytes, mode: int = 0o644) -> None:
        """Replaces a file, so that after a cut it is the old one or the new one, whole, and never readable by more.

        Raises:
            StorageFault: the disk refused.
        """
        target = self.at(path)
        temporary = target.with_name(f".{target.name}.new")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary.unlink(missing_ok=True)
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            temporary.replace(target)
            sync_directory(target.parent)
        except OSError as error:
            raise StorageFault(f"{path}: cannot be written ({error.strerror}); is the card full or worn?") from error

    def link(self, path: str, target: str) -> None:
        """Points a symbolic link to ``target``, in one step where it pointed elsewhere."""
        place = self.at(path)
        temporary = place.with_name(f".{place.name}.new")
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(target)
        temporary.replace(place)
        sync_directory(place.parent)

    def erase(self, path: Path) -> None:
        """Overwrites a file and removes it; a card's own spare blocks are out of reach.

        Raises:
            StorageFault: the disk refused.
        """
        try:
            with path.open("r+b") as file:
                file.write(bytes(path.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
            sync_directory(path.parent)
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageFault(
                f"{path}: cannot be erased ({error.strerror}); take the card out and erase it"
            ) from error

    def run(self, *words: str, stdin: str | None = None) -> str:
        """Runs a command of the machine and returns what it printed.

        Raises:
            Stop: it failed; the message holds the end of what it said.
        """
        try:
            done = subprocess.run(
                words, input=stdin, capture_output=True, text=True, check=False, env=_environment(), errors="replace"
            )
        except OSError as error:
            raise Stop(f"{words[0]}: cannot be started ({error.strerror}); is this Raspberry Pi OS Trixie?") from error
        if done.returncode:
            said = (done.stdout + done.stderr)[-_TAIL_BYTES:].strip()
            raise Stop(f"{' '.join(words)[:200]}: status {done.returncode}: {said}")
        return done.stdout

    def sync(self) -> None:
        """Has everything written reach the disks."""
        os.sync()


def digest(path: Path) -> str:
    """Returns a file's SHA-256 in hex.

    Raises:
        BadInput: it cannot be read.
    """
    found = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                found.update(chunk)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); write the card anew") from error
    return found.hexdigest()


def remove_tree(path: Path) -> None:
    """Removes an empty or emptied folder, if it is there."""
    with suppress(FileNotFoundError):
        shutil.rmtree(path)


def _environment() -> dict[str, str]:
    return {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C.UTF-8",
        "HOME": "/root",
    }
