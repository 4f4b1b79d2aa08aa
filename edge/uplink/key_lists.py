"""Fetches the node's key list and lays it where the recorder finds it; the recorder checks it again itself."""

from __future__ import annotations

import hashlib
import logging

from edge.base.errors import BadInput, Refused
from edge.base.files import read_bounded, write_durably
from edge.uplink.config import Places
from edge.uplink.server import Request, Server, require
from edge.wire.authority import Authority
from edge.wire.keylist import KeyList, newer, parse_key_list
from edge.wire.signed import DOCUMENT_LIMIT_BYTES, Signed

_log = logging.getLogger(__name__)


class KeyLists:
    """The newest key list known to the uplink.

    Args:
        places: where it is kept.
    """

    def __init__(self, places: Places, authority: Authority, node: str) -> None:
        self._path, self._authority, self._node = places.key_list, authority, node
        self._kept = self._read()

    @property
    def kept(self) -> bool:
        """Whether there is one yet."""
        return self._kept is not None

    def fetch(self, server: Server) -> bool:
        """Asks for a list other than the kept one; True where a newer one was stored.

        Raises:
            Refused: what came is no newer list of this node, signed by both custodians; the kept one stands.
            TryAgain: the center could not be asked.
            StorageFault: the disk refused; the old list stands.
        """
        headers = {} if self._kept is None else {"If-None-Match": f'"{hashlib.sha256(self._kept.data).hexdigest()}"'}
        answer = require(
            server.exchange(Request("GET", f"/v1/nodes/{self._node}/key-list", headers=headers)), 200, 304, 404
        )
        if answer.status != 200:
            return False
        offered = newer(self._kept, parse_key_list(answer.body, self._authority, self._node))
        if self._kept is not None and offered.data == self._kept.data:
            return False
        write_durably(self._path, offered.data)
        self._kept = offered
        _log.info("key list version %d fetched", offered.payload.version)
        return True

    def _read(self) -> Signed[KeyList] | None:
        if not self._path.exists():
            return None
        try:
            data = read_bounded(self._path, limit_bytes=DOCUMENT_LIMIT_BYTES)
            return parse_key_list(data, self._authority, self._node)
        except (BadInput, Refused) as error:
            _log.warning("%s: kept key list does not count (%s); another is fetched", self._path, error)
            return None
