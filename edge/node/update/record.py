"""What a node remembers of its updates: one small durable file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from edge.base.errors import BadInput, Refused
from edge.base.files import write_durably
from edge.base.model import Strict, Utc, read_json, to_json
from edge.node.update.slots import Slot
from edge.wire.release import Number, Version

_LIMIT_BYTES = 16 * 1024
REASON_LIMIT = 400


class Trial(Strict):
    """A release that runs, or is about to, and has not proved itself.

    Attributes:
        slot: where it lies; the other one is what the node goes back to.
    """

    slot: Annotated[Slot, Field(strict=False)]
    number: Number
    version: Version
    since: Utc


class Failure(Strict):
    """The newest release that was given up."""

    number: Number
    version: Version
    at: Utc
    reason: Annotated[str, Field(max_length=REASON_LIMIT)]


class UpdateRecord(Strict):
    """The whole file.

    Attributes:
        highest: number of the highest release that was ever kept; 0 for none but the image's own.
    """

    highest: Annotated[int, Field(ge=0, lt=2**31)] = 0
    trial: Trial | None = None
    failure: Failure | None = None


def read_record(path: Path) -> UpdateRecord:
    """Reads the file; the beginning of all where there is none.

    Raises:
        BadInput: unreadable or damaged: without it nobody knows which releases are old.
    """
    if not path.exists():
        return UpdateRecord()
    try:
        return read_json(UpdateRecord, path, limit_bytes=_LIMIT_BYTES)
    except Refused as error:
        raise BadInput(f"{error}; the file is damaged") from error


def write_record(path: Path, record: UpdateRecord) -> None:
    """Keeps it durably.

    Raises:
        StorageFault: the disk refused.
    """
    write_durably(path, to_json(record), mode=0o600)
