"""The draft of a visit: what the installer has drawn and written so far, kept so that an interrupted visit goes on.

Rules:
  1. The file is replaced durably at each change, mode 0600: it holds the host's contact.
  2. A draft may be unfinished (an outline of one point, no reason yet) but never malformed; a file that cannot be read
     is put away as nothing, and the steps begin again.
  3. It outlives the visit that it was begun in; sign-off deletes it.
"""

from __future__ import annotations

import logging
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from edge.base.errors import BadInput, Refused
from edge.base.files import read_bounded, write_durably
from edge.base.model import Day, NodeId, OpaqueId, Strict, from_json, to_json
from edge.mask.maskset import MARGIN_PX_DEFAULT, MASKS_MAX, MaskSet
from edge.mask.polygon import MICRO
from edge.wire.registerentry import CONSENTS_MAX, Direction, LatitudeE6, LongitudeE6

_log = logging.getLogger(__name__)
DRAFT_LIMIT_BYTES = 256 * 1024
_POINTS_MAX = 128
"""More than a mask may have, so that too many are said in words and not lost."""
_TEXT_MAX = 120


class Step(StrEnum):
    """Where the installer is."""

    AIM = "aim"
    FOCUS = "focus"
    MASKS = "masks"
    LINE = "line"
    PAPERS = "papers"
    SIGN_OFF = "sign-off"


Micro = Annotated[int, Field(ge=0, le=MICRO)]
Point = Annotated[tuple[Micro, Micro], Field(strict=False)]
Outline = Annotated[tuple[Point, ...], Field(strict=False, max_length=_POINTS_MAX)]
Text = Annotated[str, Field(max_length=_TEXT_MAX)]


class DraftMask(Strict):
    """A mask as far as it is drawn; points are millionths of the picture's width and height."""

    id: OpaqueId
    kind: Literal["door", "window", "garden", "balcony", "other"] = "other"
    consent: OpaqueId | None = None
    revoked: Day | None = None
    margin_px: Annotated[int, Field(ge=4, le=128)] = MARGIN_PX_DEFAULT
    polygon: Outline = ()


class Papers(Strict):
    """What the papers step asks for, as far as it is filled in."""

    plate_up: bool = False
    consents_given: bool = False
    consents: Annotated[tuple[OpaqueId, ...], Field(strict=False, max_length=CONSENTS_MAX)] = ()
    """Of households that are in view without a mask of their own."""
    latitude_e6: LatitudeE6 | None = None
    longitude_e6: LongitudeE6 | None = None
    direction_deg: Direction | None = None
    address: Text = ""
    host_name: Text = ""
    host_phone: Text = ""


class Draft(Strict):
    """Everything that the steps gather.

    Attributes:
        road: outline of the public road in the picture, a hint to the minimal range (R-TOTTORI-02).
        none_needed: why nothing is masked; None where masks are drawn.
    """

    v: Literal[1] = 1
    node: NodeId
    step: Annotated[Step, Field(strict=False)] = Step.AIM
    masks: Annotated[tuple[DraftMask, ...], Field(strict=False, max_length=MASKS_MAX)] = ()
    none_needed: Annotated[str, Field(max_length=500)] | None = None
    road: Outline = ()
    papers: Papers = Papers()

    @field_validator("none_needed")
    @classmethod
    def _in_one_line(cls, reason: str | None) -> str | None:
        if reason is not None and not reason.isprintable():
            raise ValueError("has characters that cannot be printed; write it in one line")
        return reason

    @model_validator(mode="after")
    def _names_differ(self) -> Draft:
        if len({mask.id for mask in self.masks}) < len(self.masks):
            raise ValueError("masks: an id stands twice")
        return self


def from_maskset(maskset: MaskSet) -> Draft:
    """Returns the draft that a visit to a signed-off camera begins with: its masks as they are."""
    masks = tuple(DraftMask.model_validate(mask.model_dump()) for mask in maskset.masks)
    return Draft(node=maskset.node, masks=masks, none_needed=maskset.none_needed)


def parse_draft(data: bytes, node: str) -> Draft:
    """Parses what the phone sent or the file holds.

    Raises:
        Refused: ``bad-document``, ``wrong-node`` or strict JSON's failures.
    """
    draft = from_json(Draft, data, "draft", limit_bytes=DRAFT_LIMIT_BYTES, loose=True)
    if draft.node != node:
        raise Refused("wrong-node", f"draft is of node {draft.node!r}, this is {node!r}")
    return draft


class DraftFile:
    """Keeps one node's draft."""

    def __init__(self, path: Path, node: str) -> None:
        self._path, self._node = path, node

    def read(self) -> Draft | None:
        """Returns the draft, or None where there is none that can be used."""
        if not self._path.exists():
            return None
        try:
            return parse_draft(read_bounded(self._path, limit_bytes=DRAFT_LIMIT_BYTES), self._node)
        except (BadInput, Refused) as error:
            _log.warning("%s: cannot be used, the steps begin again (%s)", self._path, error)
            return None

    def write(self, draft: Draft) -> None:
        """Makes ``draft`` durable.

        Raises:
            StorageFault: the disk refused; the older draft stands.
        """
        write_durably(self._path, to_json(draft), mode=0o600)

    def delete(self) -> None:
        """Forgets the draft, and the host's contact with it."""
        self._path.unlink(missing_ok=True)
