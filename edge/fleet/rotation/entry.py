"""What the store knows of one machine, and how that changes: values and pure functions, no I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Literal

from pydantic import Field

from edge.base.model import Hex16, NodeId, OpaqueId, Strict, Utc

Kind = Literal["login", "wifi", "database"]
AccountName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]


class Passwords(Strict):
    """One set of passwords of a machine.

    Attributes:
        turn: its name towards the machine.
        made: UTC, microseconds.
        kinds, words: of each account.
    """

    turn: Hex16
    made: Utc
    kinds: dict[AccountName, Kind]
    words: dict[AccountName, str] = Field(repr=False)


class Entry(Strict):
    """A machine's passwords.

    Attributes:
        version: counts changes.
        round: the newest round that this machine takes part in.
        current: those that the machine confirmed last; none before its first round.
        previous: those before them, kept until the next round settles.
        pending: those that it is to have, from before it is touched until it confirmed.
        note: what came of the last attempt, for people; ``noted`` is when.
    """

    v: Literal[1] = 1
    node: NodeId
    version: Annotated[int, Field(ge=0)] = 0
    round: OpaqueId | None = None
    current: Passwords | None = None
    previous: Passwords | None = None
    pending: Passwords | None = None
    note: Annotated[str, Field(max_length=300)] = ""
    noted: Utc = 0

    def known(self) -> list[str]:
        """Returns every password here."""
        return [word for held in (self.current, self.previous, self.pending) if held for word in held.words.values()]


class Round(Strict):
    """One rotation of the fleet.

    Attributes:
        begun: UTC, microseconds.
        order: its machines, the canary first.
    """

    v: Literal[1] = 1
    round: OpaqueId
    begun: Utc
    order: Annotated[tuple[NodeId, ...], Field(strict=False, min_length=1)]


def joined(
    entry: Entry, round_id: str, turn: str, made: int, kinds: Mapping[str, Kind], make: Callable[[], str]
) -> Entry:
    """Returns ``entry`` in a round, with new passwords pending.

    Those that are still pending from an earlier round stay as they are: the machine may have them already.
    """
    changed = {"version": entry.version + 1, "round": round_id}
    if entry.pending is not None:
        return entry.model_copy(update=changed)
    words = {name: make() for name in kinds}
    pending = Passwords(turn=turn, made=made, kinds=dict(kinds), words=words)
    return entry.model_copy(update={**changed, "pending": pending})


def settled(entry: Entry, at: int) -> Entry:
    """Returns ``entry`` once its machine has confirmed what was pending; the old ones stay as ``previous``."""
    changed = {"current": entry.pending, "previous": entry.current, "pending": None, "note": "settled", "noted": at}
    return entry.model_copy(update={"version": entry.version + 1, **changed})


def gone_back(entry: Entry, at: int) -> Entry:
    """Returns ``entry`` of a machine that signs in with ``previous`` (an old card?): what it lost is pending again."""
    changed = {"current": entry.previous, "previous": entry.current, "pending": entry.current}
    note = "signs in with its old passwords; the newer ones are pending again"
    return entry.model_copy(update={"version": entry.version + 1, **changed, "note": note, "noted": at})


def noted(entry: Entry, note: str, at: int) -> Entry:
    """Returns ``entry`` with what came of an attempt."""
    return entry.model_copy(update={"version": entry.version + 1, "note": note[:300], "noted": at})
