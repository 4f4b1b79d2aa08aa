"""Opens the ring's reels and reads how each begins: one small read a reel, whatever the card's size."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from edge.base.errors import Refused
from edge.seal.record import BLOCK_BYTES, Header
from edge.seal.reel import (
    ERASED,
    REEL_HEADER_BYTES,
    ReelHeader,
    header_at,
    parse_reel_header,
    reel_name,
    scan,
)
from edge.spool.disk import Disk, ReelFile
from edge.spool.layout import Layout
from edge.spool.ring import Reel


def open_ring(disk: Disk, layout: Layout) -> list[Reel]:
    """Opens every reel; one that is missing, short or refuses to open stays in the ring without a file.

    Raises:
        OSError: the folder cannot be listed.
    """
    sizes = disk.sizes()
    return [_open_reel(disk, layout, index, sizes.get(reel_name(index), 0)) for index in range(layout.reels)]


def newest_first_sequence(ring: Iterable[Reel], chain: str) -> int:
    """Returns the highest first sequence that an intact header of ``chain`` names; -1 for none."""
    headers = [reel.header for reel in ring if reel.file is not None and reel.header is not None]
    firsts = [header.first for header in headers if header.chain == chain and header.first != ERASED]
    return max(firsts, default=-1)


def entered_without_header(reel: Reel, chain: str, newest: int) -> Header | None:
    """Returns the record in a reel's first place where it is newer than every header: the entry was torn there."""
    if reel.file is None:
        return None
    try:
        header = header_at(reel.file.read, REEL_HEADER_BYTES)
    except (Refused, OSError):
        return None
    return header if header.manifest.chain == chain and header.sequence > newest else None


def find_beginning(reel: Reel, reel_bytes: int) -> None:
    """Looks up the first record that the reel still holds; none makes it empty."""
    reel.begins_us = None
    if reel.file is None or reel.header is None or reel.header.first == ERASED:
        return
    located = next(scan(reel.file.read, reel.header, end=reel_bytes), None)
    if located is not None:
        reel.begins_us, reel.oldest = located.header.manifest.start_us, located.header.sequence


def _open_reel(disk: Disk, layout: Layout, index: int, size: int) -> Reel:
    if size < layout.reel_bytes:
        return Reel(index, None)
    try:
        file = disk.open(reel_name(index))
    except OSError:
        return Reel(index, None)
    with suppress(OSError):
        file.forget()  # what a failed sync left in memory must not be taken for what the medium holds
    reel = Reel(index, file)
    try:
        reel.header = _own_header(file, index)
        reel.damaged = reel.header is None and _holds_a_record(file)
    except Refused:
        reel.damaged = True
    except OSError:
        reel.damaged = reel.suspect = True
    find_beginning(reel, layout.reel_bytes)
    return reel


def _holds_a_record(file: ReelFile) -> bool:
    """Whether a reel whose header is all zeros was used: then the zeros are a block that rotted."""
    try:
        header_at(file.read, REEL_HEADER_BYTES)
    except (Refused, OSError):
        return False
    return True


def _own_header(file: ReelFile, index: int) -> ReelHeader | None:
    header = parse_reel_header(file.read(BLOCK_BYTES, 0))
    if header is not None and header.index != index:
        raise Refused("wrong-reel", f"{reel_name(index)} holds the header of {reel_name(header.index)}")
    return header
