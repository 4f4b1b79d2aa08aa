"""A camera's entry in the city's register, as the installer writes it down on site.

Rules:
  1. It is personal data: in no record, log or heartbeat; on the node page and uplink alone may read it, and it is
     deleted once the center has acknowledged it. What is wrong with one is said without a word of it.
  2. Coordinates are whole millionths of a degree (0.11 m), so that no reader rounds them another way.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator

from edge.base import strictjson
from edge.base.errors import Refused
from edge.base.model import Day, NodeId, OpaqueId, Strict, Utc, from_json, matching, to_json

REGISTER_LIMIT_BYTES = 16 * 1024
ACKNOWLEDGED_LIMIT_BYTES = 256
CONSENTS_MAX = 64


def _readable(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("has characters that cannot be printed, or spaces around it; write it in one line")
    return text


Line = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_readable)]
Phone = Annotated[str, AfterValidator(matching(r"\+?[0-9][0-9 -]{5,18}", "a telephone number", 20))]
LatitudeE6 = Annotated[int, Field(ge=-90_000_000, le=90_000_000)]
LongitudeE6 = Annotated[int, Field(ge=-180_000_000, le=180_000_000)]
Direction = Annotated[int, Field(ge=0, le=359)]


class RegisterEntry(Strict):
    """One camera (R-ASAHIKAWA-10, R-TOTTORI-10).

    Attributes:
        at: when it was written.
        direction_deg: where the camera looks, clockwise from north.
        host_name, host_phone: who answers at the place where it hangs.
        consents: numbers of the consent forms of the households in view.
        revoked: local day on which a household took its consent back, by number.
        plate_up: the notice plate hangs where passers-by see it (R-MATSUDO-06).
    """

    v: Literal[1] = 1
    node: NodeId
    at: Utc
    latitude_e6: LatitudeE6
    longitude_e6: LongitudeE6
    direction_deg: Direction
    address: Line
    host_name: Line
    host_phone: Phone
    consents: Annotated[tuple[OpaqueId, ...], Field(strict=False, max_length=CONSENTS_MAX)]
    revoked: Annotated[dict[OpaqueId, Day], Field(max_length=CONSENTS_MAX)]
    plate_up: Literal[True]

    @model_validator(mode="after")
    def _revokes_what_was_given(self) -> RegisterEntry:
        if not set(self.revoked) <= set(self.consents):
            raise ValueError("revokes a consent that it does not name")
        return self


class Acknowledged(Strict):
    """The uplink's word to the page's process that the center has the entry that was written at ``at``."""

    v: Literal[1] = 1
    node: NodeId
    at: Utc


def dump_register_entry(entry: RegisterEntry) -> bytes:
    """Returns the file's bytes, which are the body that the center takes."""
    return to_json(entry)


def parse_register_entry(data: bytes) -> RegisterEntry:
    """Parses an entry.

    Raises:
        Refused: ``bad-document`` or strict JSON's failures.
    """
    try:
        return RegisterEntry.model_validate(strictjson.parse(data, limit_bytes=REGISTER_LIMIT_BYTES))
    except ValidationError as error:
        fields = sorted({str(fault["loc"][0]) if fault["loc"] else "(document)" for fault in error.errors()})
        known = [field for field in fields if field in RegisterEntry.model_fields or field == "(document)"]
        raise Refused("bad-document", f"register entry: {', '.join(known) or 'keys'} cannot be used") from None


def dump_acknowledged(word: Acknowledged) -> bytes:
    """Returns the file's bytes."""
    return to_json(word)


def parse_acknowledged(data: bytes) -> Acknowledged:
    """Parses the uplink's word.

    Raises:
        Refused: ``bad-document`` or strict JSON's failures.
    """
    return from_json(Acknowledged, data, "acknowledgement", limit_bytes=ACKNOWLEDGED_LIMIT_BYTES)
