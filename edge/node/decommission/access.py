"""What lets anybody into a node beside its own keys: link, networks, ssh, passwords."""

from __future__ import annotations

import os
from pathlib import Path

from edge.base.errors import StorageFault

_PLACES = (
    "etc/wireguard",
    "etc/NetworkManager/system-connections",
    "etc/mimamori/on-site",
    "etc/ssh/mimamori",
    "etc/ssh/ssh_host_*_key",
    "etc/shadow-",
    "root/.ssh",
    "home/*/.ssh",
    "var/lib/mimamori/rotation",
    "var/lib/mimamori-revert",
)
_NOBODY = b"*"


def places_of_access(root: Path = Path("/")) -> list[Path]:
    """Returns the files and folders that are there."""
    return [found for pattern in _PLACES for found in sorted(root.glob(pattern))]


def forget_passwords(root: Path = Path("/")) -> None:
    """Overwrites the hash of every account's password where it lies, so that none signs in by one (shadow(5)).

    Raises:
        StorageFault: the disk refused.
    """
    path = root / "etc/shadow"
    try:
        lines = path.read_bytes().splitlines(keepends=True)
        with path.open("r+b") as file:
            file.write(b"".join(_without_password(line) for line in lines))
            file.truncate()
            os.fsync(file.fileno())
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageFault(f"{path}: passwords cannot be overwritten ({error.strerror}); try again") from error


def _without_password(line: bytes) -> bytes:
    name, colon, rest = line.partition(b":")
    _, more, after = rest.partition(b":")
    return name + colon + _NOBODY + more + after if more else line
