"""What stands where in the spool's folder; ``LAYOUT.md`` beside this file is the specification."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from edge.base.errors import BadConfiguration, BadInput, Refused
from edge.base.model import Hex16, Strict, read_json, to_json
from edge.seal.manifest import MANIFEST_LIMIT_BYTES
from edge.seal.record import PREAMBLE_BYTES, SIGNATURE_BYTES, padded
from edge.seal.reel import REEL_HEADER_BYTES

REEL_BYTES = 64 * 1024 * 1024
REEL_BYTES_MIN = 1024 * 1024
REELS_MIN = 3
REELS_MAX = 100_000
NOTICE_ROOM_BYTES = 16 * 4096
"""End of each reel, for BOOT, EVICTED and EXPIRED alone: notices must be durable before a reel is overwritten."""

LAYOUT_NAME = "spool.json"
_LAYOUT_LIMIT_BYTES = 4096
_OWN_NAMES = re.compile(r"reel-\d{5}|lock|spool\.json|\.spool\.json\.new|lost\+found")


class Layout(Strict):
    """``spool.json``: written once the reels are allocated, and again only when a new chain begins.

    Attributes:
        chain: the chain that is being written.
        predecessor: the chain before it on this card, where one is known.
    """

    v: Literal[1] = 1
    chain: Hex16
    predecessor: Hex16 | None
    reels: Annotated[int, Field(ge=REELS_MIN, le=REELS_MAX)]
    reel_bytes: Annotated[int, Field(ge=REEL_BYTES_MIN, multiple_of=4096)]

    @property
    def record_limit_bytes(self) -> int:
        """Longest record, padding included, that a reel of this spool takes."""
        return record_limit_bytes(self.reel_bytes)


def dump_layout(layout: Layout) -> bytes:
    """Returns the file's bytes."""
    return to_json(layout)


def read_layout(folder: Path) -> Layout | None:
    """Returns the layout; None where it is missing or damaged: then the spool is completed under a new chain."""
    try:
        return read_json(Layout, folder / LAYOUT_NAME, limit_bytes=_LAYOUT_LIMIT_BYTES)
    except (BadInput, Refused):
        return None


def require_own_names(folder: Path, names: dict[str, int]) -> None:
    """Checks that nothing else lives in the spool's folder.

    Raises:
        BadConfiguration: a foreign name, or a directory where a reel should be.
    """
    foreign = [name for name in sorted(names) if not _OWN_NAMES.fullmatch(name)]
    foreign += [name for name in sorted(names) if name.startswith("reel-") and names[name] < 0]
    if foreign:
        raise BadConfiguration(
            f"{folder}: holds {foreign[0]!r}, which is no part of a spool; give the spool a folder of its own"
        )


def record_limit_bytes(reel_bytes: int) -> int:
    """Returns the room of a reel between its header and the room for notices."""
    return reel_bytes - REEL_HEADER_BYTES - NOTICE_ROOM_BYTES


def largest_record_bytes(body_bytes: int) -> int:
    """Returns the most room that a record with such a body can take."""
    return padded(PREAMBLE_BYTES + MANIFEST_LIMIT_BYTES + SIGNATURE_BYTES + body_bytes)
