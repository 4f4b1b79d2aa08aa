"""What a controller asks of a machine and what it answers: one strict JSON object each, over one connection.

A request has ``do`` and what that needs; an answer has ``ok`` and where the machine stands, or ``why`` it refused. Both
carry secrets: nothing here shows up in a ``repr`` or an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from edge.base import strictjson
from edge.base.errors import Refused

LIMIT_BYTES = 32 * 1024
ACCOUNT = re.compile(r"[a-z][a-z0-9-]{0,31}")
_TURN = re.compile(r"[0-9a-f]{32}")
_NEEDS = {
    "status": frozenset({"do"}),
    "stage": frozenset({"do", "turn", "made", "accounts"}),
    "confirm": frozenset({"do", "turn"}),
    "withdraw": frozenset({"do", "turn"}),
    "sign-in": frozenset({"do", "account", "secret"}),
}

Material = Mapping[str, str]
"""What an account's kind needs of a new password: a hash, or the secret itself."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        turn: 16 bytes in hex that name one set of new passwords; none for ``status`` and ``sign-in``.
        made: when the passwords were made, UTC microseconds by the controller's clock.
        accounts: the material of each account.
        account, secret: whom to sign in, and with what.
    """

    do: str
    turn: str = ""
    made: int = 0
    accounts: Mapping[str, Material] = field(default_factory=dict, repr=False)
    account: str = ""
    secret: str = field(default="", repr=False)

    def dump(self) -> bytes:
        """Returns its bytes."""
        return strictjson.dump({name: getattr(self, name) for name in _NEEDS[self.do]}) + b"\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer.

    Attributes:
        ok: it was done; else ``why`` says what keeps the machine from it.
        confirmed: the turn whose passwords were confirmed last; empty before the first.
        staged: the turn that waits for its confirmation; empty where none does.
        accounts: the kind of each account that this machine has.
        signed_in: of ``sign-in`` alone.
    """

    ok: bool
    why: str = ""
    confirmed: str = ""
    staged: str = ""
    accounts: Mapping[str, str] = field(default_factory=dict)
    signed_in: bool = False

    def dump(self) -> bytes:
        """Returns its bytes."""
        tree: dict[str, Any] = {name: getattr(self, name) for name in Answer.__slots__}
        return strictjson.dump({**tree, "accounts": dict(self.accounts)}) + b"\n"


def parse_request(data: bytes) -> Request:
    """Parses what a controller sent.

    Raises:
        Refused: ``bad-request`` or strict JSON's failures.
    """
    tree = strictjson.parse(data.removesuffix(b"\n"), limit_bytes=LIMIT_BYTES)
    if not isinstance(tree, dict) or _NEEDS.get(str(tree.get("do"))) != frozenset(tree):
        raise Refused("bad-request", f"request: one of {', '.join(_NEEDS)} with its fields is needed")
    if "turn" in tree:
        _require(isinstance(tree["turn"], str) and _TURN.fullmatch(tree["turn"]), "turn: 32 hex digits are needed")
    if "made" in tree:
        _require(type(tree["made"]) is int and tree["made"] > 0, "made: microseconds of UTC are needed")
    if "accounts" in tree:
        _require(_are_materials(tree["accounts"]), "accounts: a table of texts for each account is needed")
    if "account" in tree:
        _require(_is_account(tree["account"]) and isinstance(tree["secret"], str), "account: a name is needed")
    return Request(**tree)


def parse_answer(data: bytes) -> Answer:
    """Parses what a machine answered.

    Raises:
        Refused: ``bad-answer`` or strict JSON's failures.
    """
    tree = strictjson.parse(data.removesuffix(b"\n"), limit_bytes=LIMIT_BYTES)
    sample = {name: type(getattr(Answer(ok=False), name)) for name in Answer.__slots__}
    if not isinstance(tree, dict) or {name: type(value) for name, value in tree.items()} != sample:
        raise Refused("bad-answer", "answer: not in the form that this version speaks; update the machine's program")
    named = all(_is_account(name) and isinstance(kind, str) for name, kind in tree["accounts"].items())
    if not named or not all(value == "" or _TURN.fullmatch(value) for value in (tree["confirmed"], tree["staged"])):
        raise Refused("bad-answer", "answer: accounts or turns in it are not well formed")
    return Answer(**tree)


def _are_materials(tree: object) -> bool:
    return isinstance(tree, dict) and all(
        _is_account(name)
        and isinstance(material, dict)
        and all(isinstance(part, str) and "\n" not in part for part in material.values())
        for name, material in tree.items()
    )


def _is_account(name: object) -> bool:
    return isinstance(name, str) and ACCOUNT.fullmatch(name) is not None


def _require(holds: object, message: str) -> None:
    if not holds:
        raise Refused("bad-request", message)
