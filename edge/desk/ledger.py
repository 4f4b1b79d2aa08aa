"""The ledger: what left a camera or the city's keeping, why, and for whom; lines are added and never changed.

Rules:
  1. Each line is strict JSON with a number one above the line before, and names the SHA-256 of that line's bytes.
  2. A line is synced before what it tells of is handed over. A rest without a line feed at the end is a power cut's: it
     never counted, and is cut off before the next line.
  3. A ledger whose lines do not follow each other takes no more lines. That the newest lines are there nobody can tell
     from the file alone: print or copy the last line's hash elsewhere now and then.
  4. Ids alone, no names: persons stand on the paper that the reference names.
"""

from __future__ import annotations

import hashlib
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from edge.base.errors import Refused, StorageFault
from edge.base.files import read_bounded, sync_directory
from edge.base.model import Hex16, Hex32, NodeId, OpaqueId, Strict, Utc, from_json, to_json
from edge.desk.keystore import exclusive

NAME = "ledger.jsonl"
_LIMIT_BYTES = 64 * 1024 * 1024
_LINE_LIMIT_BYTES = 4096


class Purpose(StrEnum):
    """What pictures may be asked for (R-TOTTORI-04); anything else is refused."""

    INVESTIGATION = "investigation"
    """An authority's letter that names its legal basis."""
    EMERGENCY = "emergency"
    """Life, body or property in danger; the letter follows (R-ASAHIKAWA-11)."""
    MISSING_PERSON = "missing-person"
    """The police look for somebody (R-SAKU-07)."""
    OWN_DATA = "own-data"
    """A person asks for pictures of themselves (R-TOTTORI-13)."""
    MANAGEMENT = "management"
    """The responsible persons' own need (R-ASAHIKAWA-12)."""
    MAINTENANCE = "maintenance"
    """Repair and inspection (R-MATSUDO-16)."""


class Collected(Strict):
    """What is told of records that were collected on site.

    Attributes:
        reference: of the request, opaque.
        who: the ticket's installer, opaque.
        records, bytes, sha256: of the bundle's records.
    """

    act: Literal["collected"] = "collected"
    at: Utc
    node: NodeId
    purpose: Annotated[Purpose, Field(strict=False)]
    reference: OpaqueId
    who: OpaqueId
    ticket: Hex16
    start: Utc
    end: Utc
    records: Annotated[int, Field(ge=0, lt=2**53)]
    bytes: Annotated[int, Field(ge=0, lt=2**53)]
    sha256: Hex32


class Line(Strict):
    """One line.

    Attributes:
        previous: SHA-256 of the line before, with its line feed; none in the first.
    """

    v: Literal[1] = 1
    number: Annotated[int, Field(ge=1, lt=2**53)]
    previous: Hex32 | None
    entry: Collected


def read_ledger(path: Path) -> list[Line]:
    """Returns the lines; none where there is no ledger yet.

    Raises:
        BadInput: unreadable.
        Refused: ``bad-document`` or ``bad-link``: it was changed.
    """
    return [line for line, _ in _lines(path)]


def append(folder: Path, entry: Collected) -> Line:
    """Adds a line to the ledger in the desk's folder.

    Raises:
        AlreadyRunning: another command changes the desk.
        BadInput, Refused: the ledger does not hold.
        StorageFault: the disk refused; the line does not count.
    """
    path = folder / NAME
    with exclusive(folder):
        before = _lines(path)
        line = Line(number=len(before) + 1, previous=before[-1][1] if before else None, entry=entry)
        _write(path, sum(len(_bytes(line)) for line, _ in before), _bytes(line))
    return line


def _lines(path: Path) -> list[tuple[Line, str]]:
    """Returns each line with its hash."""
    data = read_bounded(path, limit_bytes=_LIMIT_BYTES) if path.exists() else b""
    found: list[tuple[Line, str]] = []
    for text in data.splitlines(keepends=True):
        if not text.endswith(b"\n"):
            break
        what = f"{path}: line {len(found) + 1}"
        line = from_json(Line, text.rstrip(b"\n"), what, limit_bytes=_LINE_LIMIT_BYTES)
        if (line.number, line.previous) != (len(found) + 1, found[-1][1] if found else None):
            raise Refused("bad-link", f"{what} does not follow the one before; it was changed")
        found.append((line, hashlib.sha256(text).hexdigest()))
    return found


def _bytes(line: Line) -> bytes:
    return to_json(line) + b"\n"


def _write(path: Path, end: int, data: bytes) -> None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            file.truncate(end)
            file.seek(end)
            if file.write(data) != len(data):
                raise OSError(0, "short write")
            os.fsync(file.fileno())
        sync_directory(path.parent)
    except OSError as error:
        raise StorageFault(f"{path}: the ledger cannot be written ({error.strerror}); free or mend the disk") from error
