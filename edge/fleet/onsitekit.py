"""What opens a node on site: its network's passphrase, its page's key and certificate, kept in the fleet's store.

Names in the store (a key store, ``edge.desk.keystore``) and the files on a node: ONSITE.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from edge.base.errors import BadInput, NotPermitted, Refused
from edge.base.model import from_json, to_json
from edge.commission import onsitenetwork
from edge.commission.accesspoint import AccessPoint, new_passphrase
from edge.commission.certificate import CERTIFICATE, KEY, Pair, make_pair
from edge.commission.onsitenetwork import OnSiteNetwork
from edge.desk.keystore import FILE_LIMIT_BYTES, KeyStore
from edge.fleet.profile import STATE, Profile

_PAGE, _ROOT = "mimamori-commission:mimamori", "root:root"
_END_OF_KEY = b"-----END PRIVATE KEY-----\n"


@dataclass(frozen=True, slots=True)
class NodeFile:
    """A file as it lies on a node; ``owner`` is ``user:group``."""

    path: str
    data: bytes = field(repr=False)
    mode: int
    owner: str


@dataclass(frozen=True, slots=True)
class Kit:
    """A node's: its own network, and what its page shows."""

    access: AccessPoint
    pair: Pair


def kit_of(store: KeyStore, node: str, address: str) -> Kit:
    """Returns a node's kit, made and kept where there is none yet; the caller holds the store's lock.

    Args:
        address: ``[visit] address`` of its ``node.toml``.

    Raises:
        NotPermitted: the certificate that is kept is for another address.
        BadInput: what is kept is damaged.
        StorageFault: the disk refused.
    """
    access = _access(store, node)
    if not store.holds(_pair_name(node)):
        renew_pair(store, node, address)
    pair = _pair(store, node)
    if not pair.is_for(node, address):
        raise NotPermitted(
            f"{node}: the certificate in the store is not for {address}; 'mimamori fleet on-site --renew'"
            " makes another, which the node must be given before its work order is printed"
        )
    return Kit(access, pair)


def node_files(kit: Kit, profile: Profile) -> list[NodeFile]:
    """Returns the files that a node has of its kit; a node that dials out by its radio is visited by cable."""
    access = None if profile.network.kind == "wifi" else kit.access
    network = OnSiteNetwork(profile.visit.address, access)
    return [
        NodeFile(f"{STATE}/visit/{KEY}", kit.pair.key, 0o600, _PAGE),
        NodeFile(f"{STATE}/visit/{CERTIFICATE}", kit.pair.certificate, 0o644, _PAGE),
        NodeFile(onsitenetwork.KEYFILE, onsitenetwork.keyfile(network), 0o600, _ROOT),
        NodeFile(onsitenetwork.NAMES, onsitenetwork.names(network), 0o644, _ROOT),
    ]


def renew_pair(store: KeyStore, node: str, address: str) -> None:
    """Replaces key and certificate; papers that were printed before no longer match once the node has it."""
    pair = make_pair(node, address)
    store.write(_pair_name(node), pair.key + pair.certificate)


def renew_access(store: KeyStore, node: str, passphrase: str) -> bool:
    """Keeps the passphrase that a node has taken; returns whether it is another. Papers of before no longer match."""
    access = _access(store, node)
    if access.passphrase == passphrase:
        return False
    renewed = access.model_copy(update={"passphrase": passphrase})
    store.write(f"nodes/{node}/access-point", to_json(renewed))
    return True


def _access(store: KeyStore, node: str) -> AccessPoint:
    name = f"nodes/{node}/access-point"
    if not store.holds(name):
        access = AccessPoint(ssid=node, passphrase=new_passphrase())
        store.write(name, to_json(access))
    try:
        return from_json(AccessPoint, store.read(name), name, limit_bytes=FILE_LIMIT_BYTES)
    except Refused as error:
        raise BadInput(f"{store.folder}: {name} was written by another version; update mimamori") from error


def _pair(store: KeyStore, node: str) -> Pair:
    key, end, certificate = store.read(_pair_name(node)).partition(_END_OF_KEY)
    return Pair(key + end, certificate)


def _pair_name(node: str) -> str:
    return f"nodes/{node}/on-site"
