"""A custodian: one of the two persons of whom both are needed (R-TOTTORI-01), with a key store of their own.

``custodian.json`` is the card: role, public signing key, and whether it is a demonstration's. The card goes to the
desk, which names it in the authority. The private signing key lies encrypted in the store and stays there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from edge.base.errors import BadInput, NotPermitted, Refused
from edge.base.files import read_bounded, write_durably
from edge.base.model import Hex32, Strict, from_json, to_json
from edge.desk.keystore import KeyStore
from edge.desk.passphrase import Passphrase
from edge.wire.keys import SigningKey

CARD_NAME = "custodian.json"
CustodianRole = Literal["manager", "operator"]
_SIGNING = "signing"
_LIMIT_BYTES = 4096


class Card(Strict):
    """The public half of a custodian."""

    v: Literal[1] = 1
    role: CustodianRole
    public_key: Hex32
    demo: bool


class Custodian:
    """A custodian whose store is unlocked; holds secrets, so its ``repr`` shows only the card.

    Attributes:
        card: the public half.
        store: the unlocked key store.
        signer: the signing key.
    """

    def __init__(self, card: Card, store: KeyStore, signer: SigningKey) -> None:
        self.card = card
        self.store = store
        self.signer = signer

    def __repr__(self) -> str:
        return f"Custodian({self.card.role}, {str(self.store.folder)!r})"

    def require_role(self, role: CustodianRole, what: str) -> None:
        """Checks that this is the custodian who may do ``what``.

        Raises:
            NotPermitted: it is the other one.
        """
        if self.card.role != role:
            raise NotPermitted(f"{self.store.folder}: is the {self.card.role}'s store; {what} is the {role}'s part")


def create_custodian(folder: Path, role: CustodianRole, passphrase: Passphrase, *, demo: bool) -> Custodian:
    """Makes a custodian's store; the card is written last, so a store with a card is whole.

    Raises:
        NotPermitted: the folder is not empty, or the passphrase too short.
        StorageFault: the disk refused.
    """
    store = KeyStore.create(folder, passphrase)
    signer = SigningKey.generate()
    store.write(_SIGNING, signer.seed)
    card = Card(role=role, public_key=signer.public_key.hex(), demo=demo)
    write_durably(folder / CARD_NAME, to_json(card))
    return Custodian(card, store, signer)


def unlock_custodian(folder: Path, passphrase: Passphrase) -> Custodian:
    """Opens a custodian's store.

    Raises:
        BadInput: no whole store there, or damaged.
        NotPermitted: wrong passphrase.
    """
    return load_custodian(KeyStore.unlock(folder, passphrase))


def load_custodian(store: KeyStore) -> Custodian:
    """Returns whose store an unlocked one is.

    Raises:
        BadInput: not a custodian's, not whole, or the card was changed.
    """
    card = read_card(store.folder / CARD_NAME)
    signer = SigningKey.from_seed(store.read(_SIGNING))
    if signer.public_key.hex() != card.public_key:
        raise BadInput(
            f"{store.folder / CARD_NAME}: names another signing key than the store holds; somebody changed it"
        )
    return Custodian(card, store, signer)


def read_card(path: Path) -> Card:
    """Reads a custodian's card.

    Raises:
        BadInput: missing, damaged or no card.
    """
    data = read_bounded(path, limit_bytes=_LIMIT_BYTES)
    try:
        return from_json(Card, data.removesuffix(b"\n"), str(path), limit_bytes=_LIMIT_BYTES)
    except Refused as error:
        raise BadInput(f"{error}; this is no custodian's card") from error
