"""Runs the system's own programs; what is secret goes in by standard input, never by argument or environment."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from edge.base.errors import StorageFault

TIMEOUT_S = 60
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}


def run(
    words: Sequence[str],
    secret_input: str = "",
    *,
    user: str | None = None,
    environment: Mapping[str, str] | None = None,
    keep: Sequence[int] = (),
) -> subprocess.CompletedProcess[str]:
    """Runs a program to its end and returns what became of it, whatever its status.

    Args:
        user: as whom; that user's own group and no other.
        environment: besides a bare one.
        keep: descriptors that it inherits.

    Raises:
        StorageFault: it is not there, or does not end.
    """
    try:
        return subprocess.run(
            words,
            input=secret_input,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
            env={**_ENVIRONMENT, **(environment or {})},
            user=user,
            group=None if user is None else _group_of(user),
            extra_groups=None if user is None else [],
            pass_fds=keep,
            cwd="/",
        )
    except (OSError, LookupError, subprocess.TimeoutExpired) as error:
        raise StorageFault(f"{words[0]}: did not run to its end ({type(error).__name__})") from None


def require(words: Sequence[str], secret_input: str = "", *, user: str | None = None) -> str:
    """Runs a program and returns what it printed.

    Raises:
        StorageFault: it failed; the message has its status alone, for its words might quote a secret.
    """
    done = run(words, secret_input, user=user)
    if done.returncode != 0:
        raise StorageFault(f"{words[0]}: ended with status {done.returncode}; see the machine's journal")
    return done.stdout


def present(name: str) -> bool:
    """Tells whether a program is installed."""
    return any((Path(folder) / name).exists() for folder in _ENVIRONMENT["PATH"].split(":"))


def _group_of(user: str) -> int:
    import pwd

    return pwd.getpwnam(user).pw_gid
