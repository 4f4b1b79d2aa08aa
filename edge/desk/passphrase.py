"""Passphrases: from a file, an open descriptor or the terminal; never from the command line or the environment.

The command line and the environment of a process can be read by others (``/proc/<pid>/cmdline``, ``environ``).
"""

from __future__ import annotations

import getpass
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from edge.base.errors import BadInput, NotPermitted, UsageFault
from edge.base.files import read_bounded

SHORTEST = 12
"""Characters of a new passphrase; scrypt's work makes guessing slow, this makes it long."""
_LIMIT_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Passphrase:
    """A passphrase in memory; neither its ``repr`` nor its text shows it."""

    secret: str = field(repr=False)

    def __str__(self) -> str:
        return "(passphrase)"


def from_file(path: Path) -> Passphrase:
    """Reads the first line of a file.

    Raises:
        BadInput: unreadable, too long or not UTF-8.
        NotPermitted: empty.
    """
    return _first_line(read_bounded(path, limit_bytes=_LIMIT_BYTES), str(path))


def from_descriptor(descriptor: int) -> Passphrase:
    """Reads the first line of an open file descriptor, such as a pipe's, up to its end.

    Raises:
        BadInput: not open for reading, too long or not UTF-8.
        NotPermitted: empty.
    """
    what = f"file descriptor {descriptor}"
    try:
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(_LIMIT_BYTES + 1)
    except OSError as error:
        raise BadInput(f"{what}: cannot be read ({error.strerror})") from error
    if len(data) > _LIMIT_BYTES:
        raise BadInput(f"{what}: a passphrase is at most {_LIMIT_BYTES} bytes")
    return _first_line(data, what)


def from_terminal(prompt: str, *, new: bool, option: str) -> Passphrase:
    """Asks at the terminal; a new passphrase twice.

    Args:
        option: what to give instead where there is none.

    Raises:
        UsageFault: there is no terminal to ask at.
        NotPermitted: empty, or the two differ.
    """
    if not sys.stdin.isatty():
        raise UsageFault(f"{prompt}: no terminal to ask at; give {option}")
    secret = getpass.getpass(f"{prompt}: ")
    if new and getpass.getpass(f"{prompt}, again: ") != secret:
        raise NotPermitted(f"{prompt}: the two entries differ; nothing was written")
    return _checked(secret, prompt)


def require_long(passphrase: Passphrase) -> Passphrase:
    """Returns a new passphrase that is long enough.

    Raises:
        NotPermitted: shorter than ``SHORTEST``.
    """
    if len(passphrase.secret) < SHORTEST:
        raise NotPermitted(f"a new passphrase needs at least {SHORTEST} characters; several words are easy to keep")
    return passphrase


def _first_line(data: bytes, what: str) -> Passphrase:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{what}: a passphrase is one line of UTF-8") from error
    return _checked(text.split("\n", 1)[0].removesuffix("\r"), what)


def _checked(secret: str, what: str) -> Passphrase:
    if not secret:
        raise NotPermitted(f"{what}: the passphrase is empty")
    return Passphrase(secret)
