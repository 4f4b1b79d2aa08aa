"""Signs in to every machine with what the store says, and tries that the old passwords are refused."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from edge.base.errors import Refused, Unavailable
from edge.fleet.rotation.entry import Entry, Passwords
from edge.fleet.rotation.link import Link
from edge.fleet.rotation.targets import Target
from edge.passwords.messages import Request


class Finding(StrEnum):
    """What an audit says of a machine."""

    GOOD = "good"
    OLD_WORKS = "old-works"
    """The current passwords sign in, and so does an old one."""
    WENT_BACK = "went-back"
    """Only the old ones sign in."""
    LOCKED_OUT = "locked-out"
    """No password of the store signs in."""
    UNKNOWN = "unknown"
    """The store has none for it."""
    AWAY = "away"

    @property
    def bad(self) -> bool:
        """Whether a person must act; who is away is tried again with the next run."""
        return self not in (Finding.GOOD, Finding.AWAY, Finding.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Audited:
    """One machine's finding."""

    node: str
    finding: Finding
    why: str = ""


def audit(target: Target, entry: Entry, link: Link) -> Audited:
    """Signs in to one machine."""
    if entry.current is None:
        return Audited(target.node, Finding.UNKNOWN, "no password of it is in the store yet")
    try:
        return _found(target, entry, entry.current, link)
    except (Unavailable, Refused) as error:
        return Audited(target.node, Finding.AWAY, str(error))


def _found(target: Target, entry: Entry, current: Passwords, link: Link) -> Audited:
    previous = entry.previous
    refused = [name for name in current.words if not _signs_in(target, name, current, link)]
    if not refused:
        old = [name for name in current.words if previous and _signs_in(target, name, previous, link)]
        return Audited(target.node, Finding.OLD_WORKS if old else Finding.GOOD, ", ".join(old))
    if previous and all(_signs_in(target, name, previous, link) for name in current.words):
        return Audited(target.node, Finding.WENT_BACK, "an older card?")
    if entry.pending and all(_signs_in(target, name, entry.pending, link) for name in current.words):
        return Audited(
            target.node, Finding.GOOD, "the new ones are on trial or were confirmed; the next run settles it"
        )
    return Audited(target.node, Finding.LOCKED_OUT, ", ".join(refused))


def _signs_in(target: Target, account: str, passwords: Passwords, link: Link) -> bool:
    word = passwords.words.get(account)
    if word is None:
        return False
    answer = link.ask(target, Request("sign-in", account=account, secret=word))
    if not answer.ok:
        raise Refused("machine-refused", f"{target.node}: sign-in: {answer.why}")
    return answer.signed_in
