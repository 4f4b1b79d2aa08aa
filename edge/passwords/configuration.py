"""Which passwords a machine has: ``/etc/mimamori/rotation.json``, written with the machine, without any secret.

``{"v": 1, "accounts": {"console": {"kind": "login", "user": "mimamori"}}, "revert_s": 300}``
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.base import strictjson
from edge.base.errors import BadConfiguration, BadInput, Refused
from edge.base.files import read_bounded
from edge.passwords.database import Database
from edge.passwords.login import Login
from edge.passwords.messages import ACCOUNT
from edge.passwords.states import REVERT_S
from edge.passwords.turn import Account
from edge.passwords.wifi import AccessPoint

PATH = Path("/etc/mimamori/rotation.json")
_LIMIT_BYTES = 16 * 1024
_SHORTEST_S = 5


@dataclass(frozen=True, slots=True)
class Configuration:
    """What ``rotation.json`` says.

    Attributes:
        revert_s: length of a trial; 300 at most, so that nobody waits longer for a machine that has gone back.
    """

    accounts: Mapping[str, Account]
    revert_s: int


def load(path: Path = PATH) -> Configuration:
    """Reads the machine's configuration.

    Raises:
        BadConfiguration: missing or not in the form above.
    """
    try:
        tree = strictjson.parse_loose(read_bounded(path, limit_bytes=_LIMIT_BYTES), limit_bytes=_LIMIT_BYTES)
        revert_s = tree.get("revert_s", REVERT_S)
        if tree["v"] != 1 or type(revert_s) is not int or not _SHORTEST_S <= revert_s <= REVERT_S:
            raise BadConfiguration(f"{path}: v 1 is needed, and revert_s from {_SHORTEST_S} to {REVERT_S}")
        accounts = {name: _account(name, dict(fields)) for name, fields in tree["accounts"].items()}
    except (BadInput, Refused, KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadConfiguration(f"{path}: not a list of this machine's accounts ({type(error).__name__})") from error
    if not accounts:
        raise BadConfiguration(f"{path}: names no account")
    return Configuration(accounts, revert_s)


def _account(name: str, fields: dict[str, Any]) -> Account:
    if not ACCOUNT.fullmatch(name):
        raise BadConfiguration(f"account {name[:32]!r}: a name has lower-case letters, digits and hyphens")
    return _KINDS[fields.pop("kind")](fields)


def _login(fields: dict[str, Any]) -> Account:
    return Login(**fields)


def _wifi(fields: dict[str, Any]) -> Account:
    return AccessPoint(Path(fields.pop("file")), **fields)


def _database(fields: dict[str, Any]) -> Account:
    return Database(passfile=Path(fields.pop("passfile")), **fields)


_KINDS: dict[str, Callable[[dict[str, Any]], Account]] = {"login": _login, "wifi": _wifi, "database": _database}
