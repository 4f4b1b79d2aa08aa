"""Makes and opens a spool: the part that knows the folder, the lock and the port to the disk."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from edge.base.errors import StorageFault
from edge.base.files import Lock, sync_directory, write_durably
from edge.seal.chain import new_chain_id
from edge.seal.manifest import Kind, Range
from edge.seal.reel import Held, Position
from edge.spool.census import open_ring
from edge.spool.disk import Disk, LocalDisk
from edge.spool.eviction import Eviction
from edge.spool.evidence import REASON, Known
from edge.spool.expiry import Expiry
from edge.spool.layout import LAYOUT_NAME, REEL_BYTES, Layout, dump_layout, read_layout, require_own_names
from edge.spool.losses import Loss, ReadableReceipts, Receipts
from edge.spool.making import make_spool
from edge.spool.position import PositionFile
from edge.spool.recovery import Found, Recovery, recover
from edge.spool.ring import Reel, oldest_first
from edge.spool.spool import Spool
from edge.spool.writer import ReelWriter

DAY_US = 86_400_000_000

_log = logging.getLogger(__name__)


def create_spool(
    folder: Path,
    *,
    capacity_bytes: int,
    reel_bytes: int = REEL_BYTES,
    chain: str | None = None,
    disk: Disk | None = None,
) -> Layout:
    """Makes the spool where there is none, completes one whose making was cut short; harmless otherwise.

    Args:
        chain: id of the first chain; random unless given.

    Raises:
        BadConfiguration: too small, made with other reels, or foreign files.
        StorageFault: the disk refused.
        AlreadyRunning: a recorder holds it.
    """
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            sync_directory(folder.parent)
    except OSError as error:
        raise StorageFault(f"{folder}: cannot be made ({error.strerror})") from error
    with _lock(folder):
        return make_spool(
            folder,
            disk or LocalDisk(folder),
            capacity_bytes=capacity_bytes,
            reel_bytes=reel_bytes,
            chain=chain or new_chain_id(),
        )


def open_spool(
    folder: Path,
    *,
    public_key: bytes,
    receipts: Receipts,
    position: Path,
    retention_days: int,
    held: Held | None = None,
    volatile: str = "",
    disk: Disk | None = None,
    new_chain: Callable[[], str] = new_chain_id,
) -> Spool:
    """Locks the spool, recovers, and returns it ready for the next record.

    Args:
        public_key: the node's, 32 bytes: only records that it signed count.
        position: file in the run directory where the synced position is published.
        new_chain: gives the id of a chain that must begin.
        held: the chain that is left for this spool; unless given, what the published position says of another chain.
        volatile: why it lies in memory; empty on a card.

    Raises:
        AlreadyRunning: another recorder holds it.
        BadConfiguration: foreign files.
        StorageFault: there is none, or it cannot be read.
    """
    lock = _lock(folder)
    receipts = ReadableReceipts(receipts)
    try:
        layout, ring = _open_layout(folder, disk or LocalDisk(folder))
        last = PositionFile(position).last()
        found = recover(ring, layout, public_key, _published(last, layout.chain), _receipted(receipts, layout))
        if not found.goes_on:
            layout = _begin_chain(folder, layout, new_chain())
    except OSError as error:
        lock.release()
        raise StorageFault(f"{folder}: spool cannot be read ({error.strerror}); check the card") from error
    except BaseException:
        lock.release()
        raise
    eviction = Eviction(ring, layout, receipts, found.notices)
    eviction.owe(_owed(found.replaced, receipts, eviction))
    writer = ReelWriter(ring, layout, eviction, found.current, found.end)
    expiry = Expiry(ring, layout, eviction, retention_days * DAY_US)
    return Spool(
        layout=layout,
        ring=ring,
        writer=writer,
        eviction=eviction,
        recovery=_report(layout, ring, found),
        expiry=expiry,
        position_file=PositionFile(position),
        held=held or _held(last, layout.chain),
        volatile=volatile,
        lock=lock,
    )


def _owed(replaced: tuple[Range, ...], receipts: Receipts, eviction: Eviction) -> Iterator[Loss]:
    """Yields the notices that an earlier run owes for what it overwrote without one."""
    for old in replaced:
        if old.last - old.first > REASON:
            continue  # no reel holds as many: the note was not written by a spool
        known = receipts.hashes(old.chain, old.first, old.last)
        lost = [sequence for sequence in range(old.first, old.last + 1) if sequence not in known]
        if lost:
            records = min(old.records, len(lost))
            loss = Loss(Kind.EVICTED, Range(chain=old.chain, first=lost[0], last=lost[-1], records=records))
            if not eviction.is_announced(loss):
                yield loss


def _lock(folder: Path) -> Lock:
    return Lock(folder, "recorder", folder=True)


def _open_layout(folder: Path, disk: Disk) -> tuple[Layout, list[Reel]]:
    require_own_names(folder, disk.sizes())
    layout = read_layout(folder)
    if layout is None:
        raise StorageFault(f"{folder}: no whole {LAYOUT_NAME} can be read there; make the spool, or check the card")
    return layout, open_ring(disk, layout)


def _begin_chain(folder: Path, layout: Layout, chain: str) -> Layout:
    new = layout.model_copy(update={"chain": chain, "predecessor": layout.chain})
    _log.error("chain %s cannot be gone on with: nothing whole of it is left; chain %s begins", layout.chain, new.chain)
    write_durably(folder / LAYOUT_NAME, dump_layout(new))
    return new


def _report(layout: Layout, ring: list[Reel], found: Found) -> Recovery:
    own = [
        reel.oldest for reel in oldest_first(ring, layout.chain) if reel.header and reel.header.chain == layout.chain
    ]
    return Recovery(
        chain=layout.chain,
        predecessor=layout.predecessor,
        tip=found.tip,
        oldest=min(own, default=None),
        damaged=found.damaged,
        unusable=tuple(reel.index for reel in ring if not reel.usable),
        newest=found.newest.sequence if found.newest else -1,
        newest_manifest=found.newest.manifest if found.newest else None,
        covered=found.covered,
    )


def _published(last: Position | None, chain: str) -> Known | None:
    """Returns the newest synced record of ``chain`` that an earlier run of this boot published."""
    if last is not None and last.chain == chain:
        return Known(last.sequence, last.sha256)
    if last is not None and last.held is not None and last.held.chain == chain and last.held.sha256 is not None:
        return Known(last.held.end - 1, last.held.sha256)
    return None


def _held(last: Position | None, chain: str) -> Held | None:
    """Returns how far the chain is synced that this one follows, as an earlier run of this boot published it."""
    if last is None or last.chain == chain:
        return None if last is None else last.held
    return Held(chain=last.chain, end=last.sequence + 1, sha256=last.sha256)


def _receipted(receipts: Receipts, layout: Layout) -> Known | None:
    newest = receipts.newest(layout.chain)
    return None if newest is None else Known(*newest)
