"""The city's orders of larger masks, as the recorder takes them from the uplink's inbox.

Rules:
  1. Signer, node and counter are checked here (``edge.wire.maskorder``), whatever the uplink checked before.
  2. In order: held against the floor, ``masks.json`` written, the floor raised, in force from the next frame on,
     remembered as taken. After a power cut in between, ``finish`` raises the floor, and the order is taken again.
  3. An order that was signed before the masks in force were signed off is refused: a visit has decided since.
  4. An order that is refused changes nothing; the status tells it until another one comes.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from edge.base.clock import from_iso
from edge.base.errors import BadConfiguration, BadInput, Refused, StorageFault
from edge.base.files import Version, read_bounded, version_of
from edge.base.frame import Geometry
from edge.mask import floor, maskset
from edge.mask.inforce import MaskChange
from edge.mask.live import LiveMasks
from edge.mask.raster import rasterise
from edge.node.config import NodeConfig
from edge.node.kept import Kept
from edge.node.statefiles import FLOOR, MASK_ORDER
from edge.wire import signed
from edge.wire.authority import Authority
from edge.wire.maskorder import MaskOrder, custodians_agree, parse_mask_order
from edge.wire.signed import DOCUMENT_LIMIT_BYTES, Signed

_POLL_NS = 1_000_000_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order that was taken: what it changed, None where its masks were in force already, and what it answers."""

    change: MaskChange | None
    reference: str


class MaskOrders:
    """Looks for orders; used by the frame loop alone.

    Attributes:
        counter: of the newest order that was taken; 0 before the first.
        refused: why the order in the inbox is not taken; empty where there is none, or nothing is wrong.
        kept: the newest order that was taken.
    """

    def __init__(self, config: NodeConfig, authority: Authority) -> None:
        self._config, self._authority = config, authority
        self.kept = Kept(config.state / MASK_ORDER, limit_bytes=DOCUMENT_LIMIT_BYTES, mode=0o600)
        self.counter, self.refused = self._read_counter(), ""
        self._seen: Version | None = None
        self._next_poll_ns = 0

    def poll(self, masks: LiveMasks, now_ns: int) -> Ordered | None:
        """Takes a newer order, looked for at most once a second of ``now_ns``."""
        if now_ns < self._next_poll_ns:
            return None
        self._next_poll_ns = now_ns + _POLL_NS
        self.kept.offer_again()
        version = version_of(self._config.mask_order)
        if version == self._seen:
            return None
        self._seen = version
        try:
            order = self._offered()
            if order is not None:
                return self._take(order, masks)
            self.refused = ""
        except (BadInput, Refused, BadConfiguration) as error:
            self._refuse(str(error))
        except StorageFault as error:
            self._seen = None  # the order is good, the card is not: try again at the next poll
            self._refuse(str(error))
        return None

    def finish(self, geometry: Geometry) -> None:
        """Raises the floor to an order's masks that were written when the power went.

        Raises:
            StorageFault: the disk refused.
        """
        try:
            order = self._offered()
            if order is None or not self._is_written(order):
                return
            raster = rasterise(maskset.parse(_text(order), self._config.node, source="mask order"), geometry)
            before = floor.read(self._config.state / FLOOR)
        except (BadInput, Refused, BadConfiguration):
            return  # whoever looks at masks and orders next says why
        agreed = custodians_agree(order, self._authority)
        if before is not None and floor.refusal(raster, before, custodians_authorised=agreed) is None:
            floor.write(self._config.state / FLOOR, raster)

    def _take(self, order: Signed[MaskOrder], masks: LiveMasks) -> Ordered:
        self._require_not_overtaken(order)
        change = masks.enlarge(_text(order), custodians_authorised=custodians_agree(order, self._authority))
        word = order.payload
        self.kept.write(order.data)
        self.counter, self.refused = word.counter, ""
        _log.info("mask order %d is in force (%s)", word.counter, word.reference)
        return Ordered(change, word.reference)

    def _offered(self) -> Signed[MaskOrder] | None:
        """Returns the inbox's order; None where there is none, or it was taken already."""
        if not self._config.mask_order.exists():
            return None
        data = read_bounded(self._config.mask_order, limit_bytes=DOCUMENT_LIMIT_BYTES)
        if data == self.kept.read():
            return None
        return parse_mask_order(data, self._authority, self._config.node, self.counter)

    def _require_not_overtaken(self, order: Signed[MaskOrder]) -> None:
        try:
            in_force = maskset.load(self._config.masks, self._config.node)
        except BadConfiguration:
            return
        if order.payload.issued < from_iso(in_force.signed_off.at) and not self._is_written(order):
            at = in_force.signed_off.at
            raise Refused("old-version", f"mask order {order.payload.counter} is older than the sign-off of {at}")

    def _is_written(self, order: Signed[MaskOrder]) -> bool:
        return read_bounded(self._config.masks, limit_bytes=DOCUMENT_LIMIT_BYTES) == _text(order)

    def _refuse(self, reason: str) -> None:
        if reason != self.refused:
            _log.error("%s", reason)
        self.refused = reason

    def _read_counter(self) -> int:
        """Returns the newest order's number; it was checked when it was taken."""
        data = self.kept.read()
        try:
            return 0 if data is None else signed.parse("mask-order", MaskOrder, data).payload.counter
        except Refused as error:
            self.kept.spoilt(f"{self.kept.path}: {error}; the next order replaces it")
            return 0


def _text(order: Signed[MaskOrder]) -> bytes:
    return order.payload.masks.encode()
