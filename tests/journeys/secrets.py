"""Looks for secrets in what a demonstration leaves behind and in what its processes show."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

from edge.desk.custodian import unlock_custodian
from edge.desk.daykeys import private_key
from edge.desk.holdings import held, nodes
from edge.desk.passphrase import from_file
from edge.wire.keys import SigningKey

PEM = b"PRIVATE KEY-----"
AGE = b"AGE-SECRET-KEY"
MP4 = b"ftypiso"
"""In the beginning of every MP4 made here; long enough that sealed bytes do not hold it by chance."""


def passphrases(city: Path) -> list[bytes]:
    """Returns everybody's passphrase."""
    return [path.read_bytes().strip() for path in sorted((city / "passphrases").iterdir())]


def custodians_secrets(city: Path) -> list[bytes]:
    """Returns what only an unlocked store gives: signing seeds as bytes, hex and base64, and private day keys."""
    found: list[bytes] = []
    for who in ("manager", "operator"):
        custodian = unlock_custodian(city / who, from_file(city / "passphrases" / who))
        found += spellings(custodian.signer)
        for node in nodes(city / who):
            found += [private_key(custodian, node, period).encode() for period in held(city / who, node)]
    return found


def spellings(key: SigningKey) -> list[bytes]:
    """Returns a private seed as bytes, hex and base64."""
    return [key.seed, key.seed.hex().encode(), base64.b64encode(key.seed)]


def files_with(folder: Path, words: list[bytes]) -> set[str]:
    """Returns the files under ``folder`` that hold one of ``words``, relative to it."""
    found = set()
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            if any(word in data for word in words):
                found.add(str(path.relative_to(folder)))
    return found


def shown_by_processes(word: str) -> Iterator[bytes]:
    """Yields command line and environment of every process whose command line or environment names ``word``."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            shown = (entry / "cmdline").read_bytes() + b"\0" + (entry / "environ").read_bytes()
        except OSError:
            continue
        if word.encode() in shown:
            yield shown
