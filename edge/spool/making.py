"""Makes a spool: allocates its reels once, durably, so that steady operation never grows, renames or unlinks.

Order: reels (each allocated and synced), their names, then ``spool.json``. A cut in between leaves a spool that the
next call completes; reels that are there keep what they hold.
"""

from __future__ import annotations

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


def make_spool(folder: Path, disk: Disk, *, capacity_bytes: int, reel_bytes: int, chain: str) -> Layout:
    """Makes the spool in ``folder``, completes one whose making was cut short, or adds reels to a smaller one.

    Args:
        chain: id of the chain to begin; an existing spool keeps its own.

    Raises:
        BadConfiguration: too small, not in whole blocks, made with other reels, or foreign files.
        StorageFault: the disk refused.
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
        reels = max(reels, present.reels if present else 0)
        for index in range(reels):
            if names.get(reel_name(index), 0) < reel_bytes:
                disk.allocate(reel_name(index), reel_bytes)
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


def _layout(disk: Disk, present: Layout | None, reels: int, reel_bytes: int, chain: str) -> Layout:
    if present is not None:
        return present.model_copy(update={"reels": reels})
    return Layout(chain=chain, predecessor=_newest_chain(disk, reels), reels=reels, reel_bytes=reel_bytes)


def _newest_chain(disk: Disk, reels: int) -> str | None:
    """Finds the chain of reels whose ``spool.json`` was lost: that of the highest lap, then of the highest sequence."""
    found = []
    for index in range(reels):
        file = disk.open(reel_name(index))
        try:
            header = parse_reel_header(file.read(REEL_HEADER_BYTES, 0))
        except (Refused, OSError):
            continue
        finally:
            file.close()
        if header is not None:
            found.append((header.lap, header.first, header.chain))
    return max(found)[2] if found else None
