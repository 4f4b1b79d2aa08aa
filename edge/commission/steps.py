"""The steps of an installer's visit, from aiming to sign-off: what they keep, what they miss, what they hand over.

Rules:
  1. Every change is durable before it is acknowledged, so that an interrupted visit goes on where it was.
  2. What is signed off is the very document whose digest the installer was shown; a change in between needs another
     look at the summary.
  3. Sign-off is refused as long as anything is missing. It writes the register entry, then the sign-off, then forgets
     the draft: a power cut in between leaves a draft that is signed off again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from edge.base.clock import Clock
from edge.base.errors import NotPermitted, Refused
from edge.base.files import write_durably
from edge.base.frame import Geometry
from edge.commission import steps_masks, steps_papers
from edge.commission.register import Register
from edge.commission.steps_draft import Draft, DraftFile, from_maskset
from edge.commission.steps_masks import Cover
from edge.commission.steps_words import Words
from edge.mask import maskset
from edge.mask.maskset import MaskSet
from edge.wire.signed import Signed
from edge.wire.signoff import SignOffReport, dump_sign_off
from edge.wire.visit import VisitTicket

DRAFT, SIGN_OFF = "draft.json", "signoff.json"
Ticket = Signed[VisitTicket]


class Preview(Protocol):
    """What the steps ask of the camera's process."""

    def paint(self, masks: bytes) -> None:
        """Burns these masks (a ``masks.json``) into the preview from its next frame on."""


@dataclass(frozen=True, slots=True)
class Site:
    """What the steps must know of their node.

    Attributes:
        state: folder that only the page's process writes.
        geometry: of the picture that is recorded.
        bitrate_bps: that footage is recorded at.
        installed: returns the masks that are in force, None where there are none.
        register: takes the camera's register entry.
        signing_key: returns the node's key id, None before it has a key.
    """

    node: str
    state: Path
    geometry: Geometry
    bitrate_bps: int
    zone: ZoneInfo
    installed: Callable[[], MaskSet | None]
    register: Register
    signing_key: Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class Summary:
    """What the installer is shown before signing off.

    Attributes:
        digest: of the masks as they will be installed; None as long as something is missing.
        missing: what keeps the visit from being signed off.
        signing_key: the node's key id, for the work order.
    """

    digest: str | None
    missing: tuple[Words, ...]
    masks: int
    cover: Cover
    consents: tuple[str, ...]
    signing_key: str | None


class Steps:
    """One node's steps.

    Args:
        signed_off: called once a sign-off is durable; it ends the visit.
    """

    def __init__(self, site: Site, preview: Preview, clock: Clock, signed_off: Callable[[], None]) -> None:
        self.site = site
        self._preview, self._clock, self._signed_off = preview, clock, signed_off
        self._file = DraftFile(site.state / DRAFT, site.node)
        self._shown: tuple[Draft, bytes] | None = None

    def draft(self) -> Draft:
        """Returns the draft: the kept one, else the masks in force, else an empty one."""
        kept = self._file.read()
        if kept is not None:
            return kept
        installed = self.site.installed()
        return Draft(node=self.site.node) if installed is None else from_maskset(installed)

    def change(self, draft: Draft, ticket: Ticket) -> None:
        """Keeps ``draft`` and has its masks burnt into the preview.

        Raises:
            NotPermitted: the visit may not aim.
            StorageFault: the disk refused; the older draft stands.
        """
        _require_aims(ticket)
        self._file.write(draft)
        self.repaint(ticket)

    def repaint(self, ticket: Ticket) -> None:
        """Has the draft's masks burnt into the preview, as after a restart of the camera's process."""
        _require_aims(ticket)
        self._preview.paint(steps_masks.preview_document(self.draft(), ticket.payload.installer, self._now()))

    def summary(self, ticket: Ticket) -> Summary:
        """Returns what is to be signed off, and remembers that it was shown."""
        draft = self.draft()
        missing = (*steps_masks.blockers(draft, self.site.geometry), *steps_papers.blockers(draft.papers))
        digest = None
        if not missing:
            masks = steps_masks.document(draft, ticket.payload.installer, self._now())
            self._shown = draft, masks
            digest = maskset.digest(maskset.parse(masks, self.site.node, source="draft"))
        cover = steps_masks.cover(draft, self.site.geometry)
        consents = steps_papers.references(draft)
        return Summary(digest, missing, len(draft.masks), cover, consents, self.site.signing_key())

    def sign_off(self, digest: str, ticket: Ticket) -> None:
        """Hands the shown masks to the recorder and ends the visit.

        Args:
            digest: that the installer was shown.

        Raises:
            NotPermitted: the visit may not aim.
            Refused: ``changed``: it is not what was shown last, or the draft has changed since.
            StorageFault: the disk refused; nothing is signed off.
        """
        _require_aims(ticket)
        draft = self.draft()
        if self._shown is None or self._shown[0] != draft:
            raise _changed()
        masks, at = self._shown[1], self._clock.now_us()
        if maskset.digest(maskset.parse(masks, self.site.node, source="draft")) != digest:
            raise _changed()
        report = SignOffReport(
            node=self.site.node,
            at=at,
            ticket=ticket.data.decode(),
            masks=masks.decode(),
            digest=digest,
            references=steps_papers.references(draft),
        )
        self.site.register.put(steps_papers.register_entry(draft, at))
        write_durably(self.site.state / SIGN_OFF, dump_sign_off(report), mode=0o640)
        self._file.delete()
        self._shown = None
        self._signed_off()

    def _now(self) -> str:
        """Returns local time, ISO 8601 with its zone, to the second."""
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=self._clock.now_us())
        return moment.astimezone(self.site.zone).isoformat(timespec="seconds")


def _changed() -> Refused:
    return Refused("changed", "what is to be signed off is not what was shown; look at the summary again")


def _require_aims(ticket: Ticket) -> None:
    if not ticket.payload.scope.aims:
        raise NotPermitted(f"a visit to {ticket.payload.scope} changes no masks; ask for a ticket to aim")
