"""Fetches the city's newest mask order and lays it where the recorder finds it; the recorder checks it again itself."""

from __future__ import annotations

import hashlib
import logging

from edge.base.errors import BadInput, Refused
from edge.base.files import read_bounded, write_durably
from edge.uplink.config import Places
from edge.uplink.server import Request, Server, require
from edge.wire.authority import Authority
from edge.wire.maskorder import MaskOrder, parse_mask_order
from edge.wire.signed import DOCUMENT_LIMIT_BYTES, Signed

_log = logging.getLogger(__name__)


class MaskOrders:
    """The newest order known to the uplink.

    Args:
        places: where it is kept.
    """

    def __init__(self, places: Places, authority: Authority, node: str) -> None:
        self._path, self._authority, self._node = places.mask_order, authority, node
        self._kept = self._read()

    def fetch(self, server: Server) -> bool:
        """Asks for an order other than the kept one; True where a newer one was stored.

        Raises:
            Refused: what came is no newer order for this node by the city's mask role; the kept one stands.
            TryAgain: the center could not be asked.
            StorageFault: the disk refused; the old order stands.
        """
        headers = {} if self._kept is None else {"If-None-Match": f'"{hashlib.sha256(self._kept.data).hexdigest()}"'}
        answer = require(
            server.exchange(Request("GET", f"/v1/nodes/{self._node}/mask-order", headers=headers)), 200, 304, 404
        )
        if answer.status != 200:
            return False
        offered = self._parse(answer.body, 0 if self._kept is None else self._kept.payload.counter)
        write_durably(self._path, offered.data)
        self._kept = offered
        _log.info("mask order %d fetched", offered.payload.counter)
        return True

    def _parse(self, data: bytes, last_counter: int) -> Signed[MaskOrder]:
        return parse_mask_order(data, self._authority, self._node, last_counter)

    def _read(self) -> Signed[MaskOrder] | None:
        if not self._path.exists():
            return None
        try:
            return self._parse(read_bounded(self._path, limit_bytes=DOCUMENT_LIMIT_BYTES), 0)
        except (BadInput, Refused) as error:
            _log.warning("%s: kept mask order does not count (%s); another is fetched", self._path, error)
            return None
