"""The installer's sign-off: a file in which the page's process hands the recorder the masks that were agreed on site.

Rules:
  1. It carries the signed visit ticket as it came. The recorder checks that ticket itself, and its scope, and that no
     sign-off with this ticket was taken before; nothing else in the file is proven.
  2. ``digest`` is that of the mask set in ``masks``, the one that the installer was shown; where the two differ the
     file is refused as a whole.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from edge.base.model import Hex32, NodeId, OpaqueId, Strict, Utc, read_json, to_json
from edge.wire.maskorder import MASKS_LIMIT_CHARACTERS
from edge.wire.visit import TICKET_LIMIT_BYTES

SIGN_OFF_LIMIT_BYTES = 4 * MASKS_LIMIT_CHARACTERS
"""The mask set stands in it as JSON text, in which a character may take more than a byte."""
REFERENCES_MAX = 64


class SignOffReport(Strict):
    """What the installer signed off.

    Attributes:
        ticket: the signed document's text.
        masks: the text of ``masks.json``, byte for byte what is to be installed.
        digest: of that mask set.
        references: numbers of the households' consent forms; opaque, never names.
    """

    v: Literal[1] = 1
    node: NodeId
    at: Utc
    ticket: Annotated[str, Field(max_length=TICKET_LIMIT_BYTES)]
    masks: Annotated[str, Field(max_length=MASKS_LIMIT_CHARACTERS)]
    digest: Hex32
    references: Annotated[tuple[OpaqueId, ...], Field(strict=False, max_length=REFERENCES_MAX)]


def dump_sign_off(report: SignOffReport) -> bytes:
    """Returns the file's bytes."""
    return to_json(report)


def read_sign_off(path: Path) -> SignOffReport:
    """Reads the file; ticket and masks are not checked yet.

    Raises:
        BadInput: missing or unreadable.
        Refused: ``bad-document`` or strict JSON's failures.
    """
    return read_json(SignOffReport, path, limit_bytes=SIGN_OFF_LIMIT_BYTES)
