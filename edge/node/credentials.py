"""What the recorder is and whom it believes: its signing key, the city's authority, the key list in force."""

from __future__ import annotations

import logging
from pathlib import Path

from edge.base.errors import BadConfiguration, BadInput, Refused
from edge.base.files import read_bounded
from edge.node.config import NodeConfig
from edge.node.kept import Kept
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

    A copy that is damaged or cannot be read counts as none: then any list that verifies is taken. Whoever could damage
    it could as well put an older one in its place, so stopping would protect nobody.
    """

    def __init__(self, kept: Path, inbox: Path, authority: Authority, node: str) -> None:
        self.kept = Kept(kept, limit_bytes=DOCUMENT_LIMIT_BYTES, mode=0o600)
        self._inbox, self._authority, self._node = inbox, authority, node
        self._seen: tuple[int, int] | None = None
        self._current: Signed[KeyList] | None = self._read_kept()

    @property
    def current(self) -> Signed[KeyList] | None:
        """The list in force; None before the first."""
        return self._current

    def poll(self) -> bool:
        """Takes a newer list from the inbox; tells whether it did. A bad one is logged once.

        It holds at once, and over a restart once the disk has taken it.
        """
        try:
            status = self._inbox.stat()
        except OSError:
            return False
        mark = (status.st_mtime_ns, status.st_ino)
        if mark == self._seen:
            return False
        try:
            data = read_bounded(self._inbox, limit_bytes=DOCUMENT_LIMIT_BYTES)
        except BadInput as error:
            _log.warning("key list offered by the center is not taken: %s", error)
            # What the disk could not read may be read the next time; what is too long will be no shorter.
            self._seen = None if isinstance(error.__cause__, OSError) else mark
            return False
        self._seen = mark
        return self._take(data)

    def _take(self, data: bytes) -> bool:
        try:
            offered = newer(self._current, parse_key_list(data, self._authority, self._node))
        except Refused as error:
            _log.warning("key list offered by the center is not taken: %s", error)
            return False
        if self._current is not None and offered.data == self._current.data:
            return False
        self._current = offered
        self.kept.write(offered.data)
        return True

    def _read_kept(self) -> Signed[KeyList] | None:
        data = self.kept.read()
        try:
            return None if data is None else parse_key_list(data, self._authority, self._node)
        except Refused as error:
            self.kept.spoilt(f"{self.kept.path}: {error}; have the key list published again")
            return None
