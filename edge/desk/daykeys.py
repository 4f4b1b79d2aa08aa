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
    return custodian.store.read(secret_name(node, period)).decode("ascii")


def _make_missing(custodian: Custodian, node: str, period: str) -> None:
    name = secret_name(node, period)
    if not custodian.store.holds(name):
        custodian.store.write(name, str(pyrage.x25519.Identity.generate()).encode())


def _recipient(custodian: Custodian, node: str, period: str) -> str:
    name = secret_name(node, period)
    try:
        return str(pyrage.x25519.Identity.from_str(custodian.store.read(name).decode("ascii")).to_public())
    except (pyrage.IdentityError, UnicodeDecodeError) as error:
        raise BadInput(f"{custodian.store.folder}: {name} holds no age identity") from error
