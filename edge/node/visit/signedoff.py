"""A visit's sign-off as the recorder takes it at its start.

Rules:
  1. Its ticket is the visit role's, for this node, with a scope that aims. It is taken within the ticket's hours or
     at most ``LATE_US`` after them, by this process's own time: when it was signed off, by its own word, proves
     nothing, and a node's first visit may come before anything told it the time. The masks are a valid set with the
     digest named.
  2. ``first`` is for a node that has no mask floor and has never recorded. ``re-aim`` may make masks smaller; nothing
     else may.
  3. A ticket counts once (``edge.node.visit.usedtickets``).
  4. In order: remembered, the moved-camera guard's reference forgotten, masks and floor written, SIGNOFF signed, done.
     After a power cut in between the same sign-off is taken again, also when its hours are over.
  5. One that does not count leaves everything as it was, and is told.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass

from edge.base.clock import SECOND_US
from edge.base.errors import BadConfiguration, BadInput, Refused
from edge.base.files import sync_directory, write_durably
from edge.base.frame import Geometry
from edge.mask import floor, maskset
from edge.mask.raster import rasterise
from edge.node.config import NodeConfig
from edge.node.statefiles import FLOOR, GUARD, SIGNED_OFF
from edge.node.visit.usedtickets import Used, UsedTickets
from edge.node.visit.visiting import Visiting
from edge.seal.manifest import Manifest, Notice
from edge.wire.authority import Authority
from edge.wire.signoff import SignOffReport, dump_sign_off, read_sign_off
from edge.wire.visit import Scope, VisitTicket, parse_visit_ticket

LATE_US = 3600 * SECOND_US
NOTE_LIMIT = 200

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Offer:
    """A sign-off that counts.

    Attributes:
        begun: an earlier run has remembered it, and was cut off.
    """

    signoff: SignOffReport
    ticket: VisitTicket
    used: Used
    begun: bool

    @property
    def notice(self) -> Notice:
        """What the SIGNOFF record says; the papers' numbers as far as there is room."""
        note = f"masks {self.signoff.digest}"
        for reference in self.signoff.references:
            longer = f"{note} {reference}"
            if len(longer) > NOTE_LIMIT:
                break
            note = longer
        return Notice(state=self.ticket.scope.value, reference=self.ticket.ticket, note=note)


class SignOffs:
    """What the page's process offers, judged.

    Attributes:
        refused: why the one that is there is not taken; empty where there is none, or nothing is wrong.
    """

    def __init__(self, config: NodeConfig, authority: Authority, visiting: Visiting) -> None:
        self._config, self._authority, self._visiting = config, authority, visiting
        self._used = UsedTickets(config.state / SIGNED_OFF)
        self.refused = ""

    def offered(self, geometry: Geometry, newest: Manifest | None, *, recorded: bool) -> Offer | None:
        """Returns the sign-off to take; None where there is none that counts and was not taken before.

        Args:
            newest: the newest record: a SIGNOFF there says that its sign-off is done.
            recorded: the node has recorded before.
        """
        try:
            offer = self._read()
            if offer is None or offer.used.done:
                return None
            if newest is not None and newest.detail == offer.notice:
                self.done(offer)
                return None
            self._require_allowed(offer, geometry, recorded=recorded)
        except (Refused, BadConfiguration, BadInput) as error:
            self.refused = f"the sign-off is not taken: {error}"
            _log.error("%s", self.refused)
            return None
        return offer

    def take(self, offer: Offer) -> None:
        """Puts the masks in place, for ``LiveMasks`` to begin with as authorised by a visit.

        Raises:
            StorageFault: the disk refused; the next start goes on here.
        """
        self._used.remember(offer.used)
        (self._config.state / GUARD).unlink(missing_ok=True)
        sync_directory(self._config.state)
        write_durably(self._config.masks, offer.signoff.masks.encode())

    def done(self, offer: Offer) -> None:
        """Its record is signed: it never counts again.

        Raises:
            StorageFault: the disk refused.
        """
        self._used.remember(offer.used.model_copy(update={"done": True}))
        _log.info("masks %s are signed off by ticket %s", offer.signoff.digest[:12], offer.ticket.ticket)

    def _read(self) -> Offer | None:
        visit = self._config.visit
        if visit is None or not visit.signoff.exists():
            return None
        signoff = read_sign_off(visit.signoff)
        if signoff.node != self._config.node:
            raise Refused("wrong-node", f"it is for node {signoff.node!r}")
        sha256 = hashlib.sha256(dump_sign_off(signoff)).hexdigest()
        document = parse_visit_ticket(signoff.ticket.encode(), self._authority, self._config.node, 0, trusted=False)
        ticket = document.payload
        used = self._used.of(ticket.ticket)
        if used is not None and not used.done and used.sha256 != sha256:
            raise Refused("used", f"ticket {ticket.ticket} is another sign-off's already")
        return Offer(signoff, ticket, used or Used(ticket=ticket.ticket, sha256=sha256, done=False), used is not None)

    def _require_allowed(self, offer: Offer, geometry: Geometry, *, recorded: bool) -> None:
        ticket = offer.ticket
        if not ticket.scope.aims:
            raise Refused("wrong-scope", f"ticket {ticket.ticket} is for {ticket.scope.value}, which changes no masks")
        masks = maskset.parse(offer.signoff.masks.encode(), self._config.node, source="sign-off")
        if maskset.digest(masks) != offer.signoff.digest:
            raise Refused("bad-digest", f"its masks are not those of the digest {offer.signoff.digest[:12]} shown")
        if offer.begun:
            return
        now_us, trusted = self._visiting.time()
        if now_us > ticket.ends + LATE_US or (trusted and now_us < ticket.begins):
            raise Refused("expired", f"ticket {ticket.ticket} does not count now, nor within the last hour")
        before = floor.read(self._config.state / FLOOR, visit_authorised=ticket.scope is Scope.RE_AIM)
        if ticket.scope is Scope.FIRST and (before is not None or recorded):
            raise Refused("wrong-scope", "scope first is for a node that never recorded; sign off with a re-aim ticket")
        refusal = floor.refusal(rasterise(masks, geometry), before, visit_authorised=True)
        if refusal is not None:
            raise Refused("floor", refusal)
