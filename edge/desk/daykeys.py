"""A custodian's own halves: making private day and spare keys, and giving out recipients only."""

from __future__ import annotations

import pyrage

from edge.base.clock import to_datetime
from edge.base.errors import BadInput, NotPermitted
from edge.desk.custodian import Custodian
from edge.desk.holdings import destroyed, held, secret_name
from edge.wire import signed
from edge.wire.keylist import Half, KeyHalves
from edge.wire.signed import Signed


def issue_halves(custodian: Custodian, node: str, periods: list[str], now_us: int) -> Signed[KeyHalves]:
    """Makes the private keys of ``periods`` that are missing, and returns the signed recipients of all of them.

    A period whose key was destroyed gets no new one and is left out. Doing it again gives the same recipients.

    Raises:
        AlreadyRunning: another command changes this store.
        BadInput: a key file is damaged.
        StorageFault: the disk refused.
    """
    with custodian.store.exclusive():
        gone = destroyed(custodian.store.folder, node)
        wanted = [period for period in periods if period not in gone]
        for period in wanted:
            _make_missing(custodian, node, period)
        halves = tuple(Half(period=period, recipient=_recipient(custodian, node, period)) for period in wanted)
    payload = KeyHalves(node=node, custodian=custodian.card.role, issued=now_us, halves=halves)
    return signed.sign("key-halves", payload, custodian.signer)


def own_recipients(custodian: Custodian, node: str) -> dict[str, str]:
    """Returns recipients by period, each computed from the private key that is really there.

    Raises:
        BadInput: a key file is damaged.
    """
    return {period: _recipient(custodian, node, period) for period in held(custodian.store.folder, node)}


class DayKeys:
    """A custodian's private keys while records are opened; each is decrypted once. It holds secrets."""

    def __init__(self, custodian: Custodian) -> None:
        self._custodian = custodian
        self._opened: dict[tuple[str, str], str] = {}

    def opening(self, node: str, period: str, recipient: str) -> str:
        """Returns the age identity for what was sealed to ``recipient`` as this custodian's key of that period.

        Raises:
            NotPermitted: destroyed, never in this store, or sealed to another key.
            BadInput: the key file is damaged.
        """
        if (node, period) not in self._opened:
            self._opened[node, period] = private_key(self._custodian, node, period)
        identity = self._opened[node, period]
        if _public(self._custodian, identity) != recipient:
            role = self._custodian.card.role
            raise NotPermitted(f"{node} {period}: sealed to {recipient}, which is not the {role}'s key in this store")
        return identity

    def __repr__(self) -> str:
        return f"DayKeys({self._custodian!r})"


def private_key(custodian: Custodian, node: str, period: str) -> str:
    """Returns a private day or spare key as an age identity; the caller lets go of it soon.

    Raises:
        NotPermitted: destroyed, or never in this store.
        BadInput: the key file is damaged.
    """
    role, folder = custodian.card.role, custodian.store.folder
    gone = destroyed(folder, node).get(period)
    if gone is not None:
        when = to_datetime(gone).isoformat(timespec="seconds")
        raise NotPermitted(f"{node} {period}: the {role}'s key was destroyed on {when}; it cannot be opened any more")
    if not custodian.store.holds(secret_name(node, period)):
        raise NotPermitted(f"{node} {period}: the {role}'s store {folder} has no such key; it is not for this store")
    return custodian.store.read(secret_name(node, period)).decode("ascii", "replace")


def _make_missing(custodian: Custodian, node: str, period: str) -> None:
    name = secret_name(node, period)
    if not custodian.store.holds(name):
        custodian.store.write(name, str(pyrage.x25519.Identity.generate()).encode())


def _recipient(custodian: Custodian, node: str, period: str) -> str:
    return _public(custodian, custodian.store.read(secret_name(node, period)).decode("ascii", "replace"))


def _public(custodian: Custodian, identity: str) -> str:
    try:
        return str(pyrage.x25519.Identity.from_str(identity).to_public())
    except pyrage.IdentityError as error:
        raise BadInput(f"{custodian.store.folder}: a key file holds no age identity") from error
