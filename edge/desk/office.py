"""The desk's own folder, as ``desk init`` laid it out: whom it trusts, who it is on the network, its role keys."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge.base.errors import BadConfiguration, BadInput, NotPermitted, Refused
from edge.base.files import read_bounded
from edge.desk.city import role_secret
from edge.desk.keystore import KeyStore
from edge.wire import signed
from edge.wire.authority import Authority, Role, parse_authority
from edge.wire.keys import SigningKey
from edge.wire.signed import Signed


@dataclass(frozen=True, slots=True)
class Office:
    """A place of the city that talks to the center: the desk, the manager's or the operator's folder.

    Attributes:
        root: 32 bytes, the root's public key.
    """

    folder: Path
    root: bytes
    authority: Signed[Authority]


def open_office(folder: Path) -> Office:
    """Reads a folder's trust and checks its authority against its root.

    Raises:
        BadConfiguration: something is missing or does not hold.
    """
    try:
        root = bytes.fromhex(read_bounded(folder / "root.pub", limit_bytes=128).decode("ascii").strip())
        data = read_bounded(folder / "authority.json", limit_bytes=signed.DOCUMENT_LIMIT_BYTES)
        # A desk is a demonstration's exactly where its own authority, signed by the root beside it, says so.
        return Office(folder, root, parse_authority(data, root, demo=True))
    except (BadInput, ValueError, Refused) as error:
        raise BadConfiguration(f"{folder}: not a folder that 'mimamori desk init' made: {error}") from error


def role_key(store: KeyStore, authority: Authority, role: Role, at: int) -> SigningKey:
    """Returns a role's private key if the authority lets it speak at UTC ``at``.

    Raises:
        BadInput: not in this store, or damaged.
        NotPermitted: the authority does not name it, or it has expired.
    """
    key = SigningKey.from_seed(store.read(role_secret(role)))
    if key.public_key not in authority.holders(role, at):
        raise NotPermitted(f"{store.folder}: the authority does not give its {role} key that role at this time")
    return key
