"""Makes a spool: allocates its reels once, durably, so that steady operation never grows, renames or unlinks.

Rules:
  1. Order: reels (each allocated and synced), their names, then ``spool.json``. A cut in between leaves a spool that
     the next call completes; reels that are there keep what they hold.
  2. A reel that is refused its room is left out: the ring ends at the last one that has it, and serves from
     ``REELS_MIN`` on. A card that is smaller than it should be, or bad in places, records all the same.
  3. Where a reel of a whole ``spool.json`` is gone, a new chain begins before the reel is made anew: nobody knows which
     sequences stood there.
"""

from __future__ import annotations

import logging
from pathlib import Path

from edge.base.errors import BadConfiguration, Refused, StorageFault
from edge.base.files import write_durably
from edge.seal.reel import REEL_HEADER_BYTES, parse_reel_header, reel_name
from edge.spool.disk import Disk
from edge.spool.layout import (
    LAYOUT_NAME,
    REEL_BYTES_MIN,
    REELS_MAX,
    REELS_MIN,
    Layout,
    dump_layout,
    read_layout,
    require_own_names,
)

REFUSALS = 3
"""Reels in a row of asking that were refused their room: a full disk has none for the others either."""

_log = logging.getLogger(__name__)


def make_spool(folder: Path, disk: Disk, *, capacity_bytes: int, reel_bytes: int, chain: str) -> Layout:
    """Makes the spool in ``folder``, completes one whose making was cut short, or adds reels to a smaller one.

    Args:
        chain: id of the chain to begin; an existing spool keeps its own.

    Raises:
        BadConfiguration: too small, not in whole blocks, made with other reels, or foreign files.
        StorageFault: the disk refused, or has no room for ``REELS_MIN`` reels.
    """
    reels = capacity_bytes // reel_bytes if reel_bytes else 0
    _require_sizes(folder, reels, reel_bytes)
    try:
        names = disk.sizes()
        require_own_names(folder, names)
        present = read_layout(folder)
        if present is not None and present.reel_bytes != reel_bytes:
            raise BadConfiguration(
                f"{folder}: its reels have {present.reel_bytes} bytes, not {reel_bytes}; keep reel_bytes as it was, "
                "or empty the folder and begin a new spool"
            )
        present = _without_lost_reels(folder, present, names, chain)
        reels = _allocate(disk, names, max(reels, present.reels if present else 0), reel_bytes)
        disk.sync_names()
        layout = _layout(disk, present, reels, reel_bytes, chain)
    except OSError as error:
        raise StorageFault(
            f"{folder}: spool of {reels} reels of {reel_bytes} bytes cannot be made ({error.strerror}); "
            "check the card's room and health"
        ) from error
    if layout != present:
        write_durably(folder / LAYOUT_NAME, dump_layout(layout))
    return layout


def _require_sizes(folder: Path, reels: int, reel_bytes: int) -> None:
    if reel_bytes < REEL_BYTES_MIN or reel_bytes % 4096:
        raise BadConfiguration(
            f"{folder}: reels of {reel_bytes} bytes; a reel has at least {REEL_BYTES_MIN}, in whole blocks of 4096"
        )
    if not REELS_MIN <= reels <= REELS_MAX:
        raise BadConfiguration(
            f"{folder}: room for {reels} reels of {reel_bytes} bytes; a spool has {REELS_MIN} to {REELS_MAX}: "
            f"set capacity_bytes to at least {REELS_MIN * reel_bytes}"
        )


def _without_lost_reels(folder: Path, present: Layout | None, names: dict[str, int], chain: str) -> Layout | None:
    """Returns the layout, under a new chain where one of its reels is gone."""
    if present is None or all(names.get(reel_name(index), 0) >= present.reel_bytes for index in range(present.reels)):
        return present
    layout = present.model_copy(update={"chain": chain, "predecessor": present.chain})
    _log.error("%s: reels are gone; chain %s ends and chain %s begins", folder, present.chain, chain)
    write_durably(folder / LAYOUT_NAME, dump_layout(layout))
    return layout


def _allocate(disk: Disk, names: dict[str, int], reels: int, reel_bytes: int) -> int:
    """Gives every reel its room as far as there is some; returns how many the ring has, to the last that has room.

    Raises:
        OSError: fewer than ``REELS_MIN`` have it.
    """
    whole = [index for index in range(reels) if names.get(reel_name(index), 0) >= reel_bytes]
    refusals: list[OSError] = []
    for index in sorted(set(range(reels)) - set(whole)):
        try:
            disk.allocate(reel_name(index), reel_bytes)
            whole.append(index)
        except OSError as error:
            refusals.append(error)
            if len(refusals) == REFUSALS:
                break
    if refusals:
        _log.error("%d of %d reels have their room, then: %s", len(whole), reels, refusals[-1].strerror)
        if len(whole) < REELS_MIN:
            raise refusals[-1]
    return max(whole) + 1


def _layout(disk: Disk, present: Layout | None, reels: int, reel_bytes: int, chain: str) -> Layout:
    if present is not None:
        return present.model_copy(update={"reels": max(reels, present.reels)})
    return Layout(chain=chain, predecessor=_newest_chain(disk, reels), reels=reels, reel_bytes=reel_bytes)


def _newest_chain(disk: Disk, reels: int) -> str | None:
    """Finds the chain of reels whose ``spool.json`` was lost: that of the highest lap, then of the highest sequence."""
    found = []
    for index in range(reels):
        try:
            file = disk.open(reel_name(index))
        except OSError:
            continue
        try:
            header = parse_reel_header(file.read(REEL_HEADER_BYTES, 0))
        except (Refused, OSError):
            continue
        finally:
            file.close()
        if header is not None:
            found.append((header.lap, header.first, header.chain))
    return max(found)[2] if found else None
