"""What the recorder is and whom it believes: its signing key, the city's authority, the key list in force."""

from __future__ import annotations

import logging
from pathlib import Path

from edge.base.errors import BadConfiguration, BadInput, Refused
from edge.base.files import read_bounded, write_durably
from edge.node.config import NodeConfig
from edge.wire.authority import Authority, parse_authority
from edge.wire.keylist import KeyList, newer, parse_key_list
from edge.wire.keys import SigningKey
from edge.wire.signed import DOCUMENT_LIMIT_BYTES, Signed

SIGNING_KEY = "signing.pem"
KEY_LIST = "key-list.json"

_log = logging.getLogger(__name__)


def load_authority(config: NodeConfig) -> Authority:
    """Reads the authority and checks it against the node's root.

    Raises:
        BadConfiguration: missing, of another root, or a demonstration's where the node is none.
    """
    try:
        data = read_bounded(config.authority, limit_bytes=DOCUMENT_LIMIT_BYTES)
        return parse_authority(data.removesuffix(b"\n"), read_root(config.root), demo=config.demo).payload
    except (BadInput, Refused) as error:
        raise BadConfiguration(f"{config.authority}: {error}; copy the city's authority.json again") from error


def read_root(path: Path) -> bytes:
    """Reads the root's public key: 64 hex digits.

    Raises:
        BadConfiguration: missing or something else.
    """
    try:
        text = path.read_text(encoding="ascii").strip()
        key = bytes.fromhex(text)
    except (OSError, ValueError) as error:
        raise BadConfiguration(f"{path}: no root public key there (64 hex digits are expected)") from error
    if len(key) != 32:
        raise BadConfiguration(f"{path}: {len(key)} bytes where a root public key of 32 is expected")
    return key


def load_signing_key(config: NodeConfig) -> SigningKey:
    """Reads the node's signing key from the recorder's state.

    Raises:
        BadConfiguration: there is none that can be read.
    """
    return SigningKey.load(config.state / SIGNING_KEY)


class KeyLists:
    """The highest key list version that this node has ever accepted.

    Args:
        kept: the recorder's own copy.
        inbox: where the uplink leaves what the center offers; it is believed only once it verifies.
    """

    def __init__(self, kept: Path, inbox: Path, authority: Authority, node: str) -> None:
        self._kept, self._inbox, self._authority, self._node = kept, inbox, authority, node
        self._seen: tuple[int, int] | None = None
        self._current: Signed[KeyList] | None = self._read_kept()

    @property
    def current(self) -> Signed[KeyList] | None:
        """The list in force; None before the first."""
        return self._current

    def poll(self) -> bool:
        """Takes a newer list from the inbox, durably; tells whether it did. A bad one is logged once."""
        try:
            status = self._inbox.stat()
        except OSError:
            return False
        mark = (status.st_mtime_ns, status.st_ino)
        if mark == self._seen:
            return False
        self._seen = mark
        return self._take()

    def _take(self) -> bool:
        try:
            data = read_bounded(self._inbox, limit_bytes=DOCUMENT_LIMIT_BYTES)
            offered = newer(self._current, parse_key_list(data, self._authority, self._node))
        except (BadInput, Refused) as error:
            _log.warning("key list offered by the center is not taken: %s", error)
            return False
        if self._current is not None and offered.data == self._current.data:
            return False
        write_durably(self._kept, offered.data, mode=0o600)
        self._current = offered
        return True

    def _read_kept(self) -> Signed[KeyList] | None:
        if not self._kept.exists():
            return None
        try:
            data = read_bounded(self._kept, limit_bytes=DOCUMENT_LIMIT_BYTES)
            return parse_key_list(data, self._authority, self._node)
        except (BadInput, Refused) as error:
            raise BadConfiguration(f"{self._kept}: {error}; have the key list published again") from error
