"""Strict, frozen models for everything that is parsed, their JSON, and field types that several documents share."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from edge.base import strictjson
from edge.base.errors import Refused
from edge.base.files import read_bounded

_SHOWN = 16
_PATH_LIMIT = 120
_FAULTS_SHOWN = 5


class Strict(BaseModel):
    """A frozen value; unknown keys and silent conversions are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


Model = TypeVar("Model", bound=Strict)


def to_json(model: Strict) -> bytes:
    """Returns the model's one encoding."""
    return strictjson.dump(model.model_dump(mode="json"))


def from_json(model: type[Model], data: bytes, what: str, *, limit_bytes: int, loose: bool = False) -> Model:
    """Parses hostile bytes; ``what`` names them in the message, ``loose`` takes them as people write JSON.

    Raises:
        Refused: ``bad-document`` or strict JSON's failures.
    """
    parse = strictjson.parse_loose if loose else strictjson.parse
    try:
        return model.model_validate(parse(data, limit_bytes=limit_bytes))
    except ValidationError as error:
        raise Refused("bad-document", f"{what}: " + "; ".join(faults(error)[:_FAULTS_SHOWN])) from error
    except Refused as error:
        raise Refused(error.failure, f"{what}: {error}") from error


def read_json(model: type[Model], path: Path, *, limit_bytes: int) -> Model:
    """Reads a file that ``to_json`` wrote.

    Raises:
        BadInput: missing, unreadable or longer than ``limit_bytes``.
        Refused: ``bad-document`` or strict JSON's failures.
    """
    return from_json(model, read_bounded(path, limit_bytes=limit_bytes), str(path), limit_bytes=limit_bytes)


def matching(pattern: str, what: str, limit: int) -> Callable[[str], str]:
    """Returns a validator that takes a whole string of at most ``limit`` characters, or says what it should be.

    Only the value's beginning is shown: a private age key pasted into a recipient's place begins with 16 known letters.
    """
    compiled = re.compile(pattern, re.ASCII)  # \d means 0 to 9, not every digit of Unicode

    def check(value: str) -> str:
        if len(value) > limit or not compiled.fullmatch(value):
            raise ValueError(f"{value[:_SHOWN]!r} is not {what} (at most {limit} characters)")
        return value

    return check


def in_calendar(period: str) -> str:
    """Returns a day ``YYYY-MM-DD`` or an ISO week ``YYYY-Www`` that the calendar has.

    Raises:
        ValueError: it has none such, for example ``2026-02-30``.
    """
    try:
        date.fromisoformat(period)
    except ValueError as error:
        raise ValueError(f"{period[:_SHOWN]!r} is in no calendar") from error
    return period


NodeId = Annotated[
    str, AfterValidator(matching(r"[a-z0-9][a-z0-9-]*", "a node id: lower-case letters, digits and hyphens", 32))
]
"""A node's name everywhere: certificate, topic, path. Letters that MQTT and file systems give a meaning are refused."""

Hex16 = Annotated[str, AfterValidator(matching(r"[0-9a-f]{32}", "16 bytes in lower-case hex", 32))]
Hex32 = Annotated[str, AfterValidator(matching(r"[0-9a-f]{64}", "32 bytes in lower-case hex", 64))]
Hex64 = Annotated[str, AfterValidator(matching(r"[0-9a-f]{128}", "64 bytes in lower-case hex", 128))]
Day = Annotated[
    str,
    AfterValidator(matching(r"\d{4}-\d{2}-\d{2}", "a day as YYYY-MM-DD", 10)),
    AfterValidator(in_calendar),
]
OpaqueId = Annotated[
    str, AfterValidator(matching(r"[A-Za-z0-9][A-Za-z0-9._-]*", "an id of letters, digits, '.', '_' and '-'", 64))
]
AgeRecipient = Annotated[str, AfterValidator(matching(r"age1[02-9ac-hj-np-z]{58}", "an age X25519 recipient", 62))]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name[:64]!r} is no time zone; write an IANA name such as Asia/Tokyo") from error
    return name


ZoneName = Annotated[
    str, AfterValidator(matching(r"[A-Za-z0-9_+/-]+", "a time zone's name", 64)), AfterValidator(_known_zone)
]
"""Local time, by its IANA name."""
Utc = Annotated[int, Field(ge=0, lt=2**53)]
"""UTC, microseconds since 1970."""


def faults(error: ValidationError) -> list[str]:
    """Returns one line a fault, each with the path of its field; input values are left out, they may be secrets."""
    return [_line(item) for item in error.errors(include_url=False, include_input=False)]


def _line(item: Any) -> str:
    path = ".".join(str(part) for part in item["loc"]) or "(document)"
    if not path.isprintable() or len(path) > _PATH_LIMIT:  # a hostile key must not write lines of its own into a log
        path = repr(path[:_PATH_LIMIT])
    if item["type"] == "extra_forbidden":
        return f"{path}: unknown key; remove it or mend its spelling"
    return f"{path}: {str(item['msg']).removeprefix('Value error, ')}"
